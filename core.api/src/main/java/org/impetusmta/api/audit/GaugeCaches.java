package org.impetusmta.api.audit;

import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Gauge caches by name; an OSGi service that is always there. Concurrent. Source:
 * lua.ref.msys.gauge_cache, sieve.ref.ec_gauge_cache.
 */
@ProviderType
public interface GaugeCaches {
  /**
   * The cache of that name, a new one where there is none; limits of one that is there are changed.
   *
   * @param maxElements entries at most, 1 or more; the oldest makes room for a new one
   * @param ttlSeconds how long an entry stays after it was last changed, 1 or more
   * @param replicated whether other nodes are told of changes
   * @throws IllegalArgumentException for limits that make no sense
   * @throws IllegalStateException where there are too many caches
   */
  GaugeCache define(String name, int maxElements, int ttlSeconds, boolean replicated);

  /** The cache of that name. */
  Optional<GaugeCache> find(String name);

  /** All, in the order of their names. */
  List<GaugeCache> all();

  /** Numbers by key that go up and down. Concurrent; keys beyond 1024 characters are refused. */
  @ProviderType
  interface GaugeCache {
    String name();

    /** Adds to the number of {@code key}, which is 0 where there is none; what it is then. */
    long add(String key, long delta);

    /** Adds 1. */
    default long inc(String key) {
      return add(key, 1);
    }

    /** Takes 1 away. */
    default long dec(String key) {
      return add(key, -1);
    }

    /** Adds what another node had; nobody is told. */
    void merge(String key, long delta);

    /** The number of {@code key}; 0 where there is none, or its time is over. */
    long get(String key);

    /** Forgets {@code key}. */
    void removeItem(String key);

    /** Entries, some of whose time may be over. */
    int size();
  }
}
