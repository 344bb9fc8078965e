package org.impetusmta.api.hook;

import org.osgi.annotation.versioning.ConsumerType;

/** Close and reopen log files. Runs on the log thread, between two events. */
@ConsumerType
public interface LogReopen {
  void logReopen();
}
