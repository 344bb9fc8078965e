package org.impetusmta.log;

import org.impetusmta.api.log.LogEvent;

/**
 * How another mail server writes what happens to mail: each method writes the lines of one event
 * and ends them. Thread-safety: single.
 */
public interface MailLogFormat {
  void reception(LogFile log, LogEvent.Reception event);

  void delivery(LogFile log, LogEvent.Delivery event);

  void failure(LogFile log, LogEvent.Failure event);

  void rejection(LogFile log, LogEvent.Rejection event);

  /** A line of the paniclog. */
  void diagnostic(LogFile log, LogEvent.Diagnostic event);
}
