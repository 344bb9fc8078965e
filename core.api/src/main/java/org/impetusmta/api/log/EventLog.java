package org.impetusmta.api.log;

import org.osgi.annotation.versioning.ProviderType;

/**
 * Takes events off the event loops and hands them to the loggers on one thread, in order; an OSGi
 * service of the core. While a logger is being updated, events wait. Concurrent; never blocks.
 */
@ProviderType
public interface EventLog {
  /** Appends an event. */
  void append(LogEvent event);

  /**
   * Whether more events wait than {@code ThreadPool "Log" { Backlog }} allows. Reception then
   * answers 451 to new transactions, so that memory stays bounded and no line is dropped.
   */
  boolean overloaded();

  /**
   * Whether loggers write times in microseconds, as {@code log_hires_timestamp} said when the
   * server started.
   */
  default boolean highResolution() {
    return false;
  }
}
