package org.impetusmta.core.message;

import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.impetusmta.api.message.Context;

/**
 * Keys of the dictionaries that are not written to the spool: those in which one of the patterns is
 * found. Keys that begin with {@code #} are the core's own and always written. Immutable. Source:
 * conf.ref.exclude_vctx_conn, conf.ref.exclude_vctx_mess.
 */
public record ExcludedKeys(Predicate<String> connection, Predicate<String> message) {
  @SuppressWarnings("UnnecessaryLambda") // it is compared with
  private static final Predicate<String> NO_KEY = key -> false;

  /** Every key is written. */
  public static final ExcludedKeys NONE = new ExcludedKeys(NO_KEY, NO_KEY);

  /**
   * @throws java.util.regex.PatternSyntaxException when one is no pattern
   */
  public static ExcludedKeys of(List<String> connection, List<String> message) {
    return connection.isEmpty() && message.isEmpty()
        ? NONE
        : new ExcludedKeys(any(connection), any(message));
  }

  private static Predicate<String> any(List<String> patterns) {
    if (patterns.isEmpty()) {
      return NO_KEY;
    }
    List<Pattern> compiled = patterns.stream().map(Pattern::compile).toList();
    return key ->
        !key.startsWith("#") && compiled.stream().anyMatch(pattern -> pattern.matcher(key).find());
  }

  boolean isNone() {
    return connection == NO_KEY && message == NO_KEY;
  }

  /** A dictionary without the keys that fit; itself where none can. */
  static Context without(Predicate<String> excluded, Context context) {
    if (excluded == NO_KEY) {
      return context;
    }
    Context left = new Context();
    context.forEach(
        (key, value) -> {
          if (!excluded.test(key)) {
            left.set(key, value);
          }
        });
    left.markUnchanged();
    return left;
  }
}
