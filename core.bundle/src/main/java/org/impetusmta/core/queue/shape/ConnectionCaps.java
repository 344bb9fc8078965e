package org.impetusmta.core.queue.shape;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.impetusmta.api.config.Generation.Origin;

/**
 * The caps of the server, one for each scope that says {@code scope_max_outbound_connections}.
 * Concurrent; asked once for each queue and generation.
 */
public final class ConnectionCaps {
  private final Map<String, ConnectionCap> known = new ConcurrentHashMap<>();

  /** The cap of a scope. */
  public ConnectionCap of(Origin origin, int most, long generation) {
    return known.compute(
        origin.scope(),
        (_, cap) -> {
          if (cap == null) {
            return new ConnectionCap(origin, most, generation);
          }
          cap.follow(most, generation);
          return cap;
        });
  }

  /** Forgets what nobody has asked for in the generation in force and what counts nothing. */
  public void forgetBefore(long generation) {
    for (String key : known.keySet()) {
      known.computeIfPresent(
          key, (_, cap) -> cap.generation() < generation && cap.untouched() ? null : cap);
    }
  }
}
