package org.impetusmta.api.hook;

import org.impetusmta.api.log.LogEvent;
import org.osgi.annotation.versioning.ConsumerType;

/** A message failed permanently. Runs on the log thread, in order. */
@ConsumerType
public interface LogPermanentFailure {
  void logPermanentFailure(LogEvent.Failure event);
}
