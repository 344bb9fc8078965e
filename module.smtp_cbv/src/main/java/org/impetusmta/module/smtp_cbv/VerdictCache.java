package org.impetusmta.module.smtp_cbv;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.impetusmta.api.metrics.CacheWatch;
import org.jspecify.annotations.Nullable;

/**
 * What callbacks came to, for as long as each result is worth, and those that are under way, which
 * are not begun twice. Bounded; the address that was not asked for longest makes room. Concurrent.
 */
final class VerdictCache {
  static final int CAPACITY = 10_000;

  private final LinkedHashMap<String, Known> known = new LinkedHashMap<>(16, 0.75f, true);
  private final Map<String, CompletableFuture<Result>> underWay = new HashMap<>();
  private final long began;
  private long hits;
  private long misses;
  private long stores;
  private long expired;
  private long evicted;

  private record Known(Result result, long untilMillis) {}

  VerdictCache(long nowMillis) {
    began = nowMillis;
  }

  /** What is known, or what {@code ask} finds; asked outside of the lock. */
  CompletionStage<Result> find(
      String address, long nowMillis, Supplier<CompletionStage<Result>> ask) {
    CompletableFuture<Result> answer;
    synchronized (this) {
      @Nullable Known found = known.get(address);
      if (found != null && found.untilMillis() > nowMillis) {
        hits++;
        return CompletableFuture.completedFuture(found.result());
      }
      @Nullable CompletableFuture<Result> waiting = underWay.get(address);
      if (waiting != null) {
        hits++;
        return waiting;
      }
      misses++;
      expired += found == null ? 0 : 1;
      answer = new CompletableFuture<>();
      underWay.put(address, answer);
    }
    asked(ask)
        .whenComplete(
            (result, failure) -> {
              Result kept = failure == null ? result : Result.TRANSIENT;
              put(address, kept, nowMillis);
              answer.complete(kept);
            });
    return answer;
  }

  /** One that fails at once must not be under way for ever. */
  private static CompletionStage<Result> asked(Supplier<CompletionStage<Result>> ask) {
    try {
      return ask.get();
    } catch (RuntimeException failure) {
      return CompletableFuture.failedFuture(failure);
    }
  }

  private synchronized void put(String address, Result result, long nowMillis) {
    underWay.remove(address);
    stores++;
    known.put(address, new Known(result, nowMillis + result.kept().toMillis()));
    if (known.size() > CAPACITY) {
      known.pollFirstEntry();
      evicted++;
    }
  }

  synchronized CacheWatch.Figures figures(long nowMillis) {
    return new CacheWatch.Figures(
        CAPACITY,
        known.size(),
        hits,
        misses,
        underWay.size(),
        stores,
        0,
        expired,
        evicted,
        (nowMillis - began) / 1000.0);
  }
}
