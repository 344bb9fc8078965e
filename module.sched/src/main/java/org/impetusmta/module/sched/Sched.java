package org.impetusmta.module.sched;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.console.Console;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.api.console.Report;
import org.impetusmta.api.datasource.Datasources;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.scheduler.Scheduler;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Console commands at a time: {@code sched at}, {@code in}, {@code every}, {@code list}, {@code
 * delete}. One timer, for the job that is due first; jobs run in the pool IO, each in a session of
 * its own that is its owner's. Concurrent. Source: modules.sched.
 */
@Module(
    name = "sched",
    kind = Module.Kind.SINGLETON,
    singleton = "true",
    requires = "ds_core",
    description = "Console commands at a time")
@Component(factory = Module.FACTORY + "sched", service = ConsoleCommand.class)
public final class Sched implements ConsoleCommand {
  /** Most jobs. */
  static final int MOST = 10_000;

  private static final Logger LOG = LoggerFactory.getLogger(Sched.class);
  private static final String DATASOURCE = ":datasource:";
  private static final long LONGEST_SECONDS = Duration.ofDays(36_500).toSeconds();
  private static final long MOST_TOLD = 20;

  private final Console console;
  private final Scheduler scheduler;
  private final EventLoop home;
  private final String hostname;
  private final Optional<JobStore> store;

  /** Guarded by this, as is all below. */
  private final TreeMap<String, Job> jobs = new TreeMap<>();

  private final Set<String> running = new HashSet<>();
  private long serial;
  private EventLoop.@Nullable Timer timer;
  private boolean ended;

  /** The stanza. */
  @OptionSet("sched")
  public record Options(
      @Option(doc = "File, or :datasource:NAME, that keeps the jobs; unset: they are forgotten")
          Optional<String> backingStore) {}

  /**
   * @throws ConfigException when backing_store cannot be used
   */
  @Activate
  public Sched(
      Map<String, Object> properties,
      @Reference Console console,
      @Reference Datasources datasources,
      @Reference Scheduler scheduler)
      throws ConfigException {
    this(
        ModuleStanza.of(properties).options(Options.class).backingStore(),
        hostname(),
        console,
        datasources,
        scheduler);
  }

  Sched(
      Optional<String> backingStore,
      String hostname,
      Console console,
      Datasources datasources,
      Scheduler scheduler)
      throws ConfigException {
    this.console = console;
    this.scheduler = scheduler;
    this.hostname = hostname;
    this.home = scheduler.loops().getFirst();
    this.store =
        backingStore.isPresent()
            ? Optional.of(store(backingStore.get(), datasources))
            : Optional.empty();
    if (store.isPresent()) {
      for (Job job : store.get().read()) {
        jobs.put(job.id(), job);
        serial = Math.max(serial, number(job.id()));
      }
    }
    scheduler.pool("IO").execute(this::due);
  }

  private static JobStore store(String path, Datasources datasources) throws ConfigException {
    if (path.startsWith(DATASOURCE)) {
      String name = path.substring(DATASOURCE.length());
      return datasources
          .find(name)
          .map(JobTable::new)
          .orElseThrow(
              () ->
                  new ConfigException(
                      "sched: backing_store = \"%s\": there is no Datasource \"%s\" stanza"
                          .formatted(path, name)));
    }
    try {
      Path file = Path.of(path);
      if (file.isAbsolute()) {
        return new JobFile(file);
      }
    } catch (InvalidPathException e) {
      LOG.debug("no path", e);
    }
    throw new ConfigException(
        "sched: backing_store = \""
            + path
            + "\", expected the whole path of a file, or :datasource:NAME");
  }

  private static String hostname() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (IOException e) {
      LOG.debug("this machine has no name", e);
      return "localhost";
    }
  }

  private static long number(String id) {
    String digits = id.substring(id.lastIndexOf('-') + 1);
    return digits.matches("\\d{1,18}") ? Long.parseLong(digits) : 0;
  }

  @Deactivate
  synchronized void end() {
    ended = true;
    EventLoop.Timer waiting = timer;
    if (waiting != null) {
      waiting.cancel();
    }
  }

  @Override
  public String name() {
    return "sched";
  }

  @Override
  public String synopsis() {
    return "at unix_time command | in seconds command | every seconds command | list"
        + " | delete id";
  }

  @Override
  public String summary() {
    return "Runs console commands at a time";
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    List<String> words = invocation.arguments();
    String verb = words.isEmpty() ? "" : words.getFirst().toLowerCase(Locale.ROOT);
    Report report = new Report();
    if (verb.equals("list") && words.size() == 1) {
      list(report);
    } else if (verb.equals("delete") && words.size() == 2) {
      delete(words.get(1));
      report.value("deleted", words.get(1)).linef("Job %s deleted", words.get(1));
    } else if (Set.of("at", "in", "every").contains(verb) && words.size() > 2) {
      Job made = schedule(verb, seconds(words.get(1)), invocation);
      report
          .value("id", made.id())
          .value("next_run_time", made.next())
          .linef("Job %s scheduled for %d", made.id(), made.next());
    } else {
      throw new ConsoleException("expected sched " + synopsis());
    }
    invocation.print(report);
  }

  private static long seconds(String word) throws ConsoleException {
    if (!word.matches("\\d{1,11}") || Long.parseLong(word) > 4 * LONGEST_SECONDS) {
      throw new ConsoleException("expected seconds, not " + word);
    }
    return Long.parseLong(word);
  }

  private Job schedule(String verb, long seconds, ConsoleInvocation invocation)
      throws ConsoleException {
    long now = now();
    long first = verb.equals("at") ? seconds : now + seconds;
    if (verb.equals("at") && first < now) {
      throw new ConsoleException("that time is over: it is " + now + " now");
    }
    if (verb.equals("every") && seconds == 0) {
      throw new ConsoleException("every 0 seconds is no interval");
    }
    String command = invocation.text().strip().split("\\s+", 3)[2];
    Job.Owner owner = Job.Owner.of(invocation.operator());
    synchronized (this) {
      if (jobs.size() >= MOST) {
        throw new ConsoleException("there are " + MOST + " jobs: no more");
      }
      Job job =
          new Job(
              "%s-%09d".formatted(hostname, ++serial),
              first,
              verb.equals("every") ? seconds : 0,
              owner,
              command);
      jobs.put(job.id(), job);
      try {
        keep();
      } catch (IOException e) {
        jobs.remove(job.id());
        throw new ConsoleException("the job cannot be kept: " + e);
      }
      due();
      return job;
    }
  }

  private synchronized void delete(String id) throws ConsoleException {
    Job job = jobs.remove(id);
    if (job == null) {
      throw new ConsoleException("there is no job " + id);
    }
    try {
      keep();
    } catch (IOException e) {
      jobs.put(id, job);
      throw new ConsoleException("the job cannot be deleted: " + e);
    }
  }

  private synchronized void list(Report report) {
    report.rows("jobs").line("JOB ID        \t    NEXT RUN TIME\tREC\tCOMMAND");
    for (Job job : jobs.values()) {
      report
          .row("jobs")
          .value("id", job.id())
          .value("next_run_time", job.next())
          .value("every_seconds", job.every())
          .value("user", job.owner().user())
          .value("command", job.command())
          .linef(
              "%s\t%d\t %s\t%s", job.id(), job.next(), job.every() > 0 ? "y" : "n", job.command());
    }
  }

  private void keep() throws IOException {
    if (store.isPresent()) {
      store.get().write(jobs.values());
    }
  }

  private long now() {
    return scheduler.clock().instant().getEpochSecond();
  }

  /** Starts what is due and waits for what is due next. Blocks. */
  private synchronized void due() {
    if (ended) {
      return;
    }
    long now = now();
    boolean changed = false;
    for (Job job : List.copyOf(jobs.values())) {
      if (job.next() <= now) {
        changed = true;
        if (job.every() > 0) {
          jobs.put(job.id(), job.at(job.after(now)));
        } else {
          jobs.remove(job.id());
        }
        if (running.add(job.id())) {
          scheduler.pool("IO").execute(() -> carryOut(job));
        } else {
          LOG.warn("sched: job {} still runs: left out this time", job.id());
        }
      }
    }
    if (changed) {
      keepOrTell();
    }
    EventLoop.Timer waiting = timer;
    if (waiting != null) {
      waiting.cancel();
    }
    timer = next(jobs.values()).map(this::at).orElse(null);
  }

  private static Optional<Long> next(Collection<Job> all) {
    return all.stream().map(Job::next).min(Long::compare);
  }

  private EventLoop.Timer at(long second) {
    Duration left = Duration.ofMillis(second * 1_000 - scheduler.clock().millis());
    return home.schedule(
        () -> scheduler.pool("IO").execute(this::due), left.isNegative() ? Duration.ZERO : left);
  }

  private void keepOrTell() {
    try {
      keep();
    } catch (IOException e) {
      LOG.error("sched: jobs cannot be kept: {}", e.toString());
    }
  }

  private void carryOut(Job job) {
    try (Console.Session session = console.open("sched " + job.id(), job.owner().operator())) {
      Console.Answer answer = session.execute(job.command());
      String told = String.join(" | ", answer.text().lines().limit(MOST_TOLD).toList());
      if (answer.ok()) {
        LOG.info("sched: job {} \"{}\": {}", job.id(), job.command(), told);
      } else {
        LOG.warn("sched: job {} \"{}\" was refused: {}", job.id(), job.command(), told);
      }
    } finally {
      synchronized (this) {
        running.remove(job.id());
      }
    }
  }

  @Override
  public synchronized List<String> complete(List<String> arguments) {
    String begun = arguments.getLast();
    if (arguments.size() == 1) {
      return List.of("at", "delete", "every", "in", "list").stream()
          .filter(verb -> verb.startsWith(begun))
          .toList();
    }
    return arguments.size() == 2 && arguments.getFirst().equals("delete")
        ? jobs.keySet().stream().filter(id -> id.startsWith(begun)).toList()
        : List.of();
  }
}
