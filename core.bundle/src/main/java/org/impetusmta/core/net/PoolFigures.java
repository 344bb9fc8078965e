package org.impetusmta.core.net;

import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/**
 * What a pool has done since the start or the last {@code thread pool stats reset}. Concurrent.
 * Source: console_commands.threads.
 */
final class PoolFigures {
  private final LongSupplier nanos;
  private final LongAdder invocations = new LongAdder();
  private final LongAdder together = new LongAdder();
  private final LongAdder busyNanos = new LongAdder();
  private volatile long since;

  /**
   * @param nanos a clock like {@link System#nanoTime}
   */
  PoolFigures(LongSupplier nanos) {
    this.nanos = nanos;
    this.since = nanos.getAsLong();
  }

  /**
   * A job begins.
   *
   * @param running how many run now, this one among them
   * @return what {@link #ended} wants to know
   */
  long begun(int running) {
    invocations.increment();
    together.add(running);
    return nanos.getAsLong();
  }

  void ended(long begun) {
    busyNanos.add(nanos.getAsLong() - begun);
  }

  void reset() {
    invocations.reset();
    together.reset();
    busyNanos.reset();
    since = nanos.getAsLong();
  }

  long invocations() {
    return invocations.sum();
  }

  /** How many jobs ran as one began, on average. */
  double averageConcurrency() {
    return together.sum() / (double) Math.max(1, invocations.sum());
  }

  /** Which part, in percent, of the time that all threads together have had was work. */
  double saturation(int concurrency) {
    double had = (double) (nanos.getAsLong() - since) * Math.max(1, concurrency);
    return had <= 0 ? 0 : 100 * busyNanos.sum() / had;
  }

  /** How long a job took on average. */
  double averageMillis() {
    return busyNanos.sum() / 1e6 / Math.max(1, invocations.sum());
  }
}
