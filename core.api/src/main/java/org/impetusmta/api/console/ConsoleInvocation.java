package org.impetusmta.api.console;

import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/** One call of a command. Single. */
@ProviderType
public interface ConsoleInvocation {
  /** What was typed after the command's words; quotes are taken off. */
  List<String> arguments();

  /** What was typed after the command's words, as it was. */
  String text();

  /** Prints a line. Control characters other than TAB are shown as {@code \xHH}. */
  void println(String line);

  /** Prints a formatted line. */
  default void printf(String format, Object... arguments) {
    println(String.format(java.util.Locale.ROOT, format, arguments));
  }

  /** Whether the answer is to be XML: {@code xml} stands before the command. */
  default boolean xml() {
    return false;
  }

  /**
   * Prints what was found: its lines, or its values as JSON where {@code --json} was typed, as XML
   * behind {@code xml}.
   */
  default void print(Report report) {
    report.lines().forEach(this::println);
  }

  /** Who typed it. */
  default Operator operator() {
    return Operator.SERVER;
  }

  /** The session that it was typed in: the same text for every call of one session. */
  String session();

  /** What the command kept for this session, a configuration transaction for example. */
  <T> Optional<T> kept(Class<T> type);

  /**
   * Keeps {@code value} for this session, one of each type. It is closed with the session if it is
   * AutoCloseable.
   */
  <T> void keep(Class<T> type, T value);

  /** Forgets what was kept. */
  void forget(Class<?> type);
}
