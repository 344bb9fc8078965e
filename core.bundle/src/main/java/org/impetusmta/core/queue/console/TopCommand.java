package org.impetusmta.core.queue.console;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.api.console.Report;
import org.impetusmta.core.log.PanicLog;
import org.impetusmta.core.metrics.Counters;
import org.impetusmta.core.queue.BindingConsole;
import org.impetusmta.core.queue.BindingConsole.BindingFigures;
import org.impetusmta.core.queue.MailQueue;
import org.impetusmta.core.queue.QueueConsole;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code top}: where the mail is at this moment, the most of it first, with rates of the seconds
 * since somebody last asked. Three lines of head, the last with the columns' names, then a line for
 * each row, whose name comes last. {@code ec_console} makes its live view of them. Beyond the
 * manual. Concurrent.
 */
@Component(service = ConsoleCommand.class)
public final class TopCommand implements ConsoleCommand {
  private static final DateTimeFormatter CLOCK =
      DateTimeFormatter.ofPattern("HH:mm:ss").withZone(ZoneId.systemDefault());

  /** What rows may be sorted by; names decide between equals. */
  private static final Map<String, Comparator<Row>> ORDERS =
      Map.of(
          "active", Comparator.comparingLong(row -> -row.active - row.delayed),
          "delayed", Comparator.comparingLong(row -> -row.delayed),
          "delivered",
              Comparator.<Row>comparingDouble(row -> -row.deliveredPerSecond)
                  .thenComparingLong(row -> -row.delivered),
          "failed",
              Comparator.<Row>comparingDouble(row -> -row.failedPerSecond)
                  .thenComparingLong(row -> -row.failed),
          "name", Comparator.comparing(Row::name));

  private final QueueConsole queues;
  private final BindingConsole bindings;
  private final RecentFailures failures;
  private final Rates rates;

  @Activate
  public TopCommand(
      @Reference QueueConsole queues,
      @Reference BindingConsole bindings,
      @Reference RecentFailures failures) {
    this.queues = queues;
    this.bindings = bindings;
    this.failures = failures;
    this.rates = new Rates(queues::now, this::counters);
  }

  /** What was asked for. */
  private record Question(
      String view,
      Optional<String> domain,
      Optional<String> binding,
      Comparator<Row> order,
      int limit) {}

  /** A line of a table: figures of one name. */
  private record Row(
      String name,
      long active,
      long delayed,
      long connections,
      long delivered,
      long failed,
      double deliveredPerSecond,
      double failedPerSecond) {
    Row plus(Row other) {
      return new Row(
          name,
          active + other.active,
          delayed + other.delayed,
          connections + other.connections,
          delivered + other.delivered,
          failed + other.failed,
          deliveredPerSecond + other.deliveredPerSecond,
          failedPerSecond + other.failedPerSecond);
    }
  }

  @Override
  public String name() {
    return "top";
  }

  @Override
  public String synopsis() {
    return "[domains | bindings | errors] [--domain|-d domain] [--binding|-b binding]"
        + " [--sort|-s key] [--limit|-l number] [--json]";
  }

  @Override
  public String summary() {
    return "Where the mail is now, with rates and the last errors";
  }

  @Override
  public boolean hasJson() {
    return true;
  }

  @Override
  public List<String> complete(List<String> arguments) {
    String begun = arguments.getLast().toLowerCase(Locale.ROOT);
    return List.of("domains", "bindings", "errors").stream()
        .filter(word -> arguments.size() == 1 && word.startsWith(begun))
        .toList();
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    Question question = question(invocation.arguments());
    Map<String, Double> perSecond = rates.perSecond();
    Report report = new Report();
    head(perSecond, report);
    switch (question.view) {
      case "bindings" -> bindings(question, perSecond, report);
      case "errors" -> errors(question, report);
      default -> domains(question, perSecond, report);
    }
    invocation.print(report);
  }

  private Question question(List<String> arguments) throws ConsoleException {
    String view = "domains";
    Optional<String> domain = Optional.empty();
    Optional<String> binding = Optional.empty();
    Comparator<Row> order = order("active");
    int limit = 20;
    for (Iterator<String> words = arguments.iterator(); words.hasNext(); ) {
      String word = words.next();
      switch (word) {
        case "domains", "bindings", "errors" -> view = word;
        case "--domain", "-d" -> domain = Optional.of(value(words, word).toLowerCase(Locale.ROOT));
        case "--binding", "-b" -> binding = Optional.of(bindings.known(value(words, word)));
        case "--sort", "-s" -> order = order(value(words, word));
        case "--limit", "-l" -> limit = Words.number(value(words, word), word);
        default -> throw new ConsoleException("top does not know " + word + "; " + synopsis());
      }
    }
    return new Question(view, domain, binding, order, limit);
  }

  private static String value(Iterator<String> words, String option) throws ConsoleException {
    if (!words.hasNext()) {
      throw new ConsoleException(option + " needs a value");
    }
    return words.next();
  }

  private static Comparator<Row> order(String sort) throws ConsoleException {
    Comparator<Row> order = ORDERS.get(sort);
    if (order == null) {
      throw new ConsoleException(
          "--sort is one of "
              + String.join(", ", new TreeSet<>(ORDERS.keySet()))
              + ", not "
              + sort);
    }
    return order.thenComparing(Row::name);
  }

  // ---- figures ----

  /**
   * Every counter that has a rate: of queues only those with a connection, without which nothing
   * counts, so that a million of waiting ones cost nothing.
   */
  private Map<String, Long> counters() {
    Map<String, Long> all = new HashMap<>();
    Counters total = queues.counters();
    all.put("received", total.received.sum());
    all.put("delivered", total.delivered.sum());
    all.put("failed", total.failed.sum());
    all.put("rejected", total.rejected.sum());
    for (MailQueue queue : queues.unsorted()) {
      if (queue.connectionCount() > 0) {
        all.put(key("delivered", queue), queue.deliveries());
        all.put(key("failed", queue), queue.failures());
      }
    }
    for (BindingFigures binding : bindings.all()) {
      all.put("delivered binding " + binding.name(), binding.delivered());
      all.put("failed binding " + binding.name(), binding.failed());
      all.put("received binding " + binding.name(), binding.received());
    }
    return all;
  }

  private static String key(String what, MailQueue queue) {
    return what + " queue " + queue.bindingGroup() + "/" + queue.binding() + "/" + queue.domain();
  }

  private static double rate(Map<String, Double> perSecond, String name) {
    return perSecond.getOrDefault(name, 0.0);
  }

  // ---- what is shown ----

  private void head(Map<String, Double> perSecond, Report report) {
    Counters total = queues.counters();
    report
        .value("uptime_seconds", queues.uptimeSeconds())
        .value("active_queue_size", queues.activeSize())
        .value("delayed_queue_size", queues.delayedSize())
        .value("total_queue_size", queues.totalSize())
        .value("inbound_concurrency", total.inboundConnections.sum())
        .value("outbound_concurrency", total.outboundConnections.sum())
        .value("rates_over_seconds", rates.seconds())
        .value("received_per_second", rate(perSecond, "received"))
        .value("delivered_per_second", rate(perSecond, "delivered"))
        .value("failed_per_second", rate(perSecond, "failed"))
        .value("rejected_per_second", rate(perSecond, "rejected"))
        .linef(
            "%s up %s   queued %d: %d active, %d delayed   connections %d in, %d out",
            CLOCK.format(Instant.ofEpochMilli(queues.now())),
            uptime(queues.uptimeSeconds()),
            queues.totalSize(),
            queues.activeSize(),
            queues.delayedSize(),
            total.inboundConnections.sum(),
            total.outboundConnections.sum())
        .linef(
            "a second: %.1f received, %.1f delivered, %.1f failed, %.1f rejected (of %.1f s)",
            rate(perSecond, "received"),
            rate(perSecond, "delivered"),
            rate(perSecond, "failed"),
            rate(perSecond, "rejected"),
            rates.seconds());
  }

  private static String uptime(long seconds) {
    return "%d d %02d:%02d:%02d"
        .formatted(seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
  }

  private void domains(Question question, Map<String, Double> perSecond, Report report) {
    Map<String, Row> rows = new HashMap<>();
    for (MailQueue queue : queues.unsorted()) {
      if (question.binding.map(queue.binding()::equals).orElse(true)
          && question.domain.map(queue.domain()::equals).orElse(true)) {
        // of one domain, its queues
        String name =
            question.domain.isPresent()
                ? queue.bindingGroup() + "/" + queue.binding() + "/" + queue.domain()
                : queue.domain();
        Row row =
            new Row(
                name,
                queue.activeSize(),
                queue.delayedSize(),
                queue.connectionCount(),
                queue.deliveries(),
                queue.failures(),
                rate(perSecond, key("delivered", queue)),
                rate(perSecond, key("failed", queue)));
        rows.merge(name, row, Row::plus);
      }
    }
    table(question, List.copyOf(rows.values()), report);
    if (question.domain.isPresent()) {
      errors(question, report.line(""));
    }
  }

  private void bindings(Question question, Map<String, Double> perSecond, Report report) {
    List<Row> rows =
        bindings.all().stream()
            .filter(one -> question.binding.map(one.name()::equals).orElse(true))
            .map(
                one ->
                    new Row(
                        one.name(),
                        one.active(),
                        one.delayed(),
                        one.connections(),
                        one.delivered(),
                        one.failed(),
                        rate(perSecond, "delivered binding " + one.name()),
                        rate(perSecond, "failed binding " + one.name())))
            .toList();
    table(question, rows, report);
  }

  private static void table(Question question, List<Row> rows, Report report) {
    report
        .rows(question.view)
        .linef(
            "%8s %8s %6s %9s %9s %11s %9s  %s",
            "ACTIVE", "DELAYED", "CONN", "DLV/s", "FAIL/s", "DELIVERED", "FAILED", "NAME");
    rows.stream()
        .sorted(question.order)
        .limit(question.limit)
        .forEach(
            row ->
                report
                    .row(question.view)
                    .value("name", row.name)
                    .value("active", row.active)
                    .value("delayed", row.delayed)
                    .value("connections", row.connections)
                    .value("delivered", row.delivered)
                    .value("failed", row.failed)
                    .value("delivered_per_second", row.deliveredPerSecond)
                    .value("failed_per_second", row.failedPerSecond)
                    .linef(
                        "%8d %8d %6d %9.1f %9.1f %11d %9d  %s",
                        row.active,
                        row.delayed,
                        row.connections,
                        row.deliveredPerSecond,
                        row.failedPerSecond,
                        row.delivered,
                        row.failed,
                        row.name));
  }

  private void errors(Question question, Report report) {
    report
        .rows("errors")
        .linef("%-8s %s %-28s %-14s %s", "TIME", "T", "DOMAIN", "BINDING", "REPLY");
    for (RecentFailures.Failed failed :
        failures.youngest(
            one ->
                question.domain.map(one.domain()::equals).orElse(true)
                    && question.binding.map(one.binding()::equals).orElse(true),
            question.limit)) {
      String reply = PanicLog.printable(failed.reply().toString());
      report
          .row("errors")
          .value("time_micros", failed.timeMicros())
          .value("type", String.valueOf(failed.kind()))
          .value("domain", failed.domain())
          .value("binding", failed.binding())
          .value("reply", reply)
          .linef(
              "%s %c %-28s %-14s %s",
              CLOCK.format(Instant.ofEpochMilli(failed.timeMicros() / 1_000)),
              failed.kind(),
              failed.domain(),
              failed.binding(),
              reply);
    }
  }
}
