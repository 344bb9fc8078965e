package org.impetusmta.log;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Local times in whole seconds, each of them formatted once. Thread-safety: single. */
public final class LocalTime {
  private final DateTimeFormatter pattern;
  private long second = Long.MIN_VALUE;
  private String text = "";

  /**
   * @param pattern of {@link DateTimeFormatter}; what it makes is ASCII
   */
  public LocalTime(ZoneId zone, String pattern) {
    this.pattern = DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).withZone(zone);
  }

  /** {@code Nov 6 08:40:01}, as RFC 3164 has it. */
  public static LocalTime syslog(ZoneId zone) {
    return new LocalTime(zone, "MMM ppd HH:mm:ss");
  }

  /**
   * The time as text.
   *
   * @param micros microseconds since 1970
   */
  public String of(long micros) {
    long wanted = Math.floorDiv(micros, 1_000_000L);
    if (wanted != second) {
      text = pattern.format(Instant.ofEpochSecond(wanted));
      second = wanted;
    }
    return text;
  }
}
