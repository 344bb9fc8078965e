package org.impetusmta.api.hook;

import org.impetusmta.api.log.LogEvent;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A message was accepted; called for each recipient's message. Runs on the log thread, in order.
 */
@ConsumerType
public interface LogReception {
  void logReception(LogEvent.Reception event);
}
