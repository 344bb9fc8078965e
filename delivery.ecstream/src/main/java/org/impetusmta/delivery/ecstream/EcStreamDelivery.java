package org.impetusmta.delivery.ecstream;

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
  private final Function<Delivery, Optional<EgressProxy>> proxies;

  /** A method that calls itself what the option {@code hostname} says. */
  @Activate
  public EcStreamDelivery(@Reference HookPoints hooks) {
    this(
        delivery -> delivery.options(ServerName.class).name(),
        proxies(hooks.of(ChooseEgressProxy.class)));
  }

  /**
   * A method without OSGi.
   *
   * @param hostName what it calls itself
   */
  public EcStreamDelivery(
      Function<Delivery, String> hostName, Function<Delivery, Optional<EgressProxy>> proxies) {
    this.hostName = hostName;
    this.proxies = proxies;
  }

  private static Function<Delivery, Optional<EgressProxy>> proxies(
      HookPoint<ChooseEgressProxy> hook) {
    return delivery ->
        hook.isEmpty()
            ? Optional.empty()
            : hook.first(chooser -> chooser.chooseEgressProxy(delivery));
  }

  @Override
  public String name() {
    return "ecstream";
  }

  @Override
  public DeliveryConnection open(Delivery delivery) {
    EcStreamConnection connection = new EcStreamConnection(delivery, hostName.apply(delivery));
    connection.connect(proxies.apply(delivery));
    return connection;
  }
}
