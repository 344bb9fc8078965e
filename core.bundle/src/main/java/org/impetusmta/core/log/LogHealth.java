package org.impetusmta.core.log;

import java.time.Duration;
import java.util.Optional;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.metrics.HealthCheck;
import org.impetusmta.api.metrics.MetricSource;
import org.impetusmta.api.scheduler.Scheduler;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * Whether loggers keep up, and whether something critical was said lately. Concurrent. Source:
 * log_formats.paniclog.
 */
@Component(service = {HealthCheck.class, MetricSource.class})
public final class LogHealth implements HealthCheck, MetricSource {
  /** How long a critical diagnostic makes the server unfit. */
  static final Duration LATELY = Duration.ofMinutes(5);

  private final EventLogThread log;
  private final PanicLog panicLog;
  private final Scheduler scheduler;

  @Activate
  public LogHealth(@Reference EventLogThread log, @Reference Scheduler scheduler) {
    this(log, Logback.panicLog(), scheduler);
  }

  LogHealth(EventLogThread log, PanicLog panicLog, Scheduler scheduler) {
    this.log = log;
    this.panicLog = panicLog;
    this.scheduler = scheduler;
  }

  @Override
  public String part() {
    return "log";
  }

  @Override
  public Optional<String> problem() {
    if (log.overloaded()) {
      return Optional.of("loggers do not keep up: " + log.waiting() + " events wait");
    }
    long since = LogEvent.micros(scheduler.clock().instant().minus(LATELY));
    return panicLog.recent().stream()
        .filter(said -> said.level() == LogEvent.Level.CRITICAL && said.timeMicros() > since)
        .reduce((_, last) -> last)
        .map(said -> "critical: " + PanicLog.printable(said.source() + ": " + said.text()));
  }

  @Override
  public void collect(Sink sink) {
    sink.gauge("log_events_waiting", "Events that wait for the log thread", log.waiting());
    sink.gauge(
        "log_overloaded",
        "Whether so many wait that reception defers (ThreadPool Log, backlog)",
        log.overloaded() ? 1 : 0);
  }
}
