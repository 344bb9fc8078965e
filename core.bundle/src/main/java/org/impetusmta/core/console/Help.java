package org.impetusmta.core.console;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;

/**
 * {@code help [command]}: lists all commands with one line each, or shows one as a manual page
 * does. The first words of several commands list those. Concurrent. Source: console_commands.help.
 */
final class Help implements ConsoleCommand {
  /** Longer calls get their summary on a line of its own. */
  private static final int COLUMN = 44;

  private final CommandTable commands;

  Help(CommandTable commands) {
    this.commands = commands;
  }

  @Override
  public String name() {
    return "help";
  }

  @Override
  public String synopsis() {
    return "[command]";
  }

  @Override
  public String summary() {
    return "show help information for console commands";
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    List<String> words = invocation.arguments();
    if (words.isEmpty()) {
      commands.all().forEach(command -> line(command, invocation));
      return;
    }
    List<ConsoleCommand> found = commands.beginningWith(words);
    if (found.isEmpty()) {
      List<String> near = commands.near(words);
      throw new ConsoleException(
          "no command begins with \"%s\"%s"
              .formatted(
                  String.join(" ", words),
                  near.isEmpty() ? "" : "; did you mean " + String.join(" or ", near) + "?"));
    }
    boolean exact = found.getFirst().name().equalsIgnoreCase(String.join(" ", words));
    if (exact || found.size() == 1) {
      page(found.getFirst(), invocation);
      found = found.subList(1, found.size());
      if (!found.isEmpty()) {
        invocation.println("");
        invocation.println("SEE ALSO");
      }
    }
    found.forEach(command -> line(command, invocation));
  }

  private static void page(ConsoleCommand command, ConsoleInvocation out) {
    out.println("NAME");
    out.println("  " + command.name() + " -- " + command.summary());
    out.println("");
    out.println("SYNOPSIS");
    out.println("  " + call(command));
  }

  private static void line(ConsoleCommand command, ConsoleInvocation out) {
    String call = call(command);
    if (call.length() > COLUMN) {
      out.println("  " + call);
      call = "";
    }
    out.println("  " + call + " ".repeat(COLUMN + 2 - call.length()) + command.summary());
  }

  private static String call(ConsoleCommand command) {
    return (command.name() + " " + command.synopsis()).strip();
  }

  @Override
  public List<String> complete(List<String> arguments) {
    List<String> words = new ArrayList<>(arguments);
    String start = words.removeLast();
    return commands.nextWords(words, start.toLowerCase(Locale.ROOT)).stream().toList();
  }
}
