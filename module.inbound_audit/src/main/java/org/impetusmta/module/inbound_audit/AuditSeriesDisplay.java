package org.impetusmta.module.inbound_audit;

import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.impetusmta.api.audit.AuditSeries;
import org.impetusmta.api.audit.Series;
import org.impetusmta.api.audit.SeriesDefinition;
import org.impetusmta.api.audit.SeriesItem;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.api.console.Report;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code audit series display [SERIES [WINDOW]]}: all series, or the keys of one that have the
 * highest counts in a window, {@value #MOST} at most. Reads beside those who count, and keeps
 * nobody waiting. Concurrent. Source: changelog 4.4.0 SD-1618, which shows no answer.
 */
@Component(service = ConsoleCommand.class)
public final class AuditSeriesDisplay implements ConsoleCommand {
  /** Keys that are shown. */
  static final int MOST = 1_000;

  private final AuditSeries series;

  @Activate
  public AuditSeriesDisplay(@Reference AuditSeries series) {
    this.series = series;
  }

  @Override
  public String name() {
    return "audit series display";
  }

  @Override
  public String synopsis() {
    return "[series [window]]";
  }

  @Override
  public String summary() {
    return "Shows audit series, or the highest counts of one";
  }

  @Override
  public boolean hasJson() {
    return true;
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    List<String> words = invocation.arguments();
    Report report = new Report();
    if (words.isEmpty()) {
      all(report);
    } else if (words.size() <= 2) {
      String window = words.size() == 2 ? words.get(1) : "0";
      Series one =
          series
              .find(words.getFirst())
              .orElseThrow(() -> new ConsoleException("there is no series " + words.getFirst()));
      if (!window.matches("\\d{1,5}") || Integer.parseInt(window) > one.definition().windows()) {
        throw new ConsoleException(
            "expected a window from 0 to " + one.definition().windows() + ", not " + window);
      }
      one(one, Integer.parseInt(window), report);
    } else {
      throw new ConsoleException("expected: audit series display " + synopsis());
    }
    invocation.print(report);
  }

  private void all(Report report) {
    report.rows("series");
    for (Series one : series.all()) {
      SeriesDefinition definition = one.definition();
      long total = one.total(0, definition.windows());
      report
          .row("series")
          .value("name", definition.name())
          .value("type", definition.type().text())
          .value("parameters", definition.parameters())
          .value("serialize", definition.serialize())
          .value("persist", definition.persist())
          .value("total", total)
          .linef(
              "%s %s %s: %d",
              definition.name(), definition.type().text(), definition.parameters(), total);
    }
  }

  private static void one(Series one, int window, Report report) {
    Comparator<SeriesItem> byCount =
        Comparator.comparingLong(SeriesItem::count)
            .thenComparing(SeriesItem::key, Comparator.reverseOrder());
    PriorityQueue<SeriesItem> highest = new PriorityQueue<>(byCount);
    long[] keys = {0};
    one.forEach(
        window,
        window,
        item -> {
          keys[0]++;
          highest.add(item);
          if (highest.size() > MOST) {
            SeriesItem _ = highest.poll();
          }
        });
    report.rows("items").value("keys", keys[0]).value("total", one.total(window, window));
    highest.stream()
        .sorted(byCount.reversed())
        .forEach(
            item ->
                report
                    .row("items")
                    .value("key", item.key())
                    .value("count", item.count())
                    .linef("%s: %d", item.key(), item.count()));
    if (keys[0] > MOST) {
      report.linef("# the highest %d of %d", MOST, keys[0]);
    }
  }
}
