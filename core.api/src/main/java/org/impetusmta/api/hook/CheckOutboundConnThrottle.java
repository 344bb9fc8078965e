package org.impetusmta.api.hook;

import java.time.Instant;
import java.util.Optional;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A connection is about to be opened for a queue: may it, beside what the configuration's throttles
 * say? Called often, on the loop of the queue; may not block.
 */
@ConsumerType
public interface CheckOutboundConnThrottle {
  /**
   * Holds the queue back until the instant given, when it is asked again; empty: it need not wait.
   * The first answer counts.
   *
   * @param domain the routing domain
   */
  Optional<Instant> checkOutboundConnThrottle(String binding, String domain, Instant now);
}
