package org.impetusmta.core.route;

import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.impetusmta.api.config.Configuration;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.hook.ConfigFetchDomainRoutes;
import org.impetusmta.api.hook.DnsGetAs;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.core.hook.HookEntry;
import org.impetusmta.core.hook.HookList;
import org.impetusmta.core.hook.Hooks;
import org.impetusmta.core.metrics.Counters;
import org.impetusmta.core.route.Route.Outcome;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the hosts that take a domain's mail: the gateway, the routes that are listed, else what the
 * DNS says ({@link RouteLookup}). Holds the route cache, at most {@value #MOST} routes, each until
 * the first of its records expires. Concurrent; never blocks: answers are posted to the loop that
 * asked.
 */
@Component(service = Router.class)
public final class Router {
  /** Most routes kept. */
  static final int MOST = 65_536;

  private static final Logger LOG = LoggerFactory.getLogger(Router.class);

  private final Scheduler scheduler;
  private final InstantSource clock;
  private final DnsService dns;
  private final KnownHosts hosts;
  private final RouteLookup lookup;
  private final ConcurrentHashMap<Target, Route> routes = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<Target, Pending> pending = new ConcurrentHashMap<>();
  private final HookList<ConfigFetchDomainRoutes> routeHooks;
  private final AtomicLong refreshed = new AtomicLong();
  private volatile HostRules rules;

  /**
   * A lookup that several wait for.
   *
   * @param first the part of the route that was known first, or the whole
   */
  private record Pending(CompletableFuture<Route> first, CompletableFuture<Route> whole) {}

  public Router(Configuration configuration, Scheduler scheduler, Counters counters) {
    this(
        scheduler,
        new DnsService(configuration, scheduler, counters),
        new HookList<>(),
        new HookList<>());
  }

  @Activate
  public Router(@Reference Scheduler scheduler, @Reference DnsService dns, @Reference Hooks hooks) {
    this(scheduler, dns, hooks.list(DnsGetAs.class), hooks.list(ConfigFetchDomainRoutes.class));
  }

  Router(
      Scheduler scheduler,
      DnsService dns,
      HookList<DnsGetAs> addressHooks,
      HookList<ConfigFetchDomainRoutes> routeHooks) {
    this.routeHooks = routeHooks;
    this.rules = new HostRules(dns.generation().options(RoutingOptions.class, ScopePath.GLOBAL));
    this.scheduler = scheduler;
    this.clock = scheduler.clock();
    this.dns = dns;
    this.hosts = new KnownHosts(scheduler, dns);
    this.lookup = new RouteLookup(dns, hosts, clock, addressHooks, route -> rules().apply(route));
  }

  @Deactivate
  void end() {
    hosts.end();
  }

  /** The rules in force; routes that others made are forgotten. */
  private HostRules rules() {
    HostRules known = rules;
    RoutingOptions now = dns.generation().options(RoutingOptions.class, ScopePath.GLOBAL);
    if (!known.options().equals(now)) {
      known = new HostRules(now);
      rules = known;
      routes.clear();
    }
    return known;
  }

  /** Whether IPv6 addresses come first. */
  public boolean prefersIpv6() {
    return rules.options().preferIpv6Mxs();
  }

  /**
   * The target with the hosts that a module lists for {@code domain}, if one does.
   *
   * @throws IllegalArgumentException when they cannot be read
   */
  public Target listed(String domain, Target target) {
    for (HookEntry<ConfigFetchDomainRoutes> entry : routeHooks.entries()) {
      try {
        Optional<List<String>> listed = entry.hook().configFetchDomainRoutes(domain);
        if (listed.isPresent()) {
          return target.listed(listed.get());
        }
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(entry.module() + " says " + e.getMessage(), e);
      } catch (RuntimeException e) {
        LOG.error("{} failed to list routes of {}", entry.module(), domain, e);
      }
    }
    return target;
  }

  /** The route that is known and valid; an address is a route by itself. */
  public Optional<Route> cached(Target target) {
    HostRules now = rules();
    if (target.items().isEmpty()) {
      Optional<Route> literal = lookup.literal(target);
      if (literal.isPresent()) {
        return literal.map(now::apply);
      }
    }
    Route kept = routes.get(target);
    return kept != null && kept.valid(clock.millis()) ? Optional.of(kept) : Optional.empty();
  }

  /**
   * Looks {@code target} up, once for all who ask meanwhile, and tells {@code then} on the loop.
   */
  public void find(Target target, EventLoop loop, Consumer<Route> then) {
    find(target, loop, part -> {}, then);
  }

  /**
   * @param part may be told first of those hosts whose addresses are known before the others
   */
  public void find(Target target, EventLoop loop, Consumer<Route> part, Consumer<Route> then) {
    Pending mine = new Pending(new CompletableFuture<>(), new CompletableFuture<>());
    Pending running = pending.putIfAbsent(target, mine);
    Pending shared = running == null ? mine : running;
    if (!rules().relays(target.name())) {
      shared
          .first()
          .thenAccept(
              route -> {
                if (!shared.whole().isDone()) {
                  loop.execute(() -> part.accept(route));
                }
              });
    }
    shared.whole().thenAccept(route -> loop.execute(() -> then.accept(route)));
    if (running == null) {
      try {
        scheduler.pool("IO").execute(() -> begin(target, mine));
      } catch (RejectedExecutionException e) {
        LOG.warn("no thread to look up {}: {}", target.name(), e.toString());
        finish(lookup.failure(target, Outcome.TEMPORARY, 0), mine);
      }
    }
  }

  /**
   * Looks the MX hosts of {@code domain} up for the route cache, whatever is known of it.
   *
   * @param domain in lower case
   */
  public void submit(String domain) {
    RouteOptions options =
        dns.generation()
            .options(RouteOptions.class, new ScopePath.Sending("default", "default", domain));
    find(Target.of(domain, options), scheduler.loops().getFirst(), route -> {});
  }

  /**
   * Forgets routes of {@code domain}, or {@code all}, and what they were made of; says how many.
   */
  public int refresh(String domain) {
    int forgotten = 0;
    for (Target target : List.copyOf(routes.keySet())) {
      if (domain.equals("all") || target.name().equals(domain)) {
        Route route = routes.remove(target);
        if (route != null) {
          forgotten++;
          route.exchangers().forEach(e -> dns.forget(e.name()));
        }
        dns.forget(target.name());
      }
    }
    refreshed.incrementAndGet();
    return forgotten;
  }

  /** Changes when routes were forgotten: whoever holds one asks again. */
  public long refreshes() {
    return refreshed.get();
  }

  /** The limit of MX lookups, for the console. */
  public MxRate mxRate() {
    return dns.mxRate();
  }

  /** How many routes are known, the Active Domains of {@code summary}. */
  public int size() {
    return routes.size();
  }

  /** All known routes, for the console. */
  public List<Route> routes() {
    return List.copyOf(routes.values());
  }

  private void begin(Target target, Pending mine) {
    CompletableFuture<Route> found;
    try {
      found = lookup.find(target, mine.first());
    } catch (IOException | RuntimeException e) {
      LOG.error("no lookup of {} is possible: {}", target.name(), e.toString());
      found = CompletableFuture.completedFuture(lookup.failure(target, Outcome.TEMPORARY, 0));
    }
    found.whenComplete(
        (route, failure) -> {
          if (failure != null) {
            LOG.error("lookup of {} failed", target.name(), failure);
          }
          finish(
              failure == null ? rules().apply(route) : lookup.failure(target, Outcome.TEMPORARY, 0),
              mine);
        });
  }

  private void finish(Route route, Pending mine) {
    Route counted = route;
    if (route.outcome() == Outcome.NO_SUCH_DOMAIN) {
      Route before = routes.get(route.target());
      int failures = before == null ? 1 : before.failures() + 1;
      counted =
          new Route(route.target(), route.outcome(), List.of(), route.expiresMillis(), failures);
    }
    if (routes.size() >= MOST) {
      makeRoom();
    }
    routes.put(route.target(), counted);
    pending.remove(route.target(), mine);
    mine.whole().complete(counted);
    mine.first().complete(counted);
  }

  private void makeRoom() {
    long now = clock.millis();
    hosts.forgetUnused();
    routes.values().removeIf(route -> !route.valid(now));
    var rest = routes.keySet().iterator();
    while (routes.size() > MOST - MOST / 8 && rest.hasNext()) {
      rest.next();
      rest.remove();
    }
  }
}
