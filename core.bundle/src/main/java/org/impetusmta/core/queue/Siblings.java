package org.impetusmta.core.queue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.impetusmta.api.hook.OutboundTlsPolicy;
import org.impetusmta.api.hook.PremigrateOutboundConnection;
import org.impetusmta.core.hook.HookEntry;
import org.impetusmta.core.hook.HookList;
import org.impetusmta.core.hook.Hooks;
import org.impetusmta.core.route.Host;
import org.impetusmta.core.route.Route;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Idle connections of one loop that another domain can use: of the same binding, to the same MX
 * host, with the same options for both domains. They change hands while they have no message.
 *
 * <p>Where a module demands TLS of connections by the domain (DANE, MTA-STS), none does: what was
 * proven for one domain is not for another. Single: belongs to its loop. Source:
 * conf.ref.migrate_connections_between_sibling_domains.
 */
final class Siblings {
  private static final Logger LOG = LoggerFactory.getLogger(Siblings.class);

  private final LoopMailQueues server;
  private final HookList<OutboundTlsPolicy> policies;
  private final HookList<PremigrateOutboundConnection> told;
  private final Map<Host, Set<OutboundConnection>> idle = new HashMap<>();
  private final Map<Host, Set<MailQueue>> wanting = new HashMap<>();

  Siblings(LoopMailQueues server, Hooks hooks) {
    this.server = server;
    this.policies = hooks.list(OutboundTlsPolicy.class);
    this.told = hooks.list(PremigrateOutboundConnection.class);
  }

  private boolean off() {
    return !server.options().migrateConnectionsBetweenSiblingDomains() || !policies.isEmpty();
  }

  /** A connection has no mail; says which queue could use it. */
  Optional<MailQueue> idle(OutboundConnection connection) {
    if (off()) {
      return Optional.empty();
    }
    idle.computeIfAbsent(connection.hostRecord(), _ -> new LinkedHashSet<>(2)).add(connection);
    for (MailQueue queue : wanting.getOrDefault(connection.hostRecord(), Set.of())) {
      if (queue.binding().equals(connection.binding())) {
        return Optional.of(queue);
      }
    }
    return Optional.empty();
  }

  /** A connection has mail again, or has ended, or was lent. */
  void notIdle(OutboundConnection connection) {
    remove(idle, connection.hostRecord(), connection);
  }

  /** A queue has mail for more connections than it may open now. */
  void wants(MailQueue queue, Route route) {
    if (!off()) {
      for (Host host : hosts(route)) {
        wanting.computeIfAbsent(host, _ -> new LinkedHashSet<>(2)).add(queue);
      }
    }
  }

  /** It does no longer. */
  void wantsNot(MailQueue queue, Route route) {
    for (Host host : hosts(route)) {
      remove(wanting, host, queue);
    }
  }

  private static <T> void remove(Map<Host, Set<T>> from, Host host, T gone) {
    Set<T> known = from.get(host);
    if (known != null && known.remove(gone) && known.isEmpty()) {
      from.remove(host);
    }
  }

  private static List<Host> hosts(Route route) {
    List<Host> all = new ArrayList<>(2);
    route.exchangers().forEach(exchanger -> all.addAll(exchanger.hosts()));
    return all;
  }

  /** Whether any connection is idle that another queue might have. */
  boolean mayLend() {
    return !idle.isEmpty() && !off();
  }

  /**
   * An idle connection that {@code queue} may have: to a host of the preference that its next
   * connection would go to.
   *
   * @param best where that would go
   */
  @Nullable OutboundConnection find(MailQueue queue, Route route, Route.Choice best) {
    int preference = -1;
    for (Route.Exchanger exchanger : route.exchangers()) {
      if (exchanger.hosts().contains(best.host())) {
        preference = exchanger.preference();
        break;
      }
    }
    for (Route.Exchanger exchanger : route.exchangers()) {
      for (Host host : exchanger.preference() == preference ? exchanger.hosts() : List.<Host>of()) {
        for (OutboundConnection connection : idle.getOrDefault(host, Set.of())) {
          if (connection.choice().name().equals(exchanger.name()) && connection.mayServe(queue)) {
            return connection;
          }
        }
      }
    }
    return null;
  }

  /** Tells modules that a connection changes hands. */
  void tell(OutboundConnection connection, MailQueue from, MailQueue to) {
    for (HookEntry<PremigrateOutboundConnection> entry : told.entries()) {
      try {
        entry.hook().premigrateOutboundConnection(connection, from.domain(), to.domain());
      } catch (RuntimeException e) {
        LOG.error("{} failed in premigrate_outbound_connection", entry.module(), e);
      }
    }
  }
}
