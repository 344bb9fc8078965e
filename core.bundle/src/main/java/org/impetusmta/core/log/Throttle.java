package org.impetusmta.core.log;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Scopes;

/**
 * Holds back messages that repeat: of each text only so many pass in a period. Texts are the same
 * when their pattern is, whatever stands in its places. Warnings and graver messages are not asked
 * about. Concurrent. Source: ref-debug-throttle of the newer manual.
 */
final class Throttle {
  /** Patterns that are counted at a time; what comes on top passes. */
  private static final int MOST = 10_000;

  private final int most;
  private final long periodNanos;
  private final LongSupplier nanos;
  private final Map<String, AtomicInteger> counts = new ConcurrentHashMap<>();
  private long since;

  /** How much is too much. */
  @OptionSet(Scopes.GLOBAL)
  record Options(
      @Option(
              value = "0",
              min = 0,
              doc = "How often the same debug message is logged in a period; 0: no limit")
          int debugThrottleMaxNumSameMessage,
      @Option(value = "1", min = 1, max = 60, doc = "The period in which messages are counted")
          Duration debugThrottlePeriodSecs) {}

  /**
   * @param nanos a clock like {@link System#nanoTime}
   */
  Throttle(Options options, LongSupplier nanos) {
    this.most = options.debugThrottleMaxNumSameMessage();
    this.periodNanos = options.debugThrottlePeriodSecs().toNanos();
    this.nanos = nanos;
    this.since = nanos.getAsLong();
  }

  /** Counts a message; whether it passes. */
  boolean passes(String pattern) {
    if (most == 0) {
      return true;
    }
    turnOver();
    AtomicInteger count = counts.get(pattern);
    if (count == null) {
      if (counts.size() >= MOST) {
        return true;
      }
      count = counts.computeIfAbsent(pattern, _ -> new AtomicInteger());
    }
    return count.incrementAndGet() <= most;
  }

  private synchronized void turnOver() {
    long now = nanos.getAsLong();
    if (now - since >= periodNanos) {
      counts.clear();
      since = now;
    }
  }
}
