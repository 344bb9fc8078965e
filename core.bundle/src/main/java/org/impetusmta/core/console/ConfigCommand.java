package org.impetusmta.core.console;

import java.util.List;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.core.config.ConfigEngine;

/** What the {@code config} commands have in common. Read-only. Source: console_commands.config. */
abstract class ConfigCommand implements ConsoleCommand {
  /** Scopes and the name of an option. */
  static final String OPTION = "[scope_name ...] optname";

  /** Scopes. */
  static final String SCOPE = "[scope_name ...]";

  private final ConfigEngine engine;
  private final String name;
  private final String synopsis;
  private final String summary;

  ConfigCommand(ConfigEngine engine, String name, String synopsis, String summary) {
    this.engine = engine;
    this.name = "config " + name;
    this.synopsis = synopsis;
    this.summary = summary;
  }

  @Override
  public final String name() {
    return name;
  }

  @Override
  public final String synopsis() {
    return synopsis;
  }

  @Override
  public final String summary() {
    return summary;
  }

  @Override
  public final void run(ConsoleInvocation invocation) throws ConsoleException {
    if (synopsis.isEmpty() && !invocation.arguments().isEmpty()) {
      throw new ConsoleException(name + " takes no arguments.");
    }
    ConfigSession.run(engine, invocation, session -> run(session, invocation.text()));
  }

  /**
   * @param typed what follows the command's words
   */
  abstract void run(ConfigSession session, String typed) throws ConfigException, ConsoleException;

  @Override
  public List<String> complete(List<String> arguments) {
    return synopsis.contains("scope_name") ? engine.view().complete(arguments) : List.of();
  }
}
