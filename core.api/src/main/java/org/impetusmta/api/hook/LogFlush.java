package org.impetusmta.api.hook;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * Called when the log thread has nothing more to hand over: the moment to write out what was
 * gathered. Runs on the log thread.
 */
@ConsumerType
public interface LogFlush {
  void logFlush();
}
