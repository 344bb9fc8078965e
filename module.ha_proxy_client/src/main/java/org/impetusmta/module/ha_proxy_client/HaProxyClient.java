package org.impetusmta.module.ha_proxy_client;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.delivery.Delivery;
import org.impetusmta.api.delivery.EgressProxy;
import org.impetusmta.api.hook.ChooseEgressProxy;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.scheduler.Scheduler;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * Sends the connections of a binding through a proxy: PROXY protocol version 2, as in the manual,
 * or 1, or SOCKS5. Each proxy is looked at every {@code health_check_interval}; while it is down
 * its mail is deferred. Concurrent. Source: modules ha_proxy_client.
 */
@Module(
    name = "ha_proxy_client",
    kind = Module.Kind.SINGLETON,
    singleton = "true",
    description = "Outbound connections through a proxy")
@Component(factory = Module.FACTORY + "ha_proxy_client", service = ChooseEgressProxy.class)
public final class HaProxyClient implements ChooseEgressProxy {
  /** Proxies that are known; the configuration names them, so there are few. */
  private static final int MOST = 10_000;

  /** The options of the ha_proxy_client stanza. */
  @OptionSet("ha_proxy_client")
  public record Options(
      @Option(value = "5", min = 1, doc = "seconds between two looks at a proxy")
          Duration healthCheckInterval,
      @Option(value = "1", min = 1, doc = "seconds after which a look has failed")
          Duration healthCheckTimeout,
      @Option(value = "3", min = 1, doc = "looks in a row that must fail for it to count as down")
          int healthCheckFailureThreshold,
      @Option(value = "3", min = 1, doc = "looks in a row that must succeed for it to be up again")
          int healthCheckSuccessThreshold) {}

  private final Options options;
  private final Scheduler scheduler;
  private final Map<String, Backend> backends = new ConcurrentHashMap<>();
  private volatile EventLoop.@Nullable Timer timer;
  private volatile boolean stopped;

  @Activate
  public HaProxyClient(Map<String, Object> properties, @Reference Scheduler scheduler) {
    this(ModuleStanza.of(properties).options(Options.class), scheduler);
  }

  HaProxyClient(Options options, Scheduler scheduler) {
    this.options = options;
    this.scheduler = scheduler;
    plan();
  }

  private void plan() {
    timer =
        scheduler
            .loops()
            .getFirst()
            .schedule(
                () -> {
                  if (!stopped) {
                    for (Backend backend : backends.values()) {
                      scheduler.pool("IO").execute(backend::look);
                    }
                    plan();
                  }
                },
                options.healthCheckInterval());
  }

  @Deactivate
  void deactivate() {
    stopped = true;
    EventLoop.Timer set = timer;
    if (set != null) {
      set.cancel();
    }
  }

  @Override
  public Optional<EgressProxy> chooseEgressProxy(Delivery delivery) {
    ProxyOptions chosen = delivery.options(ProxyOptions.class);
    Optional<String> server = chosen.haProxyServer().filter(name -> !name.isEmpty());
    if (server.isEmpty() || chosen.haProxyBypass()) {
      return Optional.empty();
    }
    Optional<Backend> known = backend(server.get());
    Optional<InetSocketAddress> address = known.flatMap(Backend::address);
    Optional<Reply> unavailable = Optional.empty();
    if (known.isEmpty()) {
      unavailable = unavailable("is not IP:port or host:port");
    } else if (address.isEmpty()) {
      unavailable = unavailable("has no address yet");
    } else if (!known.get().isUp()) {
      unavailable = unavailable("is down");
    }
    boolean ipv4 = delivery.address().getAddress() instanceof Inet4Address;
    Optional<String> source = ipv4 ? chosen.haProxySrcAddr() : chosen.haProxyIpv6SrcAddr();
    Optional<InetAddress> from = source.flatMap(HaProxyClient::literal);
    boolean header = chosen.haProxyProtocol() != ProxyOptions.Speaks.SOCKS5;
    if (header && from.isEmpty()) {
      unavailable =
          unavailable(ipv4 ? "has no ha_proxy_src_addr" : "has no ha_proxy_ipv6_src_addr");
    }
    return Optional.of(
        new EgressProxy(
            switch (chosen.haProxyProtocol()) {
              case PROXY_V1 -> EgressProxy.Protocol.PROXY_V1;
              case PROXY_V2 -> EgressProxy.Protocol.PROXY_V2;
              case SOCKS5 -> EgressProxy.Protocol.SOCKS5;
            },
            address.orElseGet(() -> new InetSocketAddress(InetAddress.getLoopbackAddress(), 1)),
            from,
            chosen
                .socks5User()
                .map(user -> new EgressProxy.Login(user, chosen.socks5Password().orElse(""))),
            unavailable));
  }

  private static Optional<Reply> unavailable(String why) {
    return Optional.of(new Reply(451, "4.4.1", "[internal] proxy " + why));
  }

  private static Optional<InetAddress> literal(String text) {
    try {
      return Optional.of(InetAddress.ofLiteral(text));
    } catch (IllegalArgumentException notAnAddress) {
      return Optional.empty();
    }
  }

  private Optional<Backend> backend(String server) {
    Backend known = backends.get(server);
    if (known != null) {
      return Optional.of(known);
    }
    Optional<Backend> fresh = Backend.of(server, options);
    if (fresh.isEmpty() || backends.size() >= MOST) {
      return Optional.empty();
    }
    Backend mine = fresh.get();
    Backend other = backends.putIfAbsent(server, mine);
    if (other == null) {
      scheduler.pool("IO").execute(mine::look);
    }
    return Optional.of(other == null ? mine : other);
  }
}
