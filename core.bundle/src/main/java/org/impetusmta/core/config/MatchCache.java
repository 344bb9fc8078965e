package org.impetusmta.core.config;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Remembers about {@code match_cache_size} lookups: what was asked lately stays, however many names
 * the world asks for. New entries go into a young map; when that is half full it becomes the old
 * one, and what nobody asked for since is forgotten. Where {@code match_cache_life} is set
 * everything is forgotten that often, so that nothing lives longer. Concurrent; a hit takes no
 * lock. Source: conf.ref.match_cache_size, conf.ref.match_cache_life.
 *
 * @param <K> must not change
 */
final class MatchCache<K, V> {
  private final int half;
  private final boolean two;
  private final long lifeNanos;
  private final LongSupplier nanos;
  private final MatchFigures figures;
  private volatile long since;
  private volatile Map<K, V> young = new ConcurrentHashMap<>();
  private volatile Map<K, V> old = Map.of();

  /**
   * @param size how many entries it holds at most, 1 or more
   * @param lifeNanos how long an entry is valid at most; 0: as long as there is room
   * @param nanos a clock like {@link System#nanoTime}
   */
  MatchCache(int size, long lifeNanos, LongSupplier nanos) {
    this(size, lifeNanos, nanos, new MatchFigures());
  }

  /**
   * @param figures where it counts, beside other caches
   */
  MatchCache(int size, long lifeNanos, LongSupplier nanos, MatchFigures figures) {
    this.figures = figures;
    this.two = size > 1;
    this.half = Math.max(1, size / 2);
    this.lifeNanos = lifeNanos;
    this.nanos = nanos;
    this.since = lifeNanos > 0 ? nanos.getAsLong() : 0;
  }

  @Nullable V get(K key) {
    if (lifeNanos > 0 && nanos.getAsLong() - since >= lifeNanos) {
      forget();
    }
    V found = young.get(key);
    if (found == null) {
      found = old.get(key);
      if (found != null) {
        keep(key, found);
      }
    }
    figures.looked(found != null);
    return found;
  }

  void put(K key, V value) {
    figures.stored();
    keep(key, value);
  }

  private void keep(K key, V value) {
    if (young.size() >= half) {
      turnOver();
    }
    young.put(key, value);
  }

  private synchronized void forget() {
    long now = nanos.getAsLong();
    if (now - since >= lifeNanos) {
      figures.expired(size());
      young = new ConcurrentHashMap<>();
      old = Map.of();
      since = now;
    }
  }

  /** How many entries it holds at most. */
  int capacity() {
    return two ? 2 * half : half;
  }

  /** How many entries it holds. */
  int size() {
    Map<K, V> first = young;
    return first.size()
        + (int) old.keySet().stream().filter(key -> !first.containsKey(key)).count();
  }

  private synchronized void turnOver() {
    if (young.size() >= half) {
      Map<K, V> kept = young;
      Map<K, V> left = two ? old : young;
      figures.evicted(left.keySet().stream().filter(key -> !two || !kept.containsKey(key)).count());
      old = two ? young : Map.of();
      young = new ConcurrentHashMap<>();
    }
  }
}
