package org.impetusmta.core.queue.console;

import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * What counters gained in a second, between two looks at them: the looks of all who ask, at least a
 * second apart. A name that was not there at the first look has no rate yet, nor has a counter that
 * was set back. Concurrent.
 */
final class Rates {
  private final LongSupplier clock;
  private final Supplier<Map<String, Long>> counters;
  private Look before;
  private Look now;

  private record Look(long millis, Map<String, Long> counters) {}

  /**
   * Looks for the first time.
   *
   * @param clock milliseconds
   * @param counters every counter by a name
   */
  Rates(LongSupplier clock, Supplier<Map<String, Long>> counters) {
    this.clock = clock;
    this.counters = counters;
    this.now = new Look(clock.getAsLong(), counters.get());
    this.before = now;
  }

  /** Rates in amounts per second, by name; names without a change are left out. */
  synchronized Map<String, Double> perSecond() {
    long millis = clock.getAsLong();
    if (millis < now.millis || millis - now.millis >= 1_000) {
      before = millis < now.millis ? new Look(millis, now.counters) : now;
      now = new Look(millis, counters.get());
    }
    double seconds = seconds();
    Map<String, Double> rates = new HashMap<>();
    now.counters.forEach(
        (name, count) -> {
          long gained = count - before.counters.getOrDefault(name, count);
          if (gained > 0 && seconds > 0) {
            rates.put(name, gained / seconds);
          }
        });
    return rates;
  }

  /** What the rates are of: seconds between the looks; 0 before the second one. */
  synchronized double seconds() {
    return (now.millis - before.millis) / 1_000.0;
  }
}
