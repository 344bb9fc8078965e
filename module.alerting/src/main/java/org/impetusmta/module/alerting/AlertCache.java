package org.impetusmta.module.alerting;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.impetusmta.api.metrics.CacheWatch;
import org.jspecify.annotations.Nullable;

/**
 * Values by name that are forgotten some time after they were last changed; the oldest makes room
 * where they take too much memory, counted as {@value #OVERHEAD} octets and two for each character
 * of a name. Concurrent.
 */
final class AlertCache<V> {
  private static final int OVERHEAD = 128;

  private final long limit;
  private final long ttlMillis;
  private final InstantSource clock;
  private final long beganMillis;

  /** Those that were changed last come last. All below is guarded by this. */
  private final LinkedHashMap<String, Entry<V>> entries = new LinkedHashMap<>();

  private long octets;
  private long hits;
  private long misses;
  private long stores;
  private long expired;
  private long evicted;

  private record Entry<V>(V value, long expiryMillis) {}

  AlertCache(long limit, Duration ttl, InstantSource clock) {
    this.limit = limit;
    this.ttlMillis = ttl.toMillis();
    this.clock = clock;
    this.beganMillis = clock.millis();
  }

  private static long size(String name) {
    return OVERHEAD + 2L * name.length();
  }

  /**
   * Changes a value.
   *
   * @param change gets the value as it was, null where there is none
   */
  synchronized V update(String name, UnaryOperator<@Nullable V> change) {
    long now = clock.millis();
    Entry<V> there = entries.remove(name);
    if (there == null) {
      octets += size(name);
    }
    V changed =
        Objects.requireNonNull(
            change.apply(there == null || there.expiryMillis() <= now ? null : there.value()));
    entries.put(name, new Entry<>(changed, now + ttlMillis));
    stores++;
    makeRoom(now);
    return changed;
  }

  private void makeRoom(long now) {
    Iterator<Map.Entry<String, Entry<V>>> oldest = entries.entrySet().iterator();
    while (oldest.hasNext()) {
      Map.Entry<String, Entry<V>> entry = oldest.next();
      boolean over = entry.getValue().expiryMillis() <= now;
      if (!over && (octets <= limit || entries.size() == 1)) {
        return;
      }
      oldest.remove();
      octets -= size(entry.getKey());
      expired += over ? 1 : 0;
      evicted += over ? 0 : 1;
    }
  }

  synchronized Optional<V> get(String name) {
    Entry<V> entry = entries.get(name);
    boolean there = entry != null && entry.expiryMillis() > clock.millis();
    hits += there ? 1 : 0;
    misses += there ? 0 : 1;
    return there && entry != null ? Optional.of(entry.value()) : Optional.empty();
  }

  synchronized void remove(String name) {
    if (entries.remove(name) != null) {
      octets -= size(name);
    }
  }

  synchronized CacheWatch.Figures figures() {
    return new CacheWatch.Figures(
        limit / OVERHEAD,
        entries.size(),
        hits,
        misses,
        0,
        stores,
        0,
        expired,
        evicted,
        (clock.millis() - beganMillis) / 1_000.0);
  }
}
