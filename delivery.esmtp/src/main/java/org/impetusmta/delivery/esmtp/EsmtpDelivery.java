package org.impetusmta.delivery.esmtp;

import java.util.ArrayList;
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
import org.impetusmta.api.hook.OutboundSmtpAuth;
import org.impetusmta.api.module.Module;
import org.impetusmta.delivery.esmtp.EsmtpConnection.StepMaker;
import org.impetusmta.delivery.esmtp.EsmtpOptions.Xclient;
import org.impetusmta.delivery.esmtp.tls.OutboundTlsService;
import org.impetusmta.delivery.esmtp.tls.TlsDemand;
import org.impetusmta.delivery.esmtp.tls.TlsOptions;
import org.impetusmta.delivery.esmtp.tls.TlsOptions.Use;
import org.impetusmta.net.ByProxy;
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
  private static final HookPoint<OutboundSmtpAuth> NOBODY =
      new HookPoint<>() {
        @Override
        public boolean isEmpty() {
          return true;
        }

        @Override
        public <R> Optional<R> first(Function<? super OutboundSmtpAuth, Optional<R>> question) {
          return Optional.empty();
        }
      };

  private final Function<Delivery, String> hostName;
  private final Dialect dialect;
  private final HookPoint<OutboundSmtpAuth> auth;
  private final Optional<OutboundTlsService> tls;
  private final Function<Delivery, Optional<EgressProxy>> proxies;

  /** A method that calls itself what the option {@code hostname} says. */
  @Activate
  public EsmtpDelivery(@Reference HookPoints hooks, @Reference OutboundTlsService tls) {
    this(hooks, tls, Dialect.ESMTP);
  }

  EsmtpDelivery(HookPoints hooks, OutboundTlsService tls, Dialect dialect) {
    this(
        delivery -> delivery.options(ServerName.class).name(),
        dialect,
        hooks.of(OutboundSmtpAuth.class),
        Optional.of(tls),
        proxies(hooks.of(ChooseEgressProxy.class)));
  }

  private static Function<Delivery, Optional<EgressProxy>> proxies(
      HookPoint<ChooseEgressProxy> hook) {
    return delivery ->
        hook.isEmpty()
            ? Optional.empty()
            : hook.first(chooser -> chooser.chooseEgressProxy(delivery));
  }

  /**
   * A method without TLS that calls itself {@code hostName} where {@code ehlo_hostname} says so.
   */
  EsmtpDelivery(String hostName, Dialect dialect, HookPoint<OutboundSmtpAuth> auth) {
    this(delivery -> hostName, dialect, auth, Optional.empty(), delivery -> Optional.empty());
  }

  /** A method that calls itself {@code hostName} where {@code ehlo_hostname} says so. */
  EsmtpDelivery(String hostName, OutboundTlsService tls) {
    this(
        delivery -> hostName,
        Dialect.ESMTP,
        NOBODY,
        Optional.of(tls),
        delivery -> Optional.empty());
  }

  /** A method without TLS that connects by way of proxies. */
  EsmtpDelivery(
      Function<Delivery, String> hostName, Function<Delivery, Optional<EgressProxy>> proxies) {
    this(hostName, Dialect.ESMTP, NOBODY, Optional.empty(), proxies);
  }

  private EsmtpDelivery(
      Function<Delivery, String> hostName,
      Dialect dialect,
      HookPoint<OutboundSmtpAuth> auth,
      Optional<OutboundTlsService> tls,
      Function<Delivery, Optional<EgressProxy>> proxies) {
    this.hostName = hostName;
    this.dialect = dialect;
    this.auth = auth;
    this.tls = tls;
    this.proxies = proxies;
  }

  @Override
  public final String name() {
    return dialect.method();
  }

  @Override
  public final DeliveryConnection open(Delivery delivery) {
    Connecting way = way(delivery);
    if (tls.isEmpty()) {
      EsmtpConnection connection = line(delivery, Optional.empty());
      connection.connect(way);
      return connection;
    }
    OutboundTlsService service = tls.get();
    TlsOptions options = delivery.options(TlsOptions.class);
    if (options.tls() != Use.NO || !service.policies().isEmpty()) {
      Approach approach =
          new Approach(
              delivery, service, options, (to, startTls) -> line(to, Optional.of(startTls)), way);
      approach.begin();
      return approach;
    }
    TlsDemand nothing = TlsDemand.of(options, Optional.empty(), delivery);
    EsmtpConnection connection =
        line(
            delivery,
            Optional.of(
                (line, opening) ->
                    new StartTls(
                        line, opening, service, options, nothing, false, false, () -> {})));
    connection.connect(way);
    return connection;
  }

  private EsmtpConnection line(Delivery delivery, Optional<StepMaker> startTls) {
    return new EsmtpConnection(
        delivery,
        hostName.apply(delivery),
        dialect,
        (line, opening) -> steps(line, opening, startTls));
  }

  /** In the order in which they are taken. */
  private List<SessionStep> steps(
      EsmtpConnection connection, Opening opening, Optional<StepMaker> startTls) {
    List<SessionStep> steps = new ArrayList<>(3);
    startTls.ifPresent(step -> steps.add(step.apply(connection, opening)));
    if (connection.options().xclient() != Xclient.NO) {
      steps.add(new XclientStep(connection, opening));
    }
    steps.add(new AuthStep(connection, opening, auth));
    return steps;
  }

  /** Straight to the host, or by way of the proxy that a module names. */
  private Connecting way(Delivery delivery) {
    EgressProxy proxy = proxies.apply(delivery).orElse(null);
    if (proxy == null) {
      return Connecting.DIRECT;
    }
    return (to, timeout, dialogue) ->
        ByProxy.connect(
            to.loop().unwrap(io.netty.channel.EventLoop.class),
            proxy,
            to.address(),
            timeout,
            dialogue);
  }
}
