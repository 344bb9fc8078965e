package org.impetusmta.core.console;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Dictionary;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.impetusmta.api.console.Console;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/**
 * The console's commands in the Felix Gogo shell: {@code ec:summary}, {@code ec:message details …}.
 * One function for the first word of all commands that share it; the words that follow are handed
 * to the console. Loaded only where Gogo is: its class names Gogo's types, and the component waits
 * for the {@link CommandProcessor}. Concurrent.
 */
@Component(
    service = {},
    immediate = true)
public final class GogoScope {
  static final String SCOPE = "ec";

  /** Where a Gogo session keeps its console session, so that {@code config begin} holds on. */
  static final String SESSION = ".impetus.console.session";

  private final BundleContext context;
  private final Console console;
  private final Map<String, Registered> words = new HashMap<>();
  private boolean stopped;

  /** A word, how many commands begin with it, and its function. */
  private record Registered(int commands, ServiceRegistration<Function> registration) {}

  @Activate
  public GogoScope(
      BundleContext context, @Reference Console console, @Reference CommandProcessor processor) {
    this.context = context;
    this.console = console;
    add("help");
  }

  @Reference(
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC,
      unbind = "removeCommand")
  void addCommand(ConsoleCommand command) {
    add(firstWord(command));
  }

  void removeCommand(ConsoleCommand command) {
    remove(firstWord(command));
  }

  @Deactivate
  synchronized void stop() {
    stopped = true;
    words.values().forEach(registered -> registered.registration().unregister());
    words.clear();
  }

  private synchronized void add(String word) {
    if (stopped || word.isEmpty()) {
      return;
    }
    Registered known = words.get(word);
    if (known != null) {
      words.put(word, new Registered(known.commands() + 1, known.registration()));
      return;
    }
    Dictionary<String, Object> properties =
        FrameworkUtil.asDictionary(
            Map.of(CommandProcessor.COMMAND_SCOPE, SCOPE, CommandProcessor.COMMAND_FUNCTION, word));
    Function function = (session, arguments) -> call(console, session, word, arguments);
    words.put(
        word, new Registered(1, context.registerService(Function.class, function, properties)));
  }

  private synchronized void remove(String word) {
    Registered known = words.get(word);
    if (known == null) {
      return;
    }
    if (known.commands() > 1) {
      words.put(word, new Registered(known.commands() - 1, known.registration()));
      return;
    }
    words.remove(word);
    known.registration().unregister();
  }

  private static String firstWord(ConsoleCommand command) {
    return command.name().strip().split("\\s+", 2)[0].toLowerCase(Locale.ROOT);
  }

  /**
   * Runs a console line made of Gogo's words and prints the answer.
   *
   * @return nothing to show: the text was printed
   * @throws ConsoleException with the console's text when the command was refused
   */
  static @Nullable Object call(
      Console console, CommandSession session, String word, List<Object> arguments)
      throws ConsoleException {
    List<String> line = new ArrayList<>();
    line.add(word);
    for (Object argument : arguments) {
      line.add(CommandLine.quote(String.valueOf(argument)));
    }
    Console.Session kept;
    if (session.get(SESSION) instanceof Console.Session known) {
      kept = known;
    } else {
      kept = console.open("gogo");
      session.put(SESSION, kept);
    }
    Console.Answer answer = kept.execute(String.join(" ", line));
    if (!answer.ok()) {
      throw new ConsoleException(answer.text().strip());
    }
    PrintStream out = session.getConsole();
    out.print(answer.text());
    out.flush();
    return null;
  }
}
