package org.impetusmta.delivery.ecstream;

import java.util.function.Function;
import org.impetusmta.api.config.ServerName;
import org.impetusmta.api.delivery.Delivery;
import org.impetusmta.api.delivery.DeliveryConnection;
import org.impetusmta.api.delivery.DeliveryMethod;
import org.impetusmta.api.module.Module;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/**
 * {@code delivery_method = ECSTREAM}: hands mail to another Impetus, many messages under way on one
 * connection. Each connection is an {@link EcStreamConnection}. Read-only.
 */
@Module(
    name = "ecstream",
    kind = Module.Kind.DELIVERY,
    singleton = "true",
    description = "delivery by ECStream")
@Component(factory = Module.FACTORY + "ecstream", service = DeliveryMethod.class)
public final class EcStreamDelivery implements DeliveryMethod {
  private final Function<Delivery, String> hostName;

  /** A method that calls itself what the option {@code hostname} says. */
  @Activate
  public EcStreamDelivery() {
    this(delivery -> delivery.options(ServerName.class).name());
  }

  EcStreamDelivery(Function<Delivery, String> hostName) {
    this.hostName = hostName;
  }

  @Override
  public String name() {
    return "ecstream";
  }

  @Override
  public DeliveryConnection open(Delivery delivery) {
    EcStreamConnection connection = new EcStreamConnection(delivery, hostName.apply(delivery));
    connection.connect();
    return connection;
  }
}
