package org.impetusmta.core.console;

import org.impetusmta.api.console.Console;
import org.impetusmta.api.console.ConsoleCommand;

/** A console with just these commands, for the tests of commands in other packages. */
public final class TestConsole {
  private TestConsole() {}

  /** A session that may do everything. */
  public static Console.Session of(ConsoleCommand... commands) {
    ConsoleService console = new ConsoleService();
    for (ConsoleCommand command : commands) {
      console.addCommand(command);
    }
    return console.open("test");
  }
}
