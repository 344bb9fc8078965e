package org.impetusmta.delivery.esmtp;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.impetusmta.api.config.ServerName;
import org.impetusmta.api.delivery.Delivery;
import org.impetusmta.api.delivery.DeliveryConnection;
import org.impetusmta.api.delivery.DeliveryMethod;
import org.impetusmta.api.module.Module;
import org.impetusmta.delivery.esmtp.tls.OutboundTlsService;
import org.impetusmta.delivery.esmtp.tls.TlsDemand;
import org.impetusmta.delivery.esmtp.tls.TlsOptions;
import org.impetusmta.delivery.esmtp.tls.TlsOptions.Use;
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
  private final Optional<OutboundTlsService> tls;

  /** A method that calls itself what the option {@code hostname} says. */
  @Activate
  public EsmtpDelivery(@Reference OutboundTlsService tls) {
    this(delivery -> delivery.options(ServerName.class).name(), Optional.of(tls));
  }

  /**
   * A method without TLS that calls itself {@code hostName} where {@code ehlo_hostname} says so.
   */
  EsmtpDelivery(String hostName) {
    this(delivery -> hostName, Optional.empty());
  }

  /** A method that calls itself {@code hostName} where {@code ehlo_hostname} says so. */
  EsmtpDelivery(String hostName, OutboundTlsService tls) {
    this(delivery -> hostName, Optional.of(tls));
  }

  private EsmtpDelivery(Function<Delivery, String> hostName, Optional<OutboundTlsService> tls) {
    this.hostName = hostName;
    this.tls = tls;
  }

  @Override
  public String name() {
    return "esmtp";
  }

  @Override
  public DeliveryConnection open(Delivery delivery) {
    if (tls.isEmpty()) {
      EsmtpConnection connection = line(delivery, List.of());
      connection.connect(Connecting.DIRECT);
      return connection;
    }
    OutboundTlsService service = tls.get();
    TlsOptions options = delivery.options(TlsOptions.class);
    if (options.tls() != Use.NO || !service.policies().isEmpty()) {
      Approach approach =
          new Approach(
              delivery,
              service,
              options,
              (to, startTls) -> line(to, List.of(startTls)),
              Connecting.DIRECT);
      approach.begin();
      return approach;
    }
    TlsDemand nothing = TlsDemand.of(options, Optional.empty(), delivery);
    EsmtpConnection connection =
        line(
            delivery,
            List.of(
                (line, opening) ->
                    new StartTls(
                        line, opening, service, options, nothing, false, false, () -> {})));
    connection.connect(Connecting.DIRECT);
    return connection;
  }

  private EsmtpConnection line(Delivery delivery, List<EsmtpConnection.StepMaker> steps) {
    return new EsmtpConnection(
        delivery,
        hostName.apply(delivery),
        (line, opening) -> steps.stream().map(step -> step.apply(line, opening)).toList());
  }
}
