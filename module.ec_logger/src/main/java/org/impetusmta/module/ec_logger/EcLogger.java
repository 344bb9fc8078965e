package org.impetusmta.module.ec_logger;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.console.ConsoleCommand;
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
import org.impetusmta.api.io.IoWrappers;
import org.impetusmta.api.log.EventLog;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.log.FileLogger;
import org.impetusmta.log.LogFile;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * Momentum-style logging: mainlog, rejectlog, paniclog, acctlog and importlog, as lines of text.
 *
 * <p>Thread-safety: concurrent. Source: modules.ec_logger.
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
public final class EcLogger extends FileLogger
    implements LogReception,
        LogDelivery,
        LogTransientFailure,
        LogPermanentFailure,
        LogRejection,
        LogSpoolImport,
        AaaLog,
        LogError {
  private final Options options;
  private final InstantSource clock;
  private final LogFile mainlog;
  private final LogFile rejectlog;
  private final LogFile paniclog;
  private final LogFile acctlog;
  private final @Nullable LogFile importlog;
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
      Map<String, Object> properties,
      @Reference IoWrappers io,
      @Reference Scheduler scheduler,
      @Reference EventLog eventLog)
      throws ConfigException {
    this(ModuleStanza.of(properties), io, scheduler.clock(), eventLog.highResolution());
  }

  private EcLogger(ModuleStanza stanza, IoWrappers io, InstantSource clock, boolean micros)
      throws ConfigException {
    this(stanza.options(Options.class), stanza.instance(), io, clock, micros);
  }

  /**
   * @param micros whether times have microseconds
   * @throws ConfigException when a log cannot be opened
   */
  EcLogger(Options options, String instance, IoWrappers io, InstantSource clock, boolean micros)
      throws ConfigException {
    super("ec_logger", instance, io, clock, micros);
    this.options = options;
    this.clock = clock;
    // closed last: the others may have something to report
    paniclog = open("paniclog", options.paniclog(), options.paniclogMode());
    mainlog = open("mainlog", options.mainlog(), options.mainlogMode());
    rejectlog = open("rejectlog", options.rejectlog(), options.rejectlogMode());
    acctlog = open("acctlog", options.acctlog(), options.acctlogLogMode());
    importlog =
        options.importlog().isPresent()
            ? open("importlog", options.importlog().get(), options.importlogMode())
            : null;
    heartbeatAt = clock.millis() + options.heartbeat().toMillis();
  }

  @Override
  protected void problem(String option, String problem) {
    if (paniclog != null && !option.equals("paniclog")) {
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

  /** The heartbeat. */
  @Override
  protected void beforeWrite() {
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

  @Deactivate
  void close() {
    closeAll();
  }
}
