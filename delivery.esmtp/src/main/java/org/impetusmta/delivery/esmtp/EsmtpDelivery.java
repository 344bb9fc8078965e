package org.impetusmta.delivery.esmtp;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.impetusmta.api.config.ServerName;
import org.impetusmta.api.delivery.Delivery;
import org.impetusmta.api.delivery.DeliveryConnection;
import org.impetusmta.api.delivery.DeliveryMethod;
import org.impetusmta.api.delivery.EgressProxy;
import org.impetusmta.api.hook.ChooseEgressProxy;
import org.impetusmta.api.hook.HookPoints;
import org.impetusmta.api.hook.HookPoints.HookPoint;
import org.impetusmta.api.module.Module;
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
public final class EsmtpDelivery implements DeliveryMethod {
  private final Function<Delivery, String> hostName;
  private final Function<Delivery, Optional<EgressProxy>> proxies;

  /** A method that calls itself what the option {@code hostname} says. */
  @Activate
  public EsmtpDelivery(@Reference HookPoints hooks) {
    this(
        delivery -> delivery.options(ServerName.class).name(),
        proxies(hooks.of(ChooseEgressProxy.class)));
  }

  private static Function<Delivery, Optional<EgressProxy>> proxies(
      HookPoint<ChooseEgressProxy> hook) {
    return delivery ->
        hook.isEmpty()
            ? Optional.empty()
            : hook.first(chooser -> chooser.chooseEgressProxy(delivery));
  }

  /** A method that calls itself {@code hostName} where {@code ehlo_hostname} says so. */
  EsmtpDelivery(String hostName) {
    this(delivery -> hostName, delivery -> Optional.empty());
  }

  EsmtpDelivery(
      Function<Delivery, String> hostName, Function<Delivery, Optional<EgressProxy>> proxies) {
    this.hostName = hostName;
    this.proxies = proxies;
  }

  @Override
  public String name() {
    return "esmtp";
  }

  @Override
  public DeliveryConnection open(Delivery delivery) {
    EsmtpConnection connection =
        new EsmtpConnection(delivery, hostName.apply(delivery), (line, opening) -> List.of());
    Optional<EgressProxy> proxy = proxies.apply(delivery);
    connection.connect(proxy.isPresent() ? by(proxy.get()) : Connecting.DIRECT);
    return connection;
  }

  private static Connecting by(EgressProxy proxy) {
    return (delivery, timeout, dialogue) ->
        ByProxy.connect(
            delivery.loop().unwrap(io.netty.channel.EventLoop.class),
            proxy,
            delivery.address(),
            timeout,
            dialogue);
  }
}
