package org.impetusmta.api.hook;

import org.impetusmta.api.log.LogEvent;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Mail came back to an address of {@code Bounce_Domains} and was accepted. Runs on the log thread,
 * in order.
 */
@ConsumerType
public interface LogOutOfBandBounce {
  void logOutOfBandBounce(LogEvent.OutOfBandBounce event);
}
