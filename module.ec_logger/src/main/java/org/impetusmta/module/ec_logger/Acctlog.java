package org.impetusmta.module.ec_logger;

import org.impetusmta.api.log.LogEvent;
import org.impetusmta.log.LineBuffer;

/**
 * The lines of the acctlog: time, N (authentication), T (authentication timeout) or Z
 * (authorization), Listen, client, user, result; with Z the command and, where one allowed it, the
 * role; separated by {@code @}. Thread-safety: none. Source: log_formats.acctlog.
 */
final class Acctlog {
  private Acctlog() {}

  static void line(LineBuffer line, LogEvent.Accounting event) {
    line.time(event.timeMicros()).ascii('@').ascii(event.type().letter()).ascii('@');
    line.field(event.listener()).ascii('@').field(event.remote()).ascii('@').field(event.user());
    line.ascii('@').decimal(event.result());
    if (event.type() == LogEvent.AccountingType.AUTHORIZATION) {
      line.ascii('@').field(event.command());
      if (!event.role().isEmpty()) {
        line.ascii('@').field(event.role());
      }
    }
  }
}
