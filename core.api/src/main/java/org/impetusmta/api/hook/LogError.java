package org.impetusmta.api.hook;

import org.impetusmta.api.log.LogEvent;
import org.osgi.annotation.versioning.ConsumerType;

/** One of Impetus's own diagnostics, a line of the paniclog. Runs on the log thread, in order. */
@ConsumerType
public interface LogError {
  void logError(LogEvent.Diagnostic event);
}
