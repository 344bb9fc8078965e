package org.impetusmta.delivery.esmtp;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.impetusmta.api.config.ServerName;
import org.impetusmta.api.delivery.Delivery;
import org.impetusmta.api.delivery.DeliveryConnection;
import org.impetusmta.api.delivery.DeliveryMethod;
import org.impetusmta.api.hook.HookPoints;
import org.impetusmta.api.hook.HookPoints.HookPoint;
import org.impetusmta.api.hook.OutboundSmtpAuth;
import org.impetusmta.api.module.Module;
import org.impetusmta.delivery.esmtp.EsmtpOptions.Xclient;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

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
public class EsmtpDelivery implements DeliveryMethod {
  private final Function<Delivery, String> hostName;
  private final Dialect dialect;
  private final HookPoint<OutboundSmtpAuth> auth;

  /** A method that calls itself what the option {@code hostname} says. */
  @Activate
  public EsmtpDelivery(@Reference HookPoints hooks) {
    this(hooks, Dialect.ESMTP);
  }

  EsmtpDelivery(HookPoints hooks, Dialect dialect) {
    this(
        delivery -> delivery.options(ServerName.class).name(),
        dialect,
        hooks.of(OutboundSmtpAuth.class));
  }

  /** A method that calls itself {@code hostName} where {@code ehlo_hostname} says so. */
  EsmtpDelivery(String hostName, Dialect dialect, HookPoint<OutboundSmtpAuth> auth) {
    this(delivery -> hostName, dialect, auth);
  }

  private EsmtpDelivery(
      Function<Delivery, String> hostName, Dialect dialect, HookPoint<OutboundSmtpAuth> auth) {
    this.hostName = hostName;
    this.dialect = dialect;
    this.auth = auth;
  }

  @Override
  public final String name() {
    return dialect.method();
  }

  @Override
  public final DeliveryConnection open(Delivery delivery) {
    EsmtpConnection connection =
        new EsmtpConnection(delivery, hostName.apply(delivery), dialect, this::steps);
    connection.connect(Connecting.DIRECT);
    return connection;
  }

  /** In the order in which they are taken; HELO offers nothing to settle. */
  private List<SessionStep> steps(EsmtpConnection connection, Opening opening) {
    List<SessionStep> steps = new ArrayList<>(2);
    if (connection.options().xclient() != Xclient.NO) {
      steps.add(new XclientStep(connection, opening));
    }
    steps.add(new AuthStep(connection, opening, auth));
    return steps;
  }
}
