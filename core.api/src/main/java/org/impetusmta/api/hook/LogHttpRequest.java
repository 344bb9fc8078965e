package org.impetusmta.api.hook;

import org.impetusmta.api.log.LogEvent;
import org.osgi.annotation.versioning.ConsumerType;

/** A request to an HTTP listener was answered (httplog). Runs on the log thread, in order. */
@ConsumerType
public interface LogHttpRequest {
  void logHttpRequest(LogEvent.HttpExchange event);
}
