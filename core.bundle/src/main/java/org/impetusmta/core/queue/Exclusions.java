package org.impetusmta.core.queue;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.core.message.ExcludedKeys;

/** Makes {@link ExcludedKeys} of the options that say them. Stateless. */
final class Exclusions {
  private Exclusions() {}

  static ExcludedKeys keys(ExclusionOptions options) {
    return ExcludedKeys.of(
        options.excludeVctxConn().orElse(List.of()), options.excludeVctxMess().orElse(List.of()));
  }

  /** Whether any scope excludes anything, so that most servers need not ask for each message. */
  static boolean any(Generation generation) {
    if (any(generation.options(ExclusionOptions.class, ScopePath.GLOBAL))) {
      return true;
    }
    for (Stanza stanza : SendingStanzas.all(generation)) {
      if (any(generation.options(ExclusionOptions.class, new ScopePath.Within(stanza)))) {
        return true;
      }
    }
    return false;
  }

  private static boolean any(ExclusionOptions options) {
    return !options.excludeVctxConn().orElse(List.of()).isEmpty()
        || !options.excludeVctxMess().orElse(List.of()).isEmpty();
  }

  /**
   * Looks at what no option type can.
   *
   * @throws ConfigException when one is no pattern
   */
  static void check(ExclusionOptions options, String where) throws ConfigException {
    check("exclude_vctx_conn", options.excludeVctxConn(), where);
    check("exclude_vctx_mess", options.excludeVctxMess(), where);
  }

  private static void check(String name, Optional<List<String>> patterns, String where)
      throws ConfigException {
    for (String pattern : patterns.orElse(List.of())) {
      try {
        Pattern.compile(pattern);
      } catch (PatternSyntaxException e) {
        throw new ConfigException(
            where + ": " + name + " has \"" + pattern + "\": " + e.getDescription(), e);
      }
    }
  }
}
