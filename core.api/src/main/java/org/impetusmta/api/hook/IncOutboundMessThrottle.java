package org.impetusmta.api.hook;

import org.osgi.annotation.versioning.ConsumerType;

/** A message was taken from a queue: count it. Called on the loop of the queue; may not block. */
@ConsumerType
public interface IncOutboundMessThrottle {
  /**
   * @param domain the routing domain
   */
  void incOutboundMessThrottle(String binding, String domain);
}
