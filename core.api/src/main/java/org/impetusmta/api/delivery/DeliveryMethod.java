package org.impetusmta.api.delivery;

import java.util.OptionalInt;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A way to hand mail to another host; a module of kind {@code DELIVERY} whose name is the value of
 * the option {@code delivery_method} in lower case.
 */
@ConsumerType
public interface DeliveryMethod {
  /** {@code esmtp}, {@code lmtp}, … */
  String name();

  /**
   * The port that this method's hosts listen on where the route does not say one; empty: {@code
   * remote_smtp_port}.
   */
  default OptionalInt port(Generation generation, ScopePath queue) {
    return OptionalInt.empty();
  }

  /**
   * Whether it hands mail over on this machine: no host is looked up for it, and {@link
   * Delivery#address} means nothing.
   */
  default boolean isLocal() {
    return false;
  }

  /**
   * Whether a local method takes the mail of the routing domain {@code domain}, whatever {@code
   * delivery_method} says. Called on any loop; must be quick.
   */
  default boolean claims(String domain) {
    return false;
  }

  /**
   * Opens a connection to {@link Delivery#address} and reports on {@code delivery}. Called on the
   * delivery's loop, returns at once and never throws for what a network can do.
   *
   * @return the connection, for the console and for shutting down
   */
  DeliveryConnection open(Delivery delivery);
}
