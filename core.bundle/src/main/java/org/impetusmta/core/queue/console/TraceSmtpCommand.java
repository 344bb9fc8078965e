package org.impetusmta.core.queue.console;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.core.queue.DialogueTraces;
import org.impetusmta.core.queue.DialogueTraces.Tracer;
import org.impetusmta.core.queue.LoopMailQueues;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code trace smtp add|list|remove}: outbound dialogues into a file. Behind the {@code @} of the
 * list stands what was written, in octets, where the manual shows a file descriptor. Concurrent.
 * Source: console_commands.trace_smtp.
 */
@Component(service = ConsoleCommand.class)
public final class TraceSmtpCommand implements ConsoleCommand {
  private static final String USAGE =
      "expected: trace smtp add BINDING|* DOMAIN|* FILE, trace smtp list, or trace smtp remove"
          + " NUMBER";

  private final DialogueTraces traces;

  @Activate
  public TraceSmtpCommand(@Reference LoopMailQueues server) {
    this(server.traces());
  }

  TraceSmtpCommand(DialogueTraces traces) {
    this.traces = traces;
  }

  @Override
  public String name() {
    return "trace smtp";
  }

  @Override
  public String synopsis() {
    return "add binding|* domain|* file | list | remove number";
  }

  @Override
  public String summary() {
    return "Outbound SMTP dialogues written to a file";
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    List<String> words = invocation.arguments();
    String verb = words.isEmpty() ? "" : words.getFirst().toLowerCase(Locale.ROOT);
    if (verb.equals("add") && words.size() == 4) {
      Tracer tracer = add(words.get(1), words.get(2), words.get(3));
      invocation.printf("Registered smtp tracer #%d", tracer.number());
    } else if (verb.equals("list") && words.size() == 1) {
      for (Tracer tracer : traces.all()) {
        invocation.printf("[%6d]  binding: %s", tracer.number(), tracer.binding());
        invocation.printf("           domain: %s", tracer.domain());
        invocation.printf("             file: %s @ %d", tracer.file(), tracer.octets());
      }
    } else if (verb.equals("remove") && words.size() == 2) {
      int number = Words.number(words.get(1), "tracer_id");
      if (!traces.remove(number)) {
        throw new ConsoleException("there is no smtp tracer #" + number);
      }
      invocation.printf("Removed smtp tracer #%d", number);
    } else {
      throw new ConsoleException(USAGE);
    }
  }

  private Tracer add(String binding, String domain, String file) throws ConsoleException {
    try {
      Path path = Path.of(file);
      if (!path.isAbsolute()) {
        throw new ConsoleException("the file's path begins with /: " + file);
      }
      return traces.add(binding, domain.toLowerCase(Locale.ROOT), path);
    } catch (IOException | InvalidPathException e) {
      throw new ConsoleException("cannot trace to " + file + ": " + e);
    }
  }

  @Override
  public List<String> complete(List<String> arguments) {
    return arguments.size() == 1 ? List.of("add", "list", "remove") : List.of();
  }
}
