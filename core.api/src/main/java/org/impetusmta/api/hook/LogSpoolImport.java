package org.impetusmta.api.hook;

import org.impetusmta.api.log.LogEvent;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A message of another spool was brought over, or was not. Runs on the log thread, in order.
 * Source: hooks core_log_spool_import.
 */
@ConsumerType
public interface LogSpoolImport {
  void logSpoolImport(LogEvent.Import event);
}
