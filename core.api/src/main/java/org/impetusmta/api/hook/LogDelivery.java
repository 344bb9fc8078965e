package org.impetusmta.api.hook;

import org.impetusmta.api.log.LogEvent;
import org.osgi.annotation.versioning.ConsumerType;

/** A message was delivered. Runs on the log thread, in order. */
@ConsumerType
public interface LogDelivery {
  void logDelivery(LogEvent.Delivery event);
}
