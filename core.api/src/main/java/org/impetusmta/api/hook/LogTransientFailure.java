package org.impetusmta.api.hook;

import org.impetusmta.api.log.LogEvent;
import org.osgi.annotation.versioning.ConsumerType;

/** An attempt failed transiently. Runs on the log thread, in order. */
@ConsumerType
public interface LogTransientFailure {
  void logTransientFailure(LogEvent.Failure event);
}
