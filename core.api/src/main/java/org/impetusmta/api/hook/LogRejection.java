package org.impetusmta.api.hook;

import org.impetusmta.api.log.LogEvent;
import org.osgi.annotation.versioning.ConsumerType;

/** Reception refused something. Runs on the log thread, in order. */
@ConsumerType
public interface LogRejection {
  void logRejection(LogEvent.Rejection event);
}
