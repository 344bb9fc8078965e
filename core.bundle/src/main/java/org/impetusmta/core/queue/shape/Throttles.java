package org.impetusmta.core.queue.shape;

import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.impetusmta.api.config.Generation.Origin;
import org.impetusmta.api.config.Rate;

/**
 * The throttles of the server, one for each scope that says one; they outlive the generation that
 * they were made for. Concurrent; asked once for each queue and generation.
 */
public final class Throttles {
  private final Map<String, Throttle> known = new ConcurrentHashMap<>();
  private final InstantSource clock;

  public Throttles(InstantSource clock) {
    this.clock = clock;
  }

  /**
   * The throttle of a scope; empty where the rate is none.
   *
   * @param origin where the rate is said
   */
  public Optional<Throttle> of(Throttle.Kind kind, Origin origin, Rate rate, long generation) {
    if (rate.unlimited()) {
      return Optional.empty();
    }
    return Optional.ofNullable(
        known.compute(
            kind + " " + origin.scope(),
            (_, throttle) -> {
              if (throttle == null) {
                return new Throttle(kind, origin, rate, generation, clock);
              }
              throttle.follow(rate, generation);
              return throttle;
            }));
  }

  /** Forgets what nobody has asked for in the generation in force and what holds nothing. */
  public void forgetBefore(long generation) {
    for (String key : known.keySet()) {
      known.computeIfPresent(
          key,
          (_, throttle) ->
              throttle.generation() < generation && throttle.untouched() ? null : throttle);
    }
  }

  /** The time that departures are counted in. */
  public long now() {
    return clock.millis();
  }

  /** How many there are. */
  public int size() {
    return known.size();
  }
}
