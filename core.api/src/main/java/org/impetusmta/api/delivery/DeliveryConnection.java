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

  /**
   * Whether it may serve {@code domain} instead from here on: another domain of the same binding
   * that has the same MX host. Asked while it has no message and waits to be woken; the core has
   * seen to it that every option set that was asked for has the same values for both. A method that
   * keeps anything that holds for one domain alone says no.
   */
  default boolean mayServe(String domain) {
    return false;
  }

  /** Where the dialogue stands. */
  Stage stage();
}
