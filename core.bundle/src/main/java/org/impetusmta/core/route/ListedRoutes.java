package org.impetusmta.core.route;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.impetusmta.core.route.Route.Exchanger;
import org.impetusmta.core.route.Route.Outcome;

/**
 * Makes one route of the items of {@code routes}. Where no item has a {@code pref}, they are tried
 * in their order, each with all its hosts before the next; else by {@code pref}, the hosts of the
 * DNS by the preference that they have there, and an item without one by its place in the list.
 * Stateless.
 */
final class ListedRoutes {
  private static final int BEYOND_ANY = 65_536;

  private ListedRoutes() {}

  /**
   * @param find looks one target up
   */
  static CompletableFuture<Route> of(
      Target target, Function<Target, CompletableFuture<Route>> find, long now) {
    List<CompletableFuture<Route>> each = new ArrayList<>();
    for (RouteItem item : target.items()) {
      each.add(find.apply(single(target, item)));
    }
    return CompletableFuture.allOf(each.toArray(new CompletableFuture<?>[0]))
        .thenApply(all -> merge(target, each.stream().map(CompletableFuture::join).toList(), now));
  }

  private static Target single(Target target, RouteItem item) {
    int port = item.port() == 0 ? target.port() : item.port();
    return switch (item.kind()) {
      case OWN_MX -> new Target(target.name(), target.mx(), port, target.validated());
      case MX -> new Target(item.name(), true, port, target.validated());
      case HOST -> new Target(item.name(), false, port, target.validated());
    };
  }

  private static Route merge(Target target, List<Route> routes, long now) {
    boolean ranked = target.items().stream().anyMatch(item -> item.preference().isPresent());
    List<Exchanger> exchangers = new ArrayList<>();
    long expires = Long.MAX_VALUE;
    boolean unknown = false;
    for (int i = 0; i < routes.size(); i++) {
      RouteItem item = target.items().get(i);
      Route route = routes.get(i);
      unknown |= route.outcome() == Outcome.TEMPORARY;
      long until =
          item.ttl().isPresent() && route.outcome() == Outcome.FOUND
              ? now + item.ttl().getAsInt() * 1_000L
              : route.expiresMillis();
      expires = Math.min(expires, until);
      for (Exchanger found : route.exchangers()) {
        exchangers.add(
            new Exchanger(
                preference(item, i, ranked, found.preference()),
                found.name(),
                Math.min(until, found.expiresMillis()),
                found.hosts(),
                found.secure()));
      }
    }
    if (exchangers.isEmpty()) {
      Outcome outcome =
          routes.size() == 1
              ? routes.getFirst().outcome()
              : unknown ? Outcome.TEMPORARY : Outcome.NO_ADDRESS;
      return new Route(target, outcome, List.of(), expires, 0);
    }
    exchangers.sort(Comparator.comparingInt(Exchanger::preference));
    return new Route(target, Outcome.FOUND, exchangers, expires, 0);
  }

  private static int preference(RouteItem item, int place, boolean ranked, int dns) {
    if (!ranked) {
      return Math.min(place, Short.MAX_VALUE - 1) * BEYOND_ANY
          + (item.kind() == RouteItem.Kind.HOST ? 0 : dns);
    }
    return item.preference().orElse(item.kind() == RouteItem.Kind.HOST ? place : dns);
  }
}
