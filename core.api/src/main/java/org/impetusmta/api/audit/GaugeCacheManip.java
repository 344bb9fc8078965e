package org.impetusmta.api.audit;

import java.time.Instant;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A number of a gauge cache was changed in this process; register it as an OSGi service. Called by
 * whoever changes it: may not block, nor throw. Source: hooks core_gauge_cache_manip.
 */
@ConsumerType
public interface GaugeCacheManip {
  /**
   * @param expiry when the entry will be forgotten if nothing happens to it
   * @param maxItems entries that the cache has at most
   */
  void gaugeCacheManip(
      String cache, String key, long addend, Instant expiry, int maxItems, boolean replicated);
}
