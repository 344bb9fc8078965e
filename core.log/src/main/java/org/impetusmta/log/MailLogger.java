package org.impetusmta.log;

import java.time.InstantSource;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.hook.LogDelivery;
import org.impetusmta.api.hook.LogError;
import org.impetusmta.api.hook.LogPermanentFailure;
import org.impetusmta.api.hook.LogReception;
import org.impetusmta.api.hook.LogRejection;
import org.impetusmta.api.hook.LogTransientFailure;
import org.impetusmta.api.io.IoWrappers;
import org.impetusmta.api.log.LogEvent;

/**
 * A logger in the format of another mail server: a mainlog of what happens to mail, refusals at
 * reception among it, and a paniclog of the server's own diagnostics. Concurrent.
 */
public abstract class MailLogger extends FileLogger
    implements LogReception,
        LogDelivery,
        LogTransientFailure,
        LogPermanentFailure,
        LogRejection,
        LogError {
  private static final int MODE = 0644;

  private final String module;
  private final MailLogFormat format;
  private final InstantSource clock;
  private final boolean logTransientFailures;
  private final LogFile paniclog;
  private final LogFile mainlog;

  /**
   * @param module the name of the module, of its stanzas and of its console command
   * @param instance the name of the stanza
   * @param mainlog a path, or a URI of an I/O wrapper
   * @param paniclog the same
   * @throws ConfigException when a log cannot be opened
   */
  @SuppressWarnings("this-escape") // problem() looks whether the paniclog is there yet
  protected MailLogger(
      String module,
      String instance,
      MailLogFormat format,
      String mainlog,
      String paniclog,
      boolean logTransientFailures,
      IoWrappers io,
      InstantSource clock)
      throws ConfigException {
    super(module, instance, io, clock, false);
    this.module = module;
    this.format = format;
    this.clock = clock;
    this.logTransientFailures = logTransientFailures;
    // closed last: the other may have something to report
    this.paniclog = open("paniclog", paniclog, MODE);
    this.mainlog = open("mainlog", mainlog, MODE);
  }

  @Override
  protected final void problem(String option, String problem) {
    if (paniclog != null && !option.equals("paniclog")) {
      format.diagnostic(
          paniclog,
          new LogEvent.Diagnostic(
              LogEvent.micros(clock.instant()), LogEvent.Level.ERROR, module, problem));
    }
  }

  @Override
  public final synchronized void logReception(LogEvent.Reception event) {
    format.reception(mainlog, event);
  }

  @Override
  public final synchronized void logDelivery(LogEvent.Delivery event) {
    format.delivery(mainlog, event);
  }

  @Override
  public final synchronized void logTransientFailure(LogEvent.Failure event) {
    if (logTransientFailures) {
      format.failure(mainlog, event);
    }
  }

  @Override
  public final synchronized void logPermanentFailure(LogEvent.Failure event) {
    format.failure(mainlog, event);
  }

  @Override
  public final synchronized void logRejection(LogEvent.Rejection event) {
    format.rejection(mainlog, event);
  }

  @Override
  public final synchronized void logError(LogEvent.Diagnostic event) {
    format.diagnostic(paniclog, event);
  }
}
