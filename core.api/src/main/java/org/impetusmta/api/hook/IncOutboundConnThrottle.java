package org.impetusmta.api.hook;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * A connection was opened for a queue: count it. Called on the loop of the queue; may not block.
 */
@ConsumerType
public interface IncOutboundConnThrottle {
  /**
   * @param domain the routing domain
   */
  void incOutboundConnThrottle(String binding, String domain);
}
