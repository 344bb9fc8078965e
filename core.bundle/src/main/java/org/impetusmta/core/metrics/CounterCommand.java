package org.impetusmta.core.metrics;

import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.api.console.Report;
import org.impetusmta.api.metrics.NamedCounters;
import org.impetusmta.api.metrics.NamedCounters.Counter;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code counter add}, {@code help}, {@code increment}, {@code list}, {@code reset} and {@code
 * unlink}. Adding makes a counter that is not there. Times are local. Concurrent. Source:
 * console_commands.counter.
 */
@Component(service = ConsoleCommand.class)
public final class CounterCommand implements ConsoleCommand {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd@HH:mm:ss", Locale.ROOT);

  /** No counter is read and written as one. */
  private static final String SEMANTICS = "relaxed";

  private static final List<String> VERBS =
      List.of("add", "help", "increment", "list", "reset", "unlink");

  private final NamedCounters counters;
  private final ZoneId zone;

  @Activate
  public CounterCommand(@Reference NamedCounters counters) {
    this(counters, ZoneId.systemDefault());
  }

  CounterCommand(NamedCounters counters, ZoneId zone) {
    this.counters = counters;
    this.zone = zone;
  }

  @Override
  public String name() {
    return "counter";
  }

  @Override
  public String synopsis() {
    return "list [--json] | add name delta | increment name | reset name | unlink name | help";
  }

  @Override
  public String summary() {
    return "Shows and changes the counters of scripts and modules";
  }

  @Override
  public boolean hasJson() {
    return true;
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    List<String> words = invocation.arguments();
    String verb = words.isEmpty() ? "" : words.getFirst().toLowerCase(Locale.ROOT);
    Report report = new Report();
    switch (verb + " " + (words.size() - 1)) {
      case "help 0" -> help(report);
      case "list 0" -> list(report);
      case "add 2" -> told(open(words.get(1), number(words.get(2))), report);
      case "increment 1" -> told(open(words.get(1), 1), report);
      case "reset 1" -> {
        Counter found = find(words.get(1));
        found.reset();
        told(found, report);
      }
      case "unlink 1" -> {
        String name = find(words.get(1)).name();
        counters.unlink(name);
        report.value("unlinked", name).linef("Counter %s unlinked", name);
      }
      default -> throw new ConsoleException("expected counter " + synopsis());
    }
    invocation.print(report);
  }

  private static void help(Report report) {
    report
        .line("counter add name delta    add to a counter")
        .line("counter help              this text")
        .line("counter increment name    add one to a counter")
        .line("counter list              show all counters")
        .line("counter reset name        set a counter to 0")
        .line("counter unlink name       delete a counter");
  }

  private void list(Report report) {
    List<Counter> all = counters.all();
    report.rows("counters").line("VALUE       RESET_TIME       SEMANTICS COUNTER");
    for (Counter one : all) {
      String since = TIME.format(one.since().atZone(zone));
      report
          .row("counters")
          .value("name", one.name())
          .value("value", one.value())
          .value("reset_time", one.since().getEpochSecond())
          .value("semantics", SEMANTICS)
          .linef("%-6d %s %10s  %s", one.value(), since, SEMANTICS, one.name());
    }
    report.linef("%d counters listed.", all.size());
  }

  private static void told(Counter counter, Report report) {
    report
        .value("name", counter.name())
        .value("value", counter.value())
        .linef("%s = %d", counter.name(), counter.value());
  }

  private Counter open(String name, long delta) throws ConsoleException {
    try {
      Counter counter = counters.open(name);
      counter.add(delta);
      return counter;
    } catch (IllegalArgumentException | IllegalStateException e) {
      throw new ConsoleException(String.valueOf(e.getMessage()));
    }
  }

  private Counter find(String name) throws ConsoleException {
    return counters
        .find(name)
        .orElseThrow(() -> new ConsoleException("there is no counter " + name));
  }

  private static long number(String word) throws ConsoleException {
    try {
      return Long.parseLong(word);
    } catch (NumberFormatException e) {
      throw new ConsoleException("the delta is a number, not " + word);
    }
  }

  @Override
  public List<String> complete(List<String> arguments) {
    String begun = arguments.getLast();
    return switch (arguments.size()) {
      case 1 -> VERBS.stream().filter(verb -> verb.startsWith(begun)).toList();
      case 2 ->
          counters.all().stream().map(Counter::name).filter(n -> n.startsWith(begun)).toList();
      default -> List.of();
    };
  }
}
