package org.impetusmta.core.queue;

import java.net.Inet6Address;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.delivery.DeliveryMethod;
import org.impetusmta.api.message.Reply;
import org.impetusmta.core.route.Host;
import org.impetusmta.core.route.Route;
import org.impetusmta.core.route.Target;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the mail of a queue goes: looks its route up and chooses among the hosts. Thread-safety:
 * single, confined to the loop of the queue.
 */
final class NextHop {
  private static final Logger LOG = LoggerFactory.getLogger(NextHop.class);

  private final MailQueue queue;
  private final QueueLoop home;
  private final QueueSettings settings;
  private final SourceAddress source;
  private final QueueConnections connections;
  private final Consumer<Route> arrived;
  private final Refusals refusals = new Refusals();

  private @Nullable Route route;
  private boolean routing;

  /** The refreshes of routes when the route was asked for. */
  private long routedAt;

  /**
   * @param connections those that the queue has
   * @param arrived told when a route has been looked up
   */
  NextHop(
      MailQueue queue,
      QueueLoop home,
      QueueSettings settings,
      SourceAddress source,
      QueueConnections connections,
      Consumer<Route> arrived) {
    this.queue = queue;
    this.home = home;
    this.settings = settings;
    this.source = source;
    this.connections = connections;
    this.arrived = arrived;
  }

  /** What is looked up for this queue now. */
  Target target() {
    DeliveryMethod method =
        home.server().methods().find(settings.options().deliveryMethod(), queue.domain());
    Generation now = home.server().generation();
    int port =
        method == null
            ? settings.routeOptions().remoteSmtpPort()
            : method.port(now, queue.path()).orElse(settings.routeOptions().remoteSmtpPort());
    Target target =
        Target.of(queue.domain(), settings.routeOptions(), port).validated(settings.validated());
    return settings.routeOptions().gateway().isPresent()
        ? target
        : home.server().router().listed(queue.domain(), target);
  }

  /** The route last used; null before the first. */
  @Nullable Route lastRoute() {
    return route;
  }

  /** The route to use now; null while it is looked up. */
  @Nullable Route route(long now) {
    Route known = route;
    long refreshes = home.server().router().refreshes();
    if (known != null && known.valid(now) && refreshes == routedAt) {
      return known;
    }
    routedAt = refreshes;
    if (routing) {
      return null;
    }
    Target target;
    try {
      target = target();
    } catch (IllegalArgumentException e) {
      LOG.error("gateway or routes of {} cannot be used: {}", queue.domain(), e.getMessage());
      return null;
    }
    Optional<Route> cached = home.server().router().cached(target);
    if (cached.isPresent()) {
      route = cached.get();
      return cached.get();
    }
    routing = true;
    home.server()
        .router()
        .find(
            target,
            home.loop(),
            settings.routeOptions().fullyResolveBeforeSmtp() ? part -> {} : this::foundPart,
            this::found);
    return null;
  }

  /** Some hosts have addresses: with {@code fully_resolve_before_smtp} off that is enough. */
  private void foundPart(Route part) {
    route = part;
    home.touch(queue);
  }

  private void found(Route found) {
    routing = false;
    route = found;
    arrived.accept(found);
    home.touch(queue);
  }

  /** The configuration has changed: the route is looked up again. */
  void forget() {
    route = null;
  }

  /** Whether the binding has a source address of the family of any host. */
  boolean reaches(Route to) {
    return source.any()
        || to.exchangers().stream()
            .flatMap(exchanger -> exchanger.hosts().stream())
            .anyMatch(host -> source.reaches(host.address().getAddress()));
  }

  /**
   * The usable address of the lowest preference that has the fewest connections of this queue; the
   * order of equals is the route's, which is random.
   *
   * @param without hosts that are passed by
   * @param vetoed told the last veto where vetoes leave no host
   */
  Optional<Route.Choice> choose(Route to, long now, Set<Host> without, Consumer<Reply> vetoed) {
    Set<Host> passedBy = new HashSet<>(without);
    Reply veto = null;
    while (true) {
      Optional<Route.Choice> best = best(to, now, passedBy, true);
      if (best.isEmpty()) {
        if (veto != null) {
          vetoed.accept(veto);
        }
        return Optional.empty();
      }
      Optional<Reply> refused = home.server().hooks().veto(queue.domain(), best.get());
      if (refused.isEmpty()) {
        return best;
      }
      veto = refused.get();
      passedBy.add(best.get().host());
    }
  }

  /**
   * The best host, whatever vetoes say.
   *
   * @param within whether hosts at their limit of connections are passed by
   */
  Optional<Route.Choice> best(Route to, long now, Set<Host> without, boolean within) {
    long retry = settings.routeOptions().hostFailureRetry().toMillis();
    Route.Choice best = null;
    boolean ipv6First = home.server().router().prefersIpv6();
    boolean bestIsLater = false;
    int bestLoad = 0;
    int preference = 0;
    for (Route.Exchanger exchanger : to.exchangers()) {
      if (best != null && exchanger.preference() > preference) {
        break;
      }
      for (Host host : exchanger.hosts()) {
        if (!host.usable(now, retry)
            || refusals.holds(host, now)
            || without.contains(host)
            || !source.reaches(host.address().getAddress())
            || (within
                && !hasRoom(new Route.Choice(exchanger.name(), host, exchanger.secure()), now))) {
          continue;
        }
        int load = connections.to(host);
        boolean later = ipv6First && !(host.address().getAddress() instanceof Inet6Address);
        if (best == null || (later == bestIsLater ? load < bestLoad : bestIsLater)) {
          bestIsLater = later;
          best = new Route.Choice(exchanger.name(), host, exchanger.secure());
          bestLoad = load;
          preference = exchanger.preference();
        }
      }
    }
    return Optional.ofNullable(best);
  }

  private boolean hasRoom(Route.Choice choice, long now) {
    return home.hasRoom(queue, choice) && !settings.shaping().holds(choice, now);
  }

  /** The address that the next connection would go to, for the console. */
  Optional<Host> nextHost(Route to, long now) {
    return best(to, now, Set.of(), false).map(Route.Choice::host);
  }

  /** Lets every host be tried again: an operator wants it. */
  void forgiveHosts() {
    Route known = route;
    if (known != null) {
      known.exchangers().forEach(exchanger -> exchanger.hosts().forEach(Host::forgive));
    }
    refusals.clear();
  }

  /** Whether an answer of the DNS is waited for. */
  boolean lookingUp() {
    return routing;
  }

  /** How many hosts the route has. */
  int hosts() {
    Route known = route;
    int count = 0;
    if (known != null) {
      for (Route.Exchanger exchanger : known.exchangers()) {
        count += exchanger.hosts().size();
      }
    }
    return count;
  }

  /** A host wants no mail of this queue for a while. */
  void refused(Host host, long now) {
    refusals.add(host, now, now + settings.routeOptions().hostFailureRetry().toMillis());
  }

  /** When the first failed host may be tried again. */
  long nextUsable(Route known, long now) {
    long retry = settings.routeOptions().hostFailureRetry().toMillis();
    long first = refusals.firstEnd(now);
    for (Route.Exchanger exchanger : known.exchangers()) {
      for (Host host : exchanger.hosts()) {
        long failed = host.failedMillis();
        if (failed != 0 && failed + retry > now) {
          first = Math.min(first, failed + retry);
        }
      }
    }
    return first;
  }
}
