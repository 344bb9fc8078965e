package org.impetusmta.api.hook;

import org.impetusmta.api.delivery.Delivery;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * An idle connection is about to serve another domain that has the same MX host. Called on the loop
 * of both queues; may not block.
 */
@ConsumerType
public interface PremigrateOutboundConnection {
  /**
   * @param delivery still of the domain that it served
   * @param from that domain
   * @param to the domain that it serves next
   */
  void premigrateOutboundConnection(Delivery delivery, String from, String to);
}
