package org.impetusmta.module.ds_core;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;
import org.impetusmta.api.datasource.Query;
import org.impetusmta.api.datasource.Rows;
import org.jspecify.annotations.Nullable;

/** Answers by query, and the count of what became of them. Concurrent; never blocks. */
final class AnswerCache {
  private final Cache<Query, Rows> cache;
  final LongAdder hits = new LongAdder();
  final LongAdder misses = new LongAdder();
  final LongAdder pending = new LongAdder();
  final LongAdder inserts = new LongAdder();
  final LongAdder manual = new LongAdder();
  final LongAdder expired = new LongAdder();
  final LongAdder evicted = new LongAdder();

  AnswerCache(long size, Duration life, Ticker ticker) {
    cache =
        Caffeine.newBuilder()
            .maximumSize(size)
            .expireAfterWrite(life)
            .ticker(ticker)
            .executor(Runnable::run)
            .removalListener(
                (@Nullable Query _, @Nullable Rows _, RemovalCause cause) -> count(cause))
            .build();
  }

  private void count(RemovalCause cause) {
    switch (cause) {
      case EXPLICIT -> manual.increment();
      case EXPIRED -> expired.increment();
      case SIZE -> evicted.increment();
      default -> {}
    }
  }

  /** What is known; counts where it hits. */
  @Nullable Rows find(Query query) {
    Rows known = cache.getIfPresent(query);
    if (known != null) {
      hits.increment();
    }
    return known;
  }

  void put(Query query, Rows answer) {
    inserts.increment();
    cache.put(query, answer);
  }

  /** Forgets all; how many that were. */
  long flush() {
    cache.cleanUp();
    long count = 0;
    for (Query query : cache.asMap().keySet()) {
      if (cache.asMap().remove(query) != null) {
        count++;
      }
    }
    return count;
  }

  /** How many there are, those left out whose time is over. */
  long entries() {
    cache.cleanUp();
    return cache.estimatedSize();
  }

  void resize(long size, Duration life) {
    cache.policy().eviction().orElseThrow().setMaximum(size);
    cache.policy().expireAfterWrite().orElseThrow().setExpiresAfter(life);
    cache.cleanUp();
  }
}
