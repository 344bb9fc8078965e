package org.impetusmta.core.config;

import java.util.concurrent.atomic.LongAdder;
import org.impetusmta.api.metrics.CacheWatch;

/** What the {@link MatchCache}s of one generation count together. Concurrent; never contends. */
final class MatchFigures {
  private final LongAdder hits = new LongAdder();
  private final LongAdder misses = new LongAdder();
  private final LongAdder stores = new LongAdder();
  private final LongAdder expired = new LongAdder();
  private final LongAdder evicted = new LongAdder();
  private final long begun = System.nanoTime();

  void looked(boolean found) {
    (found ? hits : misses).increment();
  }

  void stored() {
    stores.increment();
  }

  void expired(long entries) {
    expired.add(entries);
  }

  void evicted(long entries) {
    evicted.add(entries);
  }

  CacheWatch.Figures of(long capacity, long entries) {
    return new CacheWatch.Figures(
        capacity,
        entries,
        hits.sum(),
        misses.sum(),
        0,
        stores.sum(),
        0,
        expired.sum(),
        evicted.sum(),
        (System.nanoTime() - begun) / 1e9);
  }
}
