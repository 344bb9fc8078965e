package org.impetusmta.api.delivery;

import org.osgi.annotation.versioning.ConsumerType;

/** The method's side of an outbound connection. Confined to the delivery's loop. */
@ConsumerType
public interface DeliveryConnection {
  /**
   * A message is there for a connection that was told there was none. It calls {@link
   * Delivery#next} as soon as it can.
   */
  void wake();

  /** Ends the connection politely after what is in flight: QUIT, then closed. */
  void quit();

  /** Where the dialogue stands. */
  Stage stage();
}
