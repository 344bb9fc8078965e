package org.impetusmta.core.route;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import org.impetusmta.api.config.CidrSet;
import org.impetusmta.core.route.Route.Exchanger;
import org.impetusmta.core.route.Route.Outcome;

/**
 * What the operator says of hosts that routing has found: {@code prohibited_hosts} denies the whole
 * domain, {@code skip_hosts} leaves addresses out, {@code only_use_best_mx_for_relay_domains}
 * leaves the best preference. Immutable.
 */
final class HostRules {
  private final RoutingOptions options;
  private final CidrSet prohibited;
  private final CidrSet skipped;
  private final DomainGlobs relayDomains;
  private final DomainGlobs bounceDomains;

  HostRules(RoutingOptions options) {
    this.options = options;
    this.prohibited = options.prohibitedHosts().orElse(CidrSet.EMPTY);
    this.skipped = options.skipHosts().orElse(CidrSet.EMPTY);
    this.relayDomains = new DomainGlobs(options.relayDomains().orElse(List.of()));
    this.bounceDomains = new DomainGlobs(options.bounceDomains().orElse(List.of()));
  }

  RoutingOptions options() {
    return options;
  }

  /** Whether mail for {@code domain} is relayed for everybody. */
  boolean relays(String domain) {
    return relayDomains.contains(domain);
  }

  /** The route that is left. */
  Route apply(Route route) {
    if (route.outcome() != Outcome.FOUND) {
      return route;
    }
    boolean best =
        options.onlyUseBestMxForRelayDomains()
            && route.target().mx()
            && (relays(route.target().name()) || bounceDomains.contains(route.target().name()));
    List<Exchanger> left = new ArrayList<>();
    for (Exchanger exchanger : route.exchangers()) {
      if (exchanger.hosts().stream().anyMatch(host -> prohibited.contains(address(host)))) {
        return without(route, Outcome.PROHIBITED);
      }
      List<Host> hosts =
          exchanger.hosts().stream().filter(host -> !skipped.contains(address(host))).toList();
      if (!hosts.isEmpty()
          && (!best || exchanger.preference() == route.exchangers().getFirst().preference())) {
        left.add(
            new Exchanger(
                exchanger.preference(),
                exchanger.name(),
                exchanger.expiresMillis(),
                hosts,
                exchanger.secure()));
      }
    }
    return left.isEmpty()
        ? without(route, Outcome.NO_ADDRESS)
        : new Route(route.target(), Outcome.FOUND, left, route.expiresMillis(), 0);
  }

  private static InetAddress address(Host host) {
    return host.address().getAddress();
  }

  private static Route without(Route route, Outcome outcome) {
    return new Route(route.target(), outcome, List.of(), route.expiresMillis(), 0);
  }
}
