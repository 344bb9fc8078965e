package org.impetusmta.core.queue.console;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.impetusmta.core.queue.WaitReasons.Reason;

/** Writes why mail waits. Stateless. */
final class Reasons {
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT);

  private Reasons() {}

  /** {@code throttle: … (until 2026-11-26 12:00:00)}. */
  static String line(Reason reason) {
    String until =
        reason.until().isPresent() ? " (until " + date(reason.until().getAsLong()) + ")" : "";
    return reason.kind() + ": " + reason.text() + until;
  }

  static String date(long millis) {
    return DATE.format(Instant.ofEpochMilli(millis).atZone(ZoneId.systemDefault()));
  }
}
