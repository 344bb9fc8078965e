package org.impetusmta.module.ec_logger;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.api.hook.AaaLog;
import org.impetusmta.api.hook.LogDelivery;
import org.impetusmta.api.hook.LogError;
import org.impetusmta.api.hook.LogFlush;
import org.impetusmta.api.hook.LogPermanentFailure;
import org.impetusmta.api.hook.LogReception;
import org.impetusmta.api.hook.LogRejection;
import org.impetusmta.api.hook.LogReopen;
import org.impetusmta.api.hook.LogSpoolImport;
import org.impetusmta.api.hook.LogTransientFailure;
import org.impetusmta.api.log.EventLog;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.api.scheduler.Scheduler;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Momentum-style logging: mainlog, rejectlog, paniclog, acctlog and importlog, as lines of text.
 * Lines are written when the event log runs dry, or 64 KiB at a time. A new instance opens all its
 * files before it takes over, so a configuration whose files cannot be opened is refused.
 *
 * <p>Thread-safety: concurrent; hooks come from the log thread alone, but the end of the server may
 * come from another. Source: modules.ec_logger.
 */
@Module(
    name = "ec_logger",
    kind = Module.Kind.LOGGER,
    description = "Momentum-style logging: mainlog, rejectlog, paniclog, acctlog, importlog")
@Component(
    factory = Module.FACTORY + "ec_logger",
    service = {
      LogReception.class,
      LogDelivery.class,
      LogTransientFailure.class,
      LogPermanentFailure.class,
      LogRejection.class,
      LogSpoolImport.class,
      AaaLog.class,
      LogError.class,
      LogFlush.class,
      LogReopen.class,
      ConsoleCommand.class
    })
public final class EcLogger
    implements LogReception,
        LogDelivery,
        LogTransientFailure,
        LogPermanentFailure,
        LogRejection,
        LogSpoolImport,
        AaaLog,
        LogError,
        LogFlush,
        LogReopen,
        ConsoleCommand {
  private static final Logger LOG = LoggerFactory.getLogger(EcLogger.class);
  private static final int REOPEN_SECONDS = 10;

  private final Options options;
  private final String instance;
  private final InstantSource clock;
  private final LogFile mainlog;
  private final LogFile rejectlog;
  private final LogFile paniclog;
  private final LogFile acctlog;
  private final @Nullable LogFile importlog;
  private final List<LogFile> files = new ArrayList<>();
  private final AtomicReference<@Nullable CompletableFuture<Boolean>> reopenAsked =
      new AtomicReference<>();
  private long heartbeatAt;

  /** The options of an ec_logger stanza. */
  @OptionSet("ec_logger")
  public record Options(
      @Option(value = "/var/log/ecelerity/mainlog.ec", doc = "what becomes of every message")
          String mainlog,
      @Option(value = "/var/log/ecelerity/rejectlog.ec", doc = "what reception refused and why")
          String rejectlog,
      @Option(value = "/var/log/ecelerity/paniclog.ec", doc = "the server's own diagnostics")
          String paniclog,
      @Option(value = "/var/log/ecelerity/acctlog.ec", doc = "authentication and authorization")
          String acctlog,
      @Option(
              doc =
                  "what became of the mail of spools that were imported; unset: it is not written")
          Optional<String> importlog,
      @Option(
              value = "0644",
              unit = Option.Unit.OCTAL,
              min = 0,
              max = 0777,
              doc = "permissions of an importlog that is created")
          int importlogMode,
      @Option(
              value = "0644",
              unit = Option.Unit.OCTAL,
              min = 0,
              max = 0777,
              doc = "permissions of a mainlog that is created")
          int mainlogMode,
      @Option(
              value = "0644",
              unit = Option.Unit.OCTAL,
              min = 0,
              max = 0777,
              doc = "permissions of a rejectlog that is created")
          int rejectlogMode,
      @Option(
              value = "0644",
              unit = Option.Unit.OCTAL,
              min = 0,
              max = 0777,
              doc = "permissions of a paniclog that is created")
          int paniclogMode,
      @Option(
              value = "0644",
              unit = Option.Unit.OCTAL,
              min = 0,
              max = 0777,
              doc = "permissions of an acctlog that is created")
          int acctlogLogMode,
      @Option(
              value = "60",
              min = 0,
              doc = "seconds between heartbeats in mainlog and rejectlog; 0: none")
          Duration heartbeat,
      @Option(value = "true", doc = "whether R records are written") boolean logReceptions,
      @Option(value = "true", doc = "whether D records are written") boolean logDeliveries,
      @Option(value = "true", doc = "whether T records are written") boolean logTransientFailures,
      @Option(value = "true", doc = "whether P records are written") boolean logPermanentFailures,
      @Option(value = "true", doc = "whether the rejectlog is written") boolean logRejections,
      @Option(value = "true", doc = "whether the paniclog is written") boolean logErrors) {}

  @Activate
  public EcLogger(
      Map<String, Object> properties, @Reference Scheduler scheduler, @Reference EventLog eventLog)
      throws ConfigException {
    this(ModuleStanza.of(properties), scheduler.clock(), eventLog.highResolution());
  }

  private EcLogger(ModuleStanza stanza, InstantSource clock, boolean micros)
      throws ConfigException {
    this(stanza.options(Options.class), stanza.instance(), clock, micros);
  }

  /**
   * @param micros whether times have microseconds
   * @throws ConfigException when a file cannot be opened
   */
  EcLogger(Options options, String instance, InstantSource clock, boolean micros)
      throws ConfigException {
    this.options = options;
    this.instance = instance;
    this.clock = clock;
    try {
      mainlog = open("mainlog", options.mainlog(), options.mainlogMode());
      rejectlog = open("rejectlog", options.rejectlog(), options.rejectlogMode());
      paniclog = open("paniclog", options.paniclog(), options.paniclogMode());
      acctlog = open("acctlog", options.acctlog(), options.acctlogLogMode());
      importlog =
          options.importlog().isPresent()
              ? open("importlog", options.importlog().get(), options.importlogMode())
              : null;
    } catch (ConfigException e) {
      files.forEach(LogFile::close);
      throw e;
    }
    files.forEach(file -> file.line().fine(micros));
    heartbeatAt = clock.millis() + options.heartbeat().toMillis();
  }

  private LogFile open(String option, String value, int mode) throws ConfigException {
    String where = "in ec_logger \"" + instance + "\": " + option + " = \"" + value;
    if (value.contains("://")) {
      throw new ConfigException(
          where + "\": only a path of a file is known, no I/O wrapper is loaded for this URI");
    }
    if (value.isBlank()) {
      throw new ConfigException(where + "\": expected the path of a file");
    }
    try {
      LogFile file =
          LogFile.open(
              Path.of(value),
              mode,
              clock,
              problem -> report(option, problem),
              () -> LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1)));
      files.add(file);
      return file;
    } catch (IOException | java.nio.file.InvalidPathException e) {
      throw new ConfigException(where + "\": cannot be opened: " + e, e);
    }
  }

  /**
   * On the log thread such a diagnostic reaches stderr and the console alone, so that it cannot
   * feed itself; the paniclog gets it from here.
   */
  private void report(String option, String problem) {
    LOG.error("ec_logger \"{}\": {}", instance, problem);
    if (!option.equals("paniclog") && files.size() > 2) {
      panic(micros(), "ec_logger", problem);
    }
  }

  @Override
  public synchronized void logReception(LogEvent.Reception event) {
    if (options.logReceptions()) {
      Mainlog.reception(mainlog.line(), event);
      mainlog.endLine();
    }
  }

  @Override
  public synchronized void logDelivery(LogEvent.Delivery event) {
    if (options.logDeliveries()) {
      Mainlog.delivery(mainlog.line(), event);
      mainlog.endLine();
    }
  }

  @Override
  public synchronized void logTransientFailure(LogEvent.Failure event) {
    if (options.logTransientFailures()) {
      Mainlog.failure(mainlog.line(), event);
      mainlog.endLine();
    }
  }

  @Override
  public synchronized void logPermanentFailure(LogEvent.Failure event) {
    if (options.logPermanentFailures()) {
      Mainlog.failure(mainlog.line(), event);
      mainlog.endLine();
    }
  }

  @Override
  public synchronized void logRejection(LogEvent.Rejection event) {
    if (options.logRejections()) {
      Rejectlog.rejection(rejectlog.line(), event);
      rejectlog.endLine();
    }
  }

  @Override
  public synchronized void logSpoolImport(LogEvent.Import event) {
    if (importlog != null) {
      Importlog.line(importlog.line(), event);
      importlog.endLine();
    }
  }

  @Override
  public synchronized void aaaLog(LogEvent.Accounting event) {
    Acctlog.line(acctlog.line(), event);
    acctlog.endLine();
  }

  @Override
  public synchronized void logError(LogEvent.Diagnostic event) {
    if (options.logErrors()) {
      panic(event.timeMicros(), event.source(), event.text());
    }
  }

  /** {@code 1251382104:datasource: failed to prepare}. Source: log_formats.paniclog. */
  private void panic(long micros, String source, String text) {
    paniclog.line().time(micros).ascii(':').text(source).ascii(": ").text(text);
    paniclog.endLine();
  }

  private long micros() {
    return LogEvent.micros(clock.instant());
  }

  @Override
  public synchronized void logFlush() {
    CompletableFuture<Boolean> asked = reopenAsked.getAndSet(null);
    if (asked != null) {
      asked.complete(reopen());
    }
    heartbeat();
    files.forEach(LogFile::write);
  }

  /** The event log flushes at least once a second, so this is the heartbeat's timer. */
  private void heartbeat() {
    long interval = options.heartbeat().toMillis();
    long now = clock.millis();
    boolean due = now >= heartbeatAt || heartbeatAt - now > interval; // or the clock was set back
    if (interval == 0 || !due) {
      return;
    }
    heartbeatAt = now + interval;
    Mainlog.heartbeat(mainlog.line(), micros());
    mainlog.endLine();
    Rejectlog.heartbeat(rejectlog.line(), micros());
    rejectlog.endLine();
  }

  @Override
  public synchronized void logReopen() {
    reopen();
  }

  private boolean reopen() {
    boolean all = true;
    for (LogFile file : files) {
      all &= file.reopen();
    }
    return all;
  }

  /** Writes and closes everything. */
  @Deactivate
  synchronized void close() {
    // the paniclog last: the others may have something to report
    mainlog.close();
    rejectlog.close();
    acctlog.close();
    if (importlog != null) {
      importlog.close();
    }
    paniclog.close();
  }

  // ---- ec_logger:INSTANCE help | reopen logs

  @Override
  public String name() {
    return "ec_logger:" + instance;
  }

  @Override
  public String synopsis() {
    return "help | reopen logs";
  }

  @Override
  public String summary() {
    return "commands of this logger";
  }

  @Override
  public List<String> complete(List<String> arguments) {
    return switch (arguments.size()) {
      case 0, 1 -> List.of("help", "reopen");
      case 2 -> arguments.getFirst().equals("reopen") ? List.of("logs") : List.of();
      default -> List.of();
    };
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    switch (String.join(" ", invocation.arguments())) {
      case "help", "" -> {
        invocation.println("reopen logs");
        invocation.println("\tClose and reopen log files");
      }
      case "reopen logs" -> {
        if (!reopenSoon()) {
          throw new ConsoleException("not all log files could be reopened; see paniclog");
        }
        invocation.println("Logs reopened.");
      }
      default -> throw new ConsoleException("usage: " + name() + " " + synopsis());
    }
  }

  /** Has the log thread reopen the files at its next flush, and waits for it. */
  private boolean reopenSoon() throws ConsoleException {
    CompletableFuture<Boolean> mine = new CompletableFuture<>();
    CompletableFuture<Boolean> asked =
        reopenAsked.updateAndGet(other -> other == null ? mine : other);
    try {
      return asked.get(REOPEN_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ConsoleException("interrupted; the logs will be reopened all the same");
    } catch (ExecutionException | TimeoutException e) {
      throw new ConsoleException(
          "the log thread was busy for " + REOPEN_SECONDS + " s; the logs will be reopened");
    }
  }
}
