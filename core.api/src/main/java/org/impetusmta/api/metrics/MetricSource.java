package org.impetusmta.api.metrics;

import org.osgi.annotation.versioning.ConsumerType;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Tells figures to whoever exports them; register it as an OSGi service. Names are in snake_case
 * and begin with the subsystem ({@code queue_active_messages}), units are the base units of
 * Prometheus: seconds, octets ({@code _bytes}). Concurrent.
 */
@ConsumerType
public interface MetricSource {
  /** Tells all of them as they are now. May not block for long: called on a thread pool. */
  void collect(Sink sink);

  /** Takes figures. Single. */
  @ProviderType
  interface Sink {
    /**
     * A figure that only grows, until it is reset or the server ends.
     *
     * @param name without the suffix {@code _total}
     * @param help one line
     * @param labels names and values in turn; the same names each time
     */
    void counter(String name, String help, Number value, String... labels);

    /**
     * A figure that comes and goes.
     *
     * @param labels names and values in turn; the same names each time
     */
    void gauge(String name, String help, Number value, String... labels);
  }
}
