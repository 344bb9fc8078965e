package org.impetusmta.api.console;

import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A console command; register it as an OSGi service and it is there, in the console and in the
 * Felix shell under the scope {@code ec}. A module's command is typed after the module's name:
 * {@code ec_logger:instance reopen logs}.
 */
@ConsumerType
public interface ConsoleCommand {
  /** The words that call it, {@code message details}; the longest match wins. */
  String name();

  /** What follows the words, {@code [full | body] message_id}; empty for none. */
  String synopsis();

  /** One line for {@code help}. */
  String summary();

  /**
   * Runs it. May block: called on a thread of the pool IO.
   *
   * @throws ConsoleException when it cannot be done; the message is shown to the operator
   */
  void run(ConsoleInvocation invocation) throws ConsoleException;

  /** Whether it answers in XML when it is typed behind {@code xml}; see the invocation. */
  default boolean hasXml() {
    return hasJson();
  }

  /**
   * Whether {@code --json} among its arguments is taken off and asks for JSON: all that it prints
   * is one {@link ConsoleInvocation#print}.
   */
  default boolean hasJson() {
    return false;
  }

  /** What the last word of {@code arguments}, possibly empty, could become. */
  default List<String> complete(List<String> arguments) {
    return List.of();
  }
}
