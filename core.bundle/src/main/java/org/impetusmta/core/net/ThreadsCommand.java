package org.impetusmta.core.net;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.api.console.Report;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code threads stats}, {@code threads busy} (the pools that work now), {@code threads POOL stats}
 * and {@code threads POOL queue}. Saturation is the part of all threads' time that was work. The
 * jobs of a queue are told by the class that made them. Concurrent. Source:
 * console_commands.threads, changelog 4.3.0.
 */
@Component(service = ConsoleCommand.class)
public final class ThreadsCommand implements ConsoleCommand {
  private final Supplier<List<WorkerPool>> pools;

  @Activate
  public ThreadsCommand(@Reference NettyScheduler scheduler) {
    this(scheduler::workers);
  }

  ThreadsCommand(Supplier<List<WorkerPool>> pools) {
    this.pools = pools;
  }

  @Override
  public String name() {
    return "threads";
  }

  @Override
  public String synopsis() {
    return "stats | busy | pool stats | pool queue [--json]";
  }

  @Override
  public String summary() {
    return "Figures of thread pools, and the jobs that wait in one";
  }

  @Override
  public boolean hasJson() {
    return true;
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    List<String> words =
        invocation.arguments().stream().map(word -> word.toLowerCase(Locale.ROOT)).toList();
    Report report = new Report();
    if (words.equals(List.of("stats"))) {
      report.rows("pools");
      pools.get().forEach(pool -> figures(pool, report.row("pools")));
    } else if (words.equals(List.of("busy"))) {
      report.rows("pools");
      pools.get().stream()
          .filter(pool -> pool.running() + pool.waiting() > 0)
          .forEach(pool -> figures(pool, report.row("pools")));
    } else if (words.size() == 2 && words.get(1).equals("stats")) {
      figures(pool(words.getFirst()), report);
    } else if (words.size() == 2 && words.get(1).equals("queue")) {
      queue(pool(words.getFirst()), report);
    } else {
      throw new ConsoleException("expected threads " + synopsis());
    }
    invocation.print(report);
  }

  private WorkerPool pool(String name) throws ConsoleException {
    List<String> names = new ArrayList<>();
    for (WorkerPool pool : pools.get()) {
      if (pool.name().equalsIgnoreCase(name)) {
        return pool;
      }
      names.add(pool.name());
    }
    throw new ConsoleException(
        "there is no pool %s, expected one of %s".formatted(name, String.join(", ", names)));
  }

  private static void figures(WorkerPool pool, Report report) {
    PoolFigures figures = pool.figures();
    report
        .value("name", pool.name())
        .value("concurrency", pool.concurrency())
        .value("waiting", pool.waiting())
        .linef(
            "%s thread pool: concurrency %d",
            pool.name().toUpperCase(Locale.ROOT), pool.concurrency())
        .value("invocations", figures.invocations());
    if (figures.invocations() == 0) {
      return;
    }
    report
        .linef("               Total invocations: %d", figures.invocations())
        .figure(
            "average_concurrency",
            figures.averageConcurrency(),
            "    Observed average concurrency: %.2f")
        .figure(
            "saturation_percent",
            figures.saturation(pool.concurrency()),
            "          Thread pool saturation: %5.2f%%")
        .figure(
            "average_milliseconds",
            figures.averageMillis(),
            "   Average wallclock time per op: %.2fms")
        .figure("threads", pool.running(), "            Current thread count: %d")
        .line("  [inactive threads]")
        .figure("inactive_threads", pool.idle(), "            Current thread count: %d");
  }

  private static void queue(WorkerPool pool, Report report) {
    List<String> jobs = pool.queue();
    report
        .value("name", pool.name())
        .value("jobs", jobs)
        .linef("Jobs in the %s pool", pool.name().toUpperCase(Locale.ROOT));
    jobs.forEach(report::line);
    report.linef("%d jobs", jobs.size());
  }

  @Override
  public List<String> complete(List<String> arguments) {
    List<String> words = new ArrayList<>();
    if (arguments.size() == 1) {
      words.addAll(List.of("stats", "busy"));
      pools.get().forEach(pool -> words.add(pool.name().toLowerCase(Locale.ROOT)));
    } else if (arguments.size() == 2) {
      words.addAll(List.of("stats", "queue"));
    }
    String begun = arguments.getLast().toLowerCase(Locale.ROOT);
    return words.stream().filter(word -> word.startsWith(begun)).toList();
  }
}
