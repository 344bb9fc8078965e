package org.impetusmta.core.metrics;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;

/**
 * What was asked of name servers since the start or the last {@code summary reset}. Concurrent.
 * Source: http-api-stats/summary of the newer manual.
 */
public final class DnsCounts {
  /** Types of records that are told apart. */
  public enum Kind {
    A,
    AAAA,
    MX,
    TXT,
    OTHER
  }

  private static final class Of {
    final LongAdder queries = new LongAdder();
    final LongAdder timeouts = new LongAdder();
  }

  private final Map<Kind, Of> kinds = new EnumMap<>(Kind.class);
  private final LongAdder answers = new LongAdder();
  private final LongAdder nanos = new LongAdder();
  private final LongAccumulator peakNanos = new LongAccumulator(Math::max, 0);

  public DnsCounts() {
    for (Kind kind : Kind.values()) {
      kinds.put(kind, new Of());
    }
  }

  private Of of(Kind kind) {
    Of found = kinds.get(kind);
    if (found == null) {
      throw new IllegalStateException("all kinds are there");
    }
    return found;
  }

  public void asked(Kind kind) {
    of(kind).queries.increment();
  }

  /**
   * A question is over.
   *
   * @param timeout whether no server answered, or with a failure
   * @param took nanoseconds
   */
  public void answered(Kind kind, boolean timeout, long took) {
    if (timeout) {
      of(kind).timeouts.increment();
    } else {
      answers.increment();
      nanos.add(took);
      peakNanos.accumulate(took);
    }
  }

  public long queries(Kind kind) {
    return of(kind).queries.sum();
  }

  /** Of all kinds. */
  public long queries() {
    return kinds.values().stream().mapToLong(of -> of.queries.sum()).sum();
  }

  public long timeouts(Kind kind) {
    return of(kind).timeouts.sum();
  }

  public long answers() {
    return answers.sum();
  }

  /** What all answers took together. */
  public double seconds() {
    return nanos.sum() / 1e9;
  }

  public double averageMillis() {
    return nanos.sum() / 1e6 / Math.max(1, answers.sum());
  }

  public long peakMillis() {
    return peakNanos.get() / 1_000_000;
  }

  void reset() {
    kinds
        .values()
        .forEach(
            of -> {
              of.queries.reset();
              of.timeouts.reset();
            });
    answers.reset();
    nanos.reset();
    peakNanos.reset();
  }
}
