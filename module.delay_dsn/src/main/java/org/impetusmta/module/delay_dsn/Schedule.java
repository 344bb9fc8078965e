package org.impetusmta.module.delay_dsn;

import java.time.Duration;

/**
 * When the sender of a message is warned: {@code delay_dsn_retry_interval} after its reception,
 * then after twice that time, and so on, at most {@code delay_dsn_max_retry_interval} apart.
 * Independent of delivery attempts. Immutable. Source: conf.ref.delay_dsn_retry_interval.
 */
record Schedule(long intervalMillis, long maxIntervalMillis) {
  /** Warnings of one message at most: what a message remembers of them is one octet. */
  static final int MOST = 127;

  static Schedule of(Duration interval, Duration max) {
    return new Schedule(interval.toMillis(), max.isZero() ? Long.MAX_VALUE : max.toMillis());
  }

  /** When warning number {@code warnings + 1} of a message is due; never after the last. */
  long due(long receivedMillis, int warnings) {
    if (warnings >= MOST) {
      return Long.MAX_VALUE;
    }
    long at = receivedMillis;
    long step = Math.min(intervalMillis, maxIntervalMillis);
    for (int i = 0; i <= warnings; i++) {
      if (at > Long.MAX_VALUE - step) {
        return Long.MAX_VALUE;
      }
      at += step;
      step = step > maxIntervalMillis / 2 ? maxIntervalMillis : 2 * step;
    }
    return at;
  }

  /** How many warnings are due by {@code now}; those that were missed are not sent one by one. */
  int dueBy(long receivedMillis, int warnings, long now) {
    int count = warnings;
    while (due(receivedMillis, count) <= now) {
      count++;
    }
    return count;
  }
}
