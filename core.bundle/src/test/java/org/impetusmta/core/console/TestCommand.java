package org.impetusmta.core.console;

import java.util.List;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;

/** A command whose body is a lambda. */
record TestCommand(String name, String synopsis, String summary, Body body, List<String> candidates)
    implements ConsoleCommand {
  /** What it does. */
  interface Body {
    void run(ConsoleInvocation invocation) throws ConsoleException;
  }

  /** Prints its name and its arguments. */
  static TestCommand echo(String name) {
    return of(
        name,
        invocation -> invocation.println(name + " " + String.join("|", invocation.arguments())));
  }

  static TestCommand of(String name, Body body) {
    return new TestCommand(name, "", "does " + name, body, List.of());
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    body.run(invocation);
  }

  @Override
  public List<String> complete(List<String> arguments) {
    return candidates.stream().filter(word -> word.startsWith(arguments.getLast())).toList();
  }
}
