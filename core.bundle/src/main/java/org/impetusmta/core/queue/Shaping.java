package org.impetusmta.core.queue;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.Generation.Origin;
import org.impetusmta.api.config.Rate;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.core.queue.shape.ConnectionCap;
import org.impetusmta.core.queue.shape.Throttle;
import org.impetusmta.core.route.Route;
import org.jspecify.annotations.Nullable;

/**
 * The limits of one queue that it shares with others: its throttles, its cap of connections, and
 * those of the hosts that it delivers to; what modules say to them. Looked up once for each
 * generation; a queue that has none pays a comparison with null.
 *
 * <p>Thread-safety: single, confined to the loop of its queue.
 */
final class Shaping {
  private static final String DOMAIN_STANZA = "domain \"";

  private final MailQueue queue;
  private final QueueLoop home;
  private final Runnable turn;
  private Throttle.@Nullable Place messages;
  private Throttle.@Nullable Place connections;
  private ConnectionCap.@Nullable Seat cap;
  private int ownMost;

  /** Connections that are counted. */
  private int held;

  private final Map<String, OfHost> hosts = new HashMap<>(4);
  private boolean shapesHosts;

  /** Until when a module holds messages or connections back; 0: none does. */
  private long heldUntil;

  Shaping(MailQueue queue, QueueLoop home) {
    this.queue = queue;
    this.home = home;
    this.turn = () -> home.touch(queue);
  }

  /** The same of one host. */
  static final class OfHost {
    private Throttle.@Nullable Place messages;
    private Throttle.@Nullable Place connections;
    private ConnectionCap.@Nullable Seat cap;
    private int held;

    /** Whether a message to the host has to wait. */
    boolean holdsMessages(long now) {
      Throttle.Place place = messages;
      return place != null && !place.open(now);
    }

    /** Whether a connection to the host has to wait. */
    boolean holdsConnections(long now) {
      Throttle.Place place = connections;
      ConnectionCap.Seat seat = cap;
      return holdsMessages(now)
          || (place != null && !place.open(now))
          || (seat != null && !seat.cap().hasRoom());
    }

    private void leave() {
      if (messages != null) {
        messages.leave();
      }
      if (connections != null) {
        connections.leave();
      }
    }

    private void await(long now) {
      if (messages != null) {
        messages.may(now, 1);
      }
      if (connections != null) {
        connections.may(now, 1);
      }
      if (cap != null && !cap.cap().hasRoom()) {
        cap.await();
      }
    }
  }

  // ---- options ----

  /** Looks its limits up again. */
  void refresh(Generation current, QueueOptions options) {
    ShapingOptions fresh = current.options(ShapingOptions.class, queue.path());
    messages = place(messages, throttle(current, Throttle.Kind.MESSAGES, fresh));
    connections = place(connections, throttle(current, Throttle.Kind.CONNECTIONS, fresh));
    Optional<Origin> capOrigin =
        fresh
            .scopeMaxOutboundConnections()
            .flatMap(
                _ ->
                    current.origin(
                        ShapingOptions.class, "scope_max_outbound_connections", queue.path()));
    int most = fresh.scopeMaxOutboundConnections().orElse(0);
    cap = seat(cap, capOrigin, most, current, held);
    ownMost = options.maxOutboundConnections();
    if (capOrigin.isPresent() && isOfDomain(capOrigin.get())) {
      boolean own =
          current
              .origin(QueueOptions.class, "max_outbound_connections", queue.path())
              .filter(Shaping::isOfDomain)
              .isPresent();
      ownMost = own ? Math.min(ownMost, most) : most;
    }
    shapesHosts = home.server().shapesHosts();
    refreshHosts(current);
  }

  private static boolean isOfDomain(Origin origin) {
    return origin.scope().contains(DOMAIN_STANZA);
  }

  private Optional<Throttle> throttle(
      Generation current, Throttle.Kind kind, ShapingOptions options) {
    Optional<Rate> rate =
        kind == Throttle.Kind.MESSAGES
            ? options.outboundThrottleMessages()
            : options.outboundThrottleConnections();
    return rate.flatMap(
        said ->
            current
                .origin(ShapingOptions.class, kind.option(), queue.path())
                .flatMap(
                    origin -> home.server().throttles().of(kind, origin, said, current.number())));
  }

  /** The place in a throttle: the one that it has, where it is the same throttle still. */
  private Throttle.@Nullable Place place(
      Throttle.@Nullable Place known, Optional<Throttle> throttle) {
    if (known != null && throttle.isPresent() && known.throttle() == throttle.get()) {
      return known;
    }
    if (known != null) {
      known.leave();
    }
    return throttle.isPresent() ? throttle.get().place(home.loop(), turn) : null;
  }

  /** The seat in a cap; the connections that are open go with the queue from one to the other. */
  private ConnectionCap.@Nullable Seat seat(
      ConnectionCap.@Nullable Seat known,
      Optional<Origin> origin,
      int most,
      Generation current,
      int open) {
    if (origin.isEmpty()) {
      if (known != null) {
        known.cap().release(open);
      }
      return null;
    }
    ConnectionCap fresh = home.server().connectionCaps().of(origin.get(), most, current.number());
    if (known != null && known.cap() == fresh) {
      return known;
    }
    fresh.add(open);
    if (known != null) {
      known.cap().release(open);
    }
    return fresh.seat(home.loop(), turn);
  }

  private void refreshHosts(Generation current) {
    hosts
        .entrySet()
        .removeIf(
            entry -> {
              if (entry.getValue().held > 0) {
                refreshHost(current, entry.getKey(), entry.getValue());
                return false;
              }
              refreshHost(null, entry.getKey(), entry.getValue());
              return true;
            });
  }

  /**
   * @param current null where the host is forgotten
   */
  private void refreshHost(@Nullable Generation current, String name, OfHost host) {
    if (current == null || !shapesHosts) {
      host.messages = place(host.messages, Optional.empty());
      host.connections = place(host.connections, Optional.empty());
      if (host.cap != null) {
        host.cap.cap().release(host.held);
        host.cap = null;
      }
      return;
    }
    host.messages =
        place(
            host.messages,
            hostThrottle(
                current,
                Throttle.Kind.MESSAGES,
                name,
                HostShapingOptions::outboundThrottleMessages));
    host.connections =
        place(
            host.connections,
            hostThrottle(
                current,
                Throttle.Kind.CONNECTIONS,
                name,
                HostShapingOptions::outboundThrottleConnections));
    String option = "scope_max_outbound_connections";
    Optional<Said<Integer>> said =
        hostSaid(current, option, name, HostShapingOptions::scopeMaxOutboundConnections);
    host.cap =
        seat(host.cap, said.map(Said::origin), said.map(Said::value).orElse(0), current, host.held);
  }

  private record Said<T>(T value, Origin origin) {}

  private Optional<Throttle> hostThrottle(
      Generation current,
      Throttle.Kind kind,
      String name,
      Function<HostShapingOptions, Optional<Rate>> read) {
    return hostSaid(current, kind.option(), name, read)
        .flatMap(
            said ->
                home.server().throttles().of(kind, said.origin(), said.value(), current.number()));
  }

  /**
   * The chain of a host's throttles: binding_group::binding::host, binding_group::host,
   * binding::host, host. That of {@link ScopePath.Host} asks the binding before the group.
   */
  private <T> Optional<Said<T>> hostSaid(
      Generation current,
      String option,
      String name,
      Function<HostShapingOptions, Optional<T>> read) {
    ScopePath.Sending path = queue.path();
    ScopePath inside = new ScopePath.Host(path.bindingGroup(), path.binding(), name);
    Optional<Said<T>> found = said(current, option, inside, read);
    if (found.isPresent() && !found.get().origin().scope().startsWith("binding_group")) {
      ScopePath ofGroup = new ScopePath.Host(path.bindingGroup(), " ", name);
      found = said(current, option, ofGroup, read).or(() -> said(current, option, inside, read));
    }
    return found.or(() -> said(current, option, ScopePath.Host.everywhere(name), read));
  }

  private static <T> Optional<Said<T>> said(
      Generation current,
      String option,
      ScopePath path,
      Function<HostShapingOptions, Optional<T>> read) {
    return read.apply(current.options(HostShapingOptions.class, path))
        .flatMap(
            value ->
                current
                    .origin(HostShapingOptions.class, option, path)
                    .map(origin -> new Said<>(value, origin)));
  }

  /** The limits of a host, by the name that routing gave it. */
  OfHost host(String name) {
    OfHost known = hosts.get(name);
    if (known == null) {
      known = new OfHost();
      hosts.put(name, known);
      refreshHost(home.server().generation(), name, known);
    }
    return known;
  }

  // ---- messages ----

  /** How many messages may leave now, counted no further than {@code most}. */
  int messages(long now, int most) {
    Throttle.Place place = messages;
    int free = place == null ? most : place.may(now, most);
    return free > 0 && heldByModule(Throttle.Kind.MESSAGES, now) ? 0 : free;
  }

  /** Whether a message may leave to that host now; where not, the queue gets a turn in time. */
  boolean mayTakeMessage(OfHost host, long now) {
    if (host.holdsMessages(now)) {
      host.await(now);
      return false;
    }
    return messages(now, 1) > 0;
  }

  /** Counts a message that leaves; false where it may not. */
  boolean takeMessage(OfHost host, long now) {
    Throttle.Place place = messages;
    Throttle.Place hosts = host.messages;
    if ((place != null && !place.take(now)) || (hosts != null && !hosts.take(now))) {
      return false;
    }
    home.server().throttleHooks().messageLeaves(queue);
    return true;
  }

  /** No mail waits: it stands in no line. */
  void wantNothing() {
    if (messages != null) {
      messages.leave();
    }
    if (connections != null) {
      connections.leave();
    }
    if (shapesHosts) {
      hosts.values().forEach(OfHost::leave);
    }
  }

  // ---- connections ----

  /** Most connections of this queue alone. */
  int ownMost() {
    return ownMost;
  }

  /** Whether a connection may be opened now; where not, the queue gets a turn in time. */
  boolean mayConnect(long now) {
    Throttle.Place place = connections;
    if (place != null && place.may(now, 1) == 0) {
      return false;
    }
    ConnectionCap.Seat seat = cap;
    if (seat != null && !seat.cap().hasRoom()) {
      seat.await();
      return false;
    }
    return !heldByModule(Throttle.Kind.CONNECTIONS, now);
  }

  /** Whether a connection to that host has to wait. */
  boolean holds(Route.Choice choice, long now) {
    return shapesHosts && host(choice.name()).holdsConnections(now);
  }

  /** All hosts of a route are held back or cannot be used: a turn for the first that is free. */
  void awaitHosts(Route route, long now) {
    if (shapesHosts) {
      for (Route.Exchanger exchanger : route.exchangers()) {
        host(exchanger.name()).await(now);
      }
    }
  }

  /** Counts a connection against the caps; false where they are reached. */
  boolean acquire(Route.Choice choice) {
    OfHost host = host(choice.name());
    if (!take(cap)) {
      return false;
    }
    if (!take(host.cap)) {
      give(cap);
      return false;
    }
    held++;
    host.held++;
    return true;
  }

  /** A connection that was counted has ended. */
  void release(Route.Choice choice) {
    OfHost host = host(choice.name());
    held--;
    host.held--;
    give(cap);
    give(host.cap);
    if (host.held == 0 && !shapesHosts) {
      hosts.remove(choice.name());
    }
  }

  /** A connection goes to another queue of the loop; false where the caps of that one forbid it. */
  boolean moveTo(Shaping other, Route.Choice choice) {
    OfHost host = host(choice.name());
    OfHost otherHost = other.host(choice.name());
    boolean sameCap = same(cap, other.cap);
    boolean sameHostCap = same(host.cap, otherHost.cap);
    if (!sameCap && !take(other.cap)) {
      return false;
    }
    if (!sameHostCap && !take(otherHost.cap)) {
      if (!sameCap) {
        give(other.cap);
      }
      return false;
    }
    other.held++;
    otherHost.held++;
    held--;
    host.held--;
    if (!sameCap) {
      give(cap);
    }
    if (!sameHostCap) {
      give(host.cap);
    }
    return true;
  }

  private static boolean same(
      ConnectionCap.@Nullable Seat one, ConnectionCap.@Nullable Seat other) {
    return (one == null || other == null) ? one == other : one.cap() == other.cap();
  }

  /** Counts one connection more; who finds no room waits for it. */
  private static boolean take(ConnectionCap.@Nullable Seat seat) {
    if (seat == null || seat.cap().tryAcquire()) {
      return true;
    }
    seat.await();
    return false;
  }

  private static void give(ConnectionCap.@Nullable Seat seat) {
    if (seat != null) {
      seat.cap().release(1);
    }
  }

  /** Counts a connection against the throttles; false where it may not be opened. */
  boolean takeConnection(Route.Choice choice, long now) {
    Throttle.Place place = connections;
    Throttle.Place ofHost = host(choice.name()).connections;
    if ((place != null && !place.take(now)) || (ofHost != null && !ofHost.take(now))) {
      return false;
    }
    home.server().throttleHooks().connectionBegins(queue);
    return true;
  }

  // ---- modules ----

  private boolean heldByModule(Throttle.Kind kind, long now) {
    ThrottleHooks hooks = home.server().throttleHooks();
    Optional<Instant> later = hooks.later(kind, queue, now);
    if (later.isEmpty()) {
      return false;
    }
    heldUntil = later.get().toEpochMilli();
    return true;
  }

  /** When a module lets the queue try again; {@code Long.MAX_VALUE} where none holds it. */
  long heldUntil(long now) {
    return heldUntil > now ? heldUntil : Long.MAX_VALUE;
  }

  // ---- the console ----

  /** The throttles of the queue and of the hosts of {@code route} that hold it back now. */
  List<Throttle.Place> holding(@Nullable Route route, long now) {
    List<Throttle.Place> found = new ArrayList<>();
    add(messages, now, found);
    add(connections, now, found);
    if (route != null && shapesHosts) {
      for (Route.Exchanger exchanger : route.exchangers()) {
        OfHost host = host(exchanger.name());
        add(host.messages, now, found);
        add(host.connections, now, found);
      }
    }
    return found;
  }

  private static void add(Throttle.@Nullable Place place, long now, List<Throttle.Place> found) {
    if (place != null && !place.open(now)) {
      found.add(place);
    }
  }

  /** The caps of the queue and of the hosts of {@code route} that are reached. */
  List<ConnectionCap> reached(@Nullable Route route) {
    List<ConnectionCap> found = new ArrayList<>();
    if (cap != null && !cap.cap().hasRoom()) {
      found.add(cap.cap());
    }
    if (route != null && shapesHosts) {
      for (Route.Exchanger exchanger : route.exchangers()) {
        ConnectionCap.Seat seat = host(exchanger.name()).cap;
        if (seat != null && !seat.cap().hasRoom() && !found.contains(seat.cap())) {
          found.add(seat.cap());
        }
      }
    }
    return found;
  }

  /** Whether any host stanza of {@code generation} says a limit. */
  static boolean shapesHosts(Generation generation) {
    for (Stanza stanza : SendingStanzas.hosts(generation)) {
      HostShapingOptions said =
          generation.options(HostShapingOptions.class, new ScopePath.Within(stanza));
      if (said.outboundThrottleMessages().isPresent()
          || said.outboundThrottleConnections().isPresent()
          || said.scopeMaxOutboundConnections().isPresent()) {
        return true;
      }
    }
    return false;
  }
}
