package org.impetusmta.audit;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.impetusmta.api.audit.GaugeCacheManip;
import org.impetusmta.api.audit.GaugeCaches;
import org.impetusmta.api.hook.HooksInForce;
import org.impetusmta.api.scheduler.Scheduler;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * The gauge caches of this process. Concurrent; a change holds the lock of its cache for a moment.
 * Source: lua.ref.msys.gauge_cache.
 */
@Component(service = GaugeCaches.class, immediate = true)
public final class LocalGaugeCaches implements GaugeCaches {
  /** Most caches. */
  static final int MOST = 1_000;

  /** Longest key. */
  static final int LONGEST_KEY = 1_024;

  private final InstantSource clock;
  private final Supplier<List<GaugeCacheManip>> watches;

  /** Guarded by itself. */
  private final TreeMap<String, Cache> caches = new TreeMap<>();

  @Activate
  public LocalGaugeCaches(@Reference Scheduler scheduler, @Reference HooksInForce hooks) {
    this(scheduler.clock(), hooks.inForce(GaugeCacheManip.class));
  }

  /** For tests. */
  public LocalGaugeCaches(InstantSource clock, Supplier<List<GaugeCacheManip>> watches) {
    this.clock = clock;
    this.watches = watches;
  }

  @Override
  public GaugeCache define(String name, int maxElements, int ttlSeconds, boolean replicated) {
    if (name.isEmpty() || name.length() > LONGEST_KEY || maxElements < 1 || ttlSeconds < 1) {
      throw new IllegalArgumentException(
          "gauge cache \"%s\": expected a name, 1 or more elements and seconds, not %d and %d"
              .formatted(name, maxElements, ttlSeconds));
    }
    synchronized (caches) {
      Cache cache = caches.get(name);
      if (cache == null) {
        if (caches.size() >= MOST) {
          throw new IllegalStateException("there are " + MOST + " gauge caches: no more");
        }
        cache = new Cache(name);
        caches.put(name, cache);
      }
      cache.limits(maxElements, ttlSeconds, replicated);
      return cache;
    }
  }

  @Override
  public Optional<GaugeCache> find(String name) {
    synchronized (caches) {
      return Optional.ofNullable(caches.get(name));
    }
  }

  @Override
  public List<GaugeCache> all() {
    synchronized (caches) {
      return new ArrayList<>(caches.values());
    }
  }

  /** A number and when it is forgotten. */
  private record Entry(long value, long expiryMillis) {}

  private final class Cache implements GaugeCache {
    private final String name;

    /** Those that were changed last come last. All below is guarded by this. */
    private final LinkedHashMap<String, Entry> entries = new LinkedHashMap<>();

    private int most;
    private long ttlMillis;
    private boolean replicated;

    Cache(String name) {
      this.name = name;
    }

    synchronized void limits(int maxElements, int ttlSeconds, boolean replicate) {
      most = maxElements;
      ttlMillis = ttlSeconds * 1_000L;
      replicated = replicate;
      makeRoom(clock.millis());
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public long add(String key, long delta) {
      long now = clock.millis();
      Entry changed;
      int limit;
      boolean others;
      synchronized (this) {
        changed = changed(key, delta, now);
        limit = most;
        others = replicated;
      }
      for (GaugeCacheManip watch : watches.get()) {
        watch.gaugeCacheManip(
            name, key, delta, Instant.ofEpochMilli(changed.expiryMillis()), limit, others);
      }
      return changed.value();
    }

    @Override
    public synchronized void merge(String key, long delta) {
      Entry _ = changed(key, delta, clock.millis());
    }

    private Entry changed(String key, long delta, long now) {
      if (key.length() > LONGEST_KEY) {
        throw new IllegalArgumentException(
            "a key of gauge cache " + name + " has " + LONGEST_KEY + " characters at most");
      }
      Entry there = entries.remove(key);
      long value = there == null || there.expiryMillis() <= now ? 0 : there.value();
      Entry changed = new Entry(value + delta, now + ttlMillis);
      entries.put(key, changed);
      makeRoom(now);
      return changed;
    }

    private void makeRoom(long now) {
      Iterator<Entry> oldest = entries.values().iterator();
      while (oldest.hasNext()) {
        if (oldest.next().expiryMillis() > now && entries.size() <= most) {
          return;
        }
        oldest.remove();
      }
    }

    @Override
    public synchronized long get(String key) {
      @Nullable Entry entry = entries.get(key);
      return entry == null || entry.expiryMillis() <= clock.millis() ? 0 : entry.value();
    }

    @Override
    public synchronized void removeItem(String key) {
      entries.remove(key);
    }

    @Override
    public synchronized int size() {
      return entries.size();
    }
  }
}
