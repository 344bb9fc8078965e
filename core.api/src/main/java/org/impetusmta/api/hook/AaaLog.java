package org.impetusmta.api.hook;

import org.impetusmta.api.log.LogEvent;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Somebody authenticated, or was authorized, or not (acctlog). Runs on the log thread, in order.
 * Source: core_aaa_log.
 */
@ConsumerType
public interface AaaLog {
  void aaaLog(LogEvent.Accounting event);
}
