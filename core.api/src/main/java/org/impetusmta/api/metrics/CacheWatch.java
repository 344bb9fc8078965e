package org.impetusmta.api.metrics;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * Tells of a cache; register it as an OSGi service, and {@code cache list} knows it. Concurrent.
 * Source: console_commands.cache_list, console_commands.cache_stat.
 */
@ConsumerType
public interface CacheWatch {
  /** As the console shows it, {@code MODULE:WHAT}. */
  String name();

  /** How it is now. */
  Figures figures();

  /**
   * Figures of a cache since it began.
   *
   * @param capacity entries that it holds at most
   * @param entries those that it holds now
   * @param hits lookups that found what they asked for
   * @param misses lookups that did not
   * @param pending lookups that wait for another's answer now
   * @param stores entries that were put in
   * @param forced entries that somebody had forgotten
   * @param expired entries whose time was over
   * @param evicted entries that made room
   * @param seconds since when it counts
   */
  record Figures(
      long capacity,
      long entries,
      long hits,
      long misses,
      long pending,
      long stores,
      long forced,
      long expired,
      long evicted,
      double seconds) {
    /** All lookups. */
    public long loads() {
      return hits + misses + pending;
    }

    /** Part of the capacity in use, percent. */
    public double utilization() {
      return percent(entries, capacity);
    }

    /** Part of the lookups that hit, percent. */
    public double hitRate() {
      return percent(hits, loads());
    }

    /** Part of lookups among lookups and stores, percent. */
    public double workload() {
      return percent(loads(), loads() + stores);
    }

    /** Lookups a second. */
    public double queryRate() {
      return loads() / Math.max(1, seconds);
    }

    private static double percent(long part, long whole) {
      return whole <= 0 ? 0 : 100.0 * part / whole;
    }
  }
}
