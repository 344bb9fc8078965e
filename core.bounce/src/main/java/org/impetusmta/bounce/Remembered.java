package org.impetusmta.bounce;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.impetusmta.api.bounce.Classified;
import org.jspecify.annotations.Nullable;

/**
 * Classified replies, at most a given number: a young half that fills up, and an old one that it
 * replaces then; what is used again becomes young. Concurrent, without locks; bounds hold up to the
 * number of threads.
 */
final class Remembered {
  private final int half;
  private final long nanos;
  private final LongSupplier nanoTime;
  private volatile Map<String, Entry> young = new ConcurrentHashMap<>();
  private volatile Map<String, Entry> old = Map.of();

  private record Entry(Classified value, long until) {}

  /**
   * @param most how many replies; 0: none
   * @param nanos how long
   */
  Remembered(int most, long nanos, LongSupplier nanoTime) {
    this.half = most / 2;
    this.nanos = nanos;
    this.nanoTime = nanoTime;
  }

  @Nullable Classified get(String key) {
    Entry entry = young.get(key);
    if (entry == null) {
      entry = old.get(key);
      if (entry == null) {
        return null;
      }
    }
    if (nanoTime.getAsLong() - entry.until >= 0) {
      return null;
    }
    if (!young.containsKey(key)) {
      keep(key, entry);
    }
    return entry.value;
  }

  void put(String key, Classified value) {
    if (half > 0 && nanos > 0) {
      keep(key, new Entry(value, nanoTime.getAsLong() + nanos));
    }
  }

  private void keep(String key, Entry entry) {
    Map<String, Entry> now = young;
    if (now.size() >= half) {
      old = now;
      now = new ConcurrentHashMap<>();
      young = now;
    }
    now.put(key, entry);
  }

  int size() {
    return young.size() + old.size();
  }
}
