package org.impetusmta.api.queue;

import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * How much mail there is and what became of it: counts of messages since the start (those of the
 * server and of bindings also since {@code summary reset}), sizes of this moment. A service.
 * Concurrent; each call looks at all queues.
 */
@ProviderType
public interface QueueFigures {
  /**
   * The whole server.
   *
   * @param total all mail: active, delayed, on its way
   * @param uptimeSeconds since the start
   */
  record Totals(
      long received,
      long delivered,
      long failed,
      long rejected,
      long active,
      long delayed,
      long total,
      long inboundConnections,
      long outboundConnections,
      long uptimeSeconds) {}

  /**
   * One binding.
   *
   * @param total all its mail
   * @param connections those that are open
   */
  record OfBinding(
      String group,
      String name,
      long received,
      long delivered,
      long failed,
      long active,
      long delayed,
      long total,
      long connections) {}

  /** One domain, as a routing domain, on one binding or all of them. */
  record OfDomain(
      long received,
      long delivered,
      long failed,
      long transientFailures,
      long active,
      long delayed,
      long connections) {}

  /** The whole server. */
  Totals totals();

  /** The bindings by slot, then those that are configured no more and have mail. */
  List<OfBinding> bindings();

  /**
   * One domain.
   *
   * @param domain in lower case
   * @param binding a binding's name; empty: all bindings
   * @return empty where there is no queue for it
   */
  Optional<OfDomain> domain(String domain, Optional<String> binding);
}
