package org.impetusmta.core.config;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Remembers about {@code match_cache_size} lookups: what was asked lately stays, however many names
 * the world asks for. New entries go into a young map; when that is half full it becomes the old
 * one, and what nobody asked for since is forgotten. Concurrent; a hit takes no lock.
 *
 * @param <K> must not change
 */
final class MatchCache<K, V> {
  private final int half;
  private volatile Map<K, V> young = new ConcurrentHashMap<>();
  private volatile Map<K, V> old = Map.of();

  /**
   * @param size how many entries it holds at most
   */
  MatchCache(int size) {
    this.half = Math.max(1, size / 2);
  }

  @Nullable V get(K key) {
    V found = young.get(key);
    if (found == null) {
      found = old.get(key);
      if (found != null) {
        put(key, found);
      }
    }
    return found;
  }

  void put(K key, V value) {
    if (young.size() >= half) {
      turnOver();
    }
    young.put(key, value);
  }

  private synchronized void turnOver() {
    if (young.size() >= half) {
      old = young;
      young = new ConcurrentHashMap<>();
    }
  }
}
