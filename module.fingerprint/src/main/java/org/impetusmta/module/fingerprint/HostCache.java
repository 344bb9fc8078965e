package org.impetusmta.module.fingerprint;

import java.net.InetAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Optional;
import org.impetusmta.api.metrics.CacheWatch;
import org.impetusmta.api.policy.HostFingerprints.Fingerprint;
import org.jspecify.annotations.Nullable;

/**
 * What is known of common hosts, for ten minutes each; the host that was not seen for longest makes
 * room. Concurrent.
 */
final class HostCache {
  private static final long KEPT_MILLIS = Duration.ofMinutes(10).toMillis();

  private final int capacity;
  private final long began;
  private final LinkedHashMap<InetAddress, Known> hosts = new LinkedHashMap<>(16, 0.75f, true);
  private long hits;
  private long misses;
  private long stores;
  private long expired;
  private long evicted;

  private record Known(Fingerprint fingerprint, long untilMillis) {}

  HostCache(int capacity, long nowMillis) {
    this.capacity = capacity;
    this.began = nowMillis;
  }

  synchronized Optional<Fingerprint> find(InetAddress host, long nowMillis) {
    @Nullable Known known = hosts.get(host);
    if (known != null && known.untilMillis() > nowMillis) {
      hits++;
      return Optional.of(known.fingerprint());
    }
    misses++;
    if (known != null) {
      expired++;
      hosts.remove(host);
    }
    return Optional.empty();
  }

  synchronized void put(InetAddress host, Fingerprint fingerprint, long nowMillis) {
    stores++;
    hosts.put(host, new Known(fingerprint, nowMillis + KEPT_MILLIS));
    if (hosts.size() > capacity) {
      hosts.pollFirstEntry();
      evicted++;
    }
  }

  synchronized CacheWatch.Figures figures(long nowMillis) {
    return new CacheWatch.Figures(
        capacity,
        hosts.size(),
        hits,
        misses,
        0,
        stores,
        0,
        expired,
        evicted,
        (nowMillis - began) / 1000.0);
  }
}
