package org.impetusmta.module.inbound_audit;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.impetusmta.api.audit.InboundAudit.Event;
import org.impetusmta.api.audit.Series;
import org.impetusmta.api.audit.SeriesDefinition;
import org.impetusmta.api.config.Cidr;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.api.console.Report;
import org.impetusmta.audit.Monitor;
import org.impetusmta.audit.Snapshot;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code inbound_audit …}. Concurrent. Source: modules.inbound_audit. */
@Component(service = ConsoleCommand.class)
public final class InboundAuditCommand implements ConsoleCommand {
  /** Addresses that {@code show all} shows at most. */
  static final int MOST_SHOWN = 10_000;

  private static final String HELP =
      """
      show ip <ip[/mask]>
          Display verbose statistics for the specified ip or cidr block
      delete_ip <ip> <series> <parameters>
          Delete an IP from a defined named series
      count_cidr <ip[/mask]> <series> <parameters> <period_start> <period_end>
          Count a CIDR in a named series
      add <series> <parameters> <ip> <increment>
          Add a value to a CIDR in a named series
      subtract <series> <parameters> <ip> <decrement>
          Subtract a value from a CIDR in a named series
      show all
          Display verbose statistics for all addresses as a CSV list
      load <series> <filename>
          Load a series from a file.  The filename can be omitted if
          the file has the same name as the series\
      """;

  private final TrafficAudit audit;

  @Activate
  public InboundAuditCommand(@Reference TrafficAudit audit) {
    this.audit = audit;
  }

  @Override
  public String name() {
    return "inbound_audit";
  }

  @Override
  public String synopsis() {
    return "help | show ip ip[/mask] | show all | add series parameters ip increment"
        + " | subtract series parameters ip decrement | delete_ip ip series parameters"
        + " | count_cidr ip[/mask] series parameters period_start period_end"
        + " | load series [filename]";
  }

  @Override
  public String summary() {
    return "Shows and changes what is counted of clients and in named series";
  }

  @Override
  public boolean hasJson() {
    return true;
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    List<String> words = invocation.arguments();
    Report report = new Report();
    try {
      run(words, report);
    } catch (IllegalArgumentException e) {
      throw new ConsoleException(
          e.getMessage() == null ? "expected: " + synopsis() : e.getMessage());
    }
    invocation.print(report);
  }

  private void run(List<String> words, Report report) throws ConsoleException {
    String verb = words.isEmpty() ? "help" : words.getFirst().toLowerCase(Locale.ROOT);
    int count = words.size();
    if (verb.equals("help") && count <= 1) {
      HELP.lines().forEach(report::line);
    } else if (verb.equals("show") && count == 3 && words.get(1).equalsIgnoreCase("ip")) {
      showIp(Cidr.parse(words.get(2)), report);
    } else if (verb.equals("show") && count == 2 && words.get(1).equalsIgnoreCase("all")) {
      showAll(report);
    } else if (verb.equals("add") && count == 5) {
      add(words, 1, report);
    } else if (verb.equals("subtract") && count == 5) {
      add(words, -1, report);
    } else if (verb.equals("delete_ip") && count == 4) {
      Series series = series(words.get(2), words.get(3));
      series.removeItem(words.get(1));
      report.value("deleted", words.get(1)).linef("%s deleted from %s", words.get(1), words.get(2));
    } else if (verb.equals("count_cidr") && count == 6) {
      long sum =
          series(words.get(2), words.get(3))
              .count(words.get(1), number(words.get(4)), number(words.get(5)));
      report.value("count", sum).linef("%s %s: %d", words.get(2), words.get(1), sum);
    } else if (verb.equals("load") && (count == 2 || count == 3)) {
      load(words.get(1), words.get(count - 1), report);
    } else {
      throw new ConsoleException("expected: inbound_audit " + synopsis());
    }
  }

  private void showIp(Cidr block, Report report) {
    Traffic traffic = audit.traffic();
    report.rows("windows");
    for (Event event : Event.values()) {
      for (Monitor monitor : traffic.monitors()) {
        for (int window = 0; window <= monitor.windows(); window++) {
          long count = traffic.count(event, monitor, block, window, window, false);
          report
              .row("windows")
              .value("type", event.text())
              .value("window_seconds", monitor.interval())
              .value("window", window)
              .value("count", count)
              .linef("%s %d/%d: %d", event.text(), monitor.interval(), window, count);
        }
      }
    }
  }

  /** Of one address in one window: by event. */
  private static final class Row {
    final long[] counts = new long[Event.values().length];
  }

  private void showAll(Report report) {
    Traffic traffic = audit.traffic();
    report.rows("addresses").line("ip,window,connections,receptions,rejections");
    int left = 0;
    for (Monitor monitor : traffic.monitors()) {
      for (int window = 0; window <= monitor.windows(); window++) {
        Map<String, Row> rows = new HashMap<>();
        int column = 0;
        for (Event event : Event.values()) {
          int at = column++;
          for (Series series : traffic.own(event, monitor)) {
            series.forEach(
                window,
                window,
                item -> {
                  if (rows.size() < MOST_SHOWN || rows.containsKey(item.key())) {
                    rows.computeIfAbsent(item.key(), _ -> new Row()).counts[at] = item.count();
                  }
                });
          }
        }
        left += rows.size() == MOST_SHOWN ? 1 : 0;
        String name = monitor.interval() + "/" + window;
        new TreeMap<>(rows)
            .forEach(
                (ip, row) ->
                    report
                        .row("addresses")
                        .value("ip", ip)
                        .value("window", name)
                        .value("connections", row.counts[0])
                        .value("receptions", row.counts[1])
                        .value("rejections", row.counts[2])
                        .linef(
                            "%s,%s,%d,%d,%d",
                            ip, name, row.counts[0], row.counts[1], row.counts[2]));
      }
    }
    if (left > 0) {
      report.linef("# %d windows have more than the %d addresses shown", left, MOST_SHOWN);
    }
  }

  private void add(List<String> words, int sign, Report report) throws ConsoleException {
    Series series = series(words.get(1), words.get(2));
    long delta = sign * (long) number(words.get(4));
    series.add(words.get(3), delta);
    long count = series.count(words.get(3), 0, 0);
    report.value("count", count).linef("%s %s: %d", words.get(1), words.get(3), count);
  }

  private Series series(String name, String parameters) throws ConsoleException {
    Monitor monitor = Monitor.parse(parameters);
    return audit
        .series()
        .find(name, monitor.interval(), monitor.windows())
        .orElseThrow(() -> new ConsoleException("there is no series " + name + " " + parameters));
  }

  private static int number(String word) throws ConsoleException {
    if (!word.matches("\\d{1,9}")) {
      throw new ConsoleException("expected a number, not " + word);
    }
    return Integer.parseInt(word);
  }

  private void load(String name, String file, Report report) throws ConsoleException {
    try {
      Path path = audit.serializeDir().resolve(file);
      Snapshot.Head head = Snapshot.head(path);
      Monitor monitor = Monitor.parse(head.parameters());
      Series series =
          audit
              .series()
              .define(
                  new SeriesDefinition(name, head.type(), monitor.interval(), monitor.windows()));
      long items = KeptSeries.read(path, series);
      report.value("items", items).linef("%d items loaded into %s", items, name);
    } catch (IOException | InvalidPathException e) {
      throw new ConsoleException("cannot load " + file + ": " + e.getMessage());
    }
  }
}
