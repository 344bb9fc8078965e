package org.impetusmta.delivery.esmtp;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.impetusmta.api.delivery.Delivery;
import org.impetusmta.api.delivery.DeliveryConnection;
import org.impetusmta.api.delivery.DeliveryMethod;
import org.impetusmta.api.module.Module;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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
  private static final Logger LOG = LoggerFactory.getLogger(EsmtpDelivery.class);

  private final String hostName;

  /** Asks the system for its name once: a loop must not wait for a resolver. */
  @Activate
  public EsmtpDelivery() {
    this(systemHostName());
  }

  /** A method that calls itself {@code hostName} where {@code ehlo_hostname} says so. */
  EsmtpDelivery(String hostName) {
    this.hostName = hostName;
  }

  @Override
  public String name() {
    return "esmtp";
  }

  @Override
  public DeliveryConnection open(Delivery delivery) {
    EsmtpConnection connection = new EsmtpConnection(delivery, hostName);
    connection.connect();
    return connection;
  }

  private static String systemHostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      LOG.warn("this machine cannot resolve its own name; EHLO will say localhost", e);
      return "localhost";
    }
  }
}
