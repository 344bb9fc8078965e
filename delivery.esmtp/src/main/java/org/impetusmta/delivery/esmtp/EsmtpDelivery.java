package org.impetusmta.delivery.esmtp;

import java.util.List;
import java.util.function.Function;
import org.impetusmta.api.config.ServerName;
import org.impetusmta.api.delivery.Delivery;
import org.impetusmta.api.delivery.DeliveryConnection;
import org.impetusmta.api.delivery.DeliveryMethod;
import org.impetusmta.api.module.Module;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/**
 * {@code delivery_method = ESMTP}: hands mail to another host by SMTP with its extensions (RFC
 * 5321). Each connection is an {@link EsmtpConnection}; this class only opens them.
 *
 * <p>Thread-safety: read-only.
 */
@Module(
    name = "esmtp",
    kind = Module.Kind.DELIVERY,
    singleton = "true",
    description = "delivery by ESMTP (RFC 5321)")
@Component(factory = Module.FACTORY + "esmtp", service = DeliveryMethod.class)
public final class EsmtpDelivery implements DeliveryMethod {
  private final Function<Delivery, String> hostName;

  /** A method that calls itself what the option {@code hostname} says. */
  @Activate
  public EsmtpDelivery() {
    this(delivery -> delivery.options(ServerName.class).name());
  }

  /** A method that calls itself {@code hostName} where {@code ehlo_hostname} says so. */
  EsmtpDelivery(String hostName) {
    this(delivery -> hostName);
  }

  private EsmtpDelivery(Function<Delivery, String> hostName) {
    this.hostName = hostName;
  }

  @Override
  public String name() {
    return "esmtp";
  }

  @Override
  public DeliveryConnection open(Delivery delivery) {
    EsmtpConnection connection =
        new EsmtpConnection(delivery, hostName.apply(delivery), (line, opening) -> List.of());
    connection.connect(Connecting.DIRECT);
    return connection;
  }
}
