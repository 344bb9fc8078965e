package org.impetusmta.core.console;

import java.util.List;
import java.util.Optional;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.core.config.ConfigEngine;
import org.impetusmta.core.config.ConfigPath;
import org.impetusmta.core.config.ConfigView;
import org.impetusmta.core.config.Transaction;
import org.impetusmta.core.config.option.ConfigValue;

/**
 * One call of a {@code config} command: which configuration it means, that of the session's
 * transaction or the one in force, and how its answers look. Single. Source:
 * console_commands.config.
 */
final class ConfigSession {
  /** What stands before a value that was asked for in a scope. */
  private static final String SCOPED = "        ";

  private final ConfigEngine engine;
  private final ConsoleInvocation invocation;

  ConfigSession(ConfigEngine engine, ConsoleInvocation invocation) {
    this.engine = engine;
    this.invocation = invocation;
  }

  /** Something that the configuration may refuse. */
  @FunctionalInterface
  interface Action {
    void run(ConfigSession session) throws ConfigException, ConsoleException;
  }

  /** Runs an action; of several reasons for a refusal each gets a line. */
  static void run(ConfigEngine engine, ConsoleInvocation invocation, Action action)
      throws ConsoleException {
    try {
      action.run(new ConfigSession(engine, invocation));
    } catch (ConfigException e) {
      List<String> reasons = String.valueOf(e.getMessage()).lines().toList();
      if (reasons.size() == 1) {
        throw new ConsoleException(reasons.getFirst());
      }
      reasons.forEach(invocation::println);
      throw new ConsoleException("Nothing was changed.");
    }
  }

  ConfigEngine engine() {
    return engine;
  }

  ConsoleInvocation invocation() {
    return invocation;
  }

  Optional<Transaction> transaction() {
    return invocation.kept(Transaction.class);
  }

  /** The session's transaction. */
  Transaction requireTransaction() throws ConsoleException {
    return transaction()
        .orElseThrow(
            () ->
                new ConsoleException(
                    "No transaction is in progress; start one with config begin."));
  }

  void requireNoTransaction() throws ConsoleException {
    if (transaction().isPresent()) {
      throw new ConsoleException(
          "A transaction is in progress; end it with config commit or config rollback first.");
    }
  }

  ConfigView view() {
    return transaction().map(Transaction::view).orElseGet(engine::view);
  }

  /** What a changing command does to a transaction. */
  @FunctionalInterface
  interface Edit {
    ConfigView.Target apply(Transaction transaction) throws ConfigException;
  }

  /** Changes the session's transaction, or the configuration in force where there is none. */
  Edited edit(Edit edit) throws ConfigException {
    Optional<Transaction> open = transaction();
    if (open.isPresent()) {
      return new Edited(edit.apply(open.get()), List.of());
    }
    ConfigEngine.Edited<ConfigView.Target> edited = engine.change(edit::apply);
    return new Edited(edited.result(), edited.commit().warnings());
  }

  /** What was changed, and what the operator should know of it. */
  record Edited(ConfigView.Target target, List<String> warnings) {}

  void warn(List<String> warnings) {
    warnings.forEach(warning -> invocation.println("Warning: " + warning + "."));
  }

  /** {@code Name = value}; lists and dictionaries take several lines. */
  void print(String indent, String option, ConfigValue value) {
    List<String> lines =
        (option + " = " + (view().isSecret(option) ? "\"****\"" : value.printed("")))
            .lines()
            .toList();
    for (int i = 0; i < lines.size(); i++) {
      boolean closing = i > 0 && i == lines.size() - 1;
      invocation.println(indent + (closing ? "  " : "") + lines.get(i));
    }
  }

  void printNotSet(ConfigView.Target target) throws ConfigException {
    invocation.println(
        "Option '%s' is not set in scope '%s'."
            .formatted(target.requireOption(), located(target.path())));
  }

  static String located(ConfigPath path) {
    return path.isGlobal() ? "" : path.located();
  }

  static String indent(ConfigPath path) {
    return path.isGlobal() ? "" : SCOPED;
  }

  /** The value in force now, below the line that says what was taken away. */
  void printEffective(ConfigView.Target target) throws ConfigException {
    String option = target.requireOption();
    Optional<ConfigValue> value = view().eval(target.path(), option);
    if (value.isPresent()) {
      invocation.println("\"" + option + "\" has been unset. Effective value is now:");
      print(SCOPED, option, value.get());
    } else {
      invocation.println("\"" + option + "\" has been unset. It has no default.");
    }
  }
}
