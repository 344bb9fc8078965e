package org.impetusmta.core.route;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.impetusmta.api.config.Configuration;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.dns.DnsAnswer.Status;
import org.impetusmta.api.hook.ConfigFetchDomainRoutes;
import org.impetusmta.api.hook.DnsGetAs;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.core.hook.HookEntry;
import org.impetusmta.core.hook.HookList;
import org.impetusmta.core.hook.Hooks;
import org.impetusmta.core.metrics.Counters;
import org.impetusmta.core.route.DnsCache.Answer;
import org.impetusmta.core.route.Route.Exchanger;
import org.impetusmta.core.route.Route.Outcome;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.MXRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;

/**
 * Finds the hosts that take a domain's mail (RFC 5321 section 5.1): the gateway, else the MX hosts,
 * else the domain's own address; a null MX (RFC 7505) means none. Holds the route cache, at most
 * {@value #MOST} routes, each until the first of its records expires. Concurrent; never blocks:
 * answers are posted to the loop that asked.
 */
@Component(service = Router.class)
public final class Router {
  /** Most routes kept. */
  static final int MOST = 65_536;

  /** Most MX hosts of a route, those of the best preference. */
  static final int MOST_EXCHANGERS = 64;

  /** Most addresses of a host. */
  static final int MOST_ADDRESSES = 64;

  private static final Logger LOG = LoggerFactory.getLogger(Router.class);

  /** How often it is looked whether measurements are to be thrown away. */
  private static final Duration LOOK = Duration.ofSeconds(60);

  private final Scheduler scheduler;
  private final InstantSource clock;
  private final DnsService dns;
  private final ConcurrentHashMap<Target, Route> routes = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<Target, Lookup> lookups = new ConcurrentHashMap<>();

  /** How many MX lookups in a row have failed. */
  private final ConcurrentHashMap<Target, Integer> mxFailures = new ConcurrentHashMap<>();

  private final HookList<DnsGetAs> addressHooks;
  private final HookList<ConfigFetchDomainRoutes> routeHooks;
  private final AtomicLong refreshed = new AtomicLong();
  private volatile HostRules rules;

  /** When measurements were thrown away last. */
  private long cleansedMillis;

  private volatile boolean ended;

  /**
   * A lookup that several wait for.
   *
   * @param first the part of the route that was known first, or the whole
   */
  private record Lookup(CompletableFuture<Route> first, CompletableFuture<Route> whole) {}

  private final ConcurrentHashMap<InetSocketAddress, WeakReference<Host>> hosts =
      new ConcurrentHashMap<>();

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
    this.addressHooks = addressHooks;
    this.routeHooks = routeHooks;
    this.rules = new HostRules(dns.generation().options(RoutingOptions.class, ScopePath.GLOBAL));
    this.scheduler = scheduler;
    this.clock = scheduler.clock();
    this.dns = dns;
    this.cleansedMillis = clock.millis();
    cleanseLater();
  }

  @Deactivate
  void end() {
    ended = true;
  }

  private AddressMetricsOptions metrics() {
    return dns.generation().options(AddressMetricsOptions.class, ScopePath.GLOBAL);
  }

  private void cleanseLater() {
    Duration interval = metrics().addressMetricsCleanseInterval();
    EventLoop home = scheduler.loops().getFirst();
    home.execute(
        () -> {
          if (!ended) {
            home.schedule(this::look, interval.compareTo(LOOK) < 0 ? interval : LOOK);
          }
        });
  }

  private void look() {
    if (ended) {
      return;
    }
    AddressMetricsOptions metrics = metrics();
    long now = clock.millis();
    if (now - cleansedMillis >= metrics.addressMetricsCleanseInterval().toMillis()) {
      cleansedMillis = now;
      try {
        scheduler
            .pool("IO")
            .execute(() -> cleanse(now - metrics.addressMetricsLifetime().toMillis()));
      } catch (RejectedExecutionException e) {
        LOG.debug("no thread to throw measurements of hosts away: {}", e.toString());
      }
    }
    cleanseLater();
  }

  /** Forgets what was measured of hosts before {@code before}, and hosts that nobody knows. */
  private void cleanse(long before) {
    int forgotten = 0;
    for (WeakReference<Host> reference : hosts.values()) {
      Host host = reference.get();
      forgotten += host != null && host.forget(before) ? 1 : 0;
    }
    hosts.values().removeIf(reference -> reference.get() == null);
    LOG.debug("measurements of {} hosts were out of date", forgotten);
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
      Optional<Route> literal = literal(target);
      if (literal.isPresent()) {
        return literal.map(now::apply);
      }
    }
    Route kept = routes.get(target);
    return kept != null && kept.valid(clock.millis()) ? Optional.of(kept) : Optional.empty();
  }

  private Optional<Route> literal(Target target) {
    return target.mx()
        ? Optional.empty()
        : Addresses.parse(target.name())
            .map(
                address -> {
                  Host host = host(new InetSocketAddress(address, target.port()));
                  Exchanger exchanger =
                      new Exchanger(0, target.name(), Long.MAX_VALUE, List.of(host), false);
                  return new Route(target, Outcome.FOUND, List.of(exchanger), Long.MAX_VALUE, 0);
                });
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
    Lookup mine = new Lookup(new CompletableFuture<>(), new CompletableFuture<>());
    Lookup running = lookups.putIfAbsent(target, mine);
    Lookup lookup = running == null ? mine : running;
    if (!rules().relays(target.name())) {
      lookup
          .first()
          .thenAccept(
              route -> {
                if (!lookup.whole().isDone()) {
                  loop.execute(() -> part.accept(route));
                }
              });
    }
    lookup.whole().thenAccept(route -> loop.execute(() -> then.accept(route)));
    if (running == null) {
      try {
        scheduler.pool("IO").execute(() -> begin(target, mine));
      } catch (RejectedExecutionException e) {
        LOG.warn("no thread to look up {}: {}", target.name(), e.toString());
        finish(failure(target, Outcome.TEMPORARY, 0), mine);
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

  private void begin(Target target, Lookup mine) {
    CompletableFuture<Route> found;
    try {
      DnsResolver resolver = dns.resolver();
      found =
          target.items().isEmpty()
              ? one(target, resolver, mine)
              : ListedRoutes.of(target, item -> one(item, resolver, null), clock.millis());
    } catch (IOException | RuntimeException e) {
      LOG.error("no lookup of {} is possible: {}", target.name(), e.toString());
      found = CompletableFuture.completedFuture(failure(target, Outcome.TEMPORARY, 0));
    }
    found.whenComplete(
        (route, failure) -> {
          if (failure != null) {
            LOG.error("lookup of {} failed", target.name(), failure);
          }
          finish(
              failure == null ? rules().apply(route) : failure(target, Outcome.TEMPORARY, 0), mine);
        });
  }

  private CompletableFuture<Route> one(
      Target target, DnsResolver resolver, @Nullable Lookup whose) {
    Optional<Route> literal = literal(target);
    if (literal.isPresent()) {
      return CompletableFuture.completedFuture(literal.get());
    }
    return target.mx() ? exchangers(target, resolver, whose) : host(target, resolver);
  }

  private void finish(Route route, Lookup mine) {
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
    lookups.remove(route.target(), mine);
    mine.whole().complete(counted);
    mine.first().complete(counted);
  }

  private CompletableFuture<Route> host(Target target, DnsResolver dns) {
    return dns.addresses(target.name(), target.validated())
        .thenApply(answer -> single(target, answer));
  }

  /** The route of a name that stands for itself. */
  private Route single(Target target, Answer answer) {
    return switch (answer.status()) {
      case FOUND -> {
        Exchanger exchanger =
            new Exchanger(
                0,
                target.name(),
                answer.expiresMillis(),
                hosts(answer, target.port()),
                answer.secure());
        yield new Route(target, Outcome.FOUND, List.of(exchanger), answer.expiresMillis(), 0);
      }
      case NO_SUCH_DOMAIN -> failure(target, Outcome.NO_SUCH_DOMAIN, answer.expiresMillis());
      case NO_SUCH_RECORD -> failure(target, Outcome.NO_ADDRESS, answer.expiresMillis());
      case TEMPORARY, BOGUS -> failure(target, Outcome.TEMPORARY, answer.expiresMillis());
    };
  }

  private CompletableFuture<Route> exchangers(
      Target target, DnsResolver dns, @Nullable Lookup whose) {
    int most =
        this.dns
            .generation()
            .options(RouteOptions.class, new ScopePath.Sending("default", "default", target.name()))
            .mxFailuresFallbackToA();
    if (most < 0 && mxFailures.containsKey(target)) {
      return host(target, dns);
    }
    return dns.exchangers(target.name(), target.validated())
        .thenCompose(
            answer -> {
              int failures = failures(target, answer);
              return switch (answer.status()) {
                case FOUND -> resolve(target, answer, dns, whose);
                // implicit MX
                case NO_SUCH_RECORD ->
                    host(target, dns).thenApply(route -> answer.secure() ? route : unproven(route));
                // the hosts file may know what the DNS does not
                case NO_SUCH_DOMAIN -> host(target, dns);
                case TEMPORARY ->
                    failures >= Math.max(1, most)
                        ? host(target, dns).thenApply(route -> instead(route, answer))
                        : temporary(target, answer);
                case BOGUS -> temporary(target, answer);
              };
            });
  }

  private CompletableFuture<Route> temporary(Target target, Answer answer) {
    return CompletableFuture.completedFuture(
        failure(target, Outcome.TEMPORARY, answer.expiresMillis()));
  }

  /** Counts failures of the DNS in a row. */
  private int failures(Target target, Answer answer) {
    if (answer.status() != Status.TEMPORARY) {
      mxFailures.remove(target);
      return 0;
    }
    if (mxFailures.size() >= MOST) {
      mxFailures.clear();
    }
    return mxFailures.merge(target, 1, Integer::sum);
  }

  /** The domain's own address in place of MX hosts that nobody names: proven by nothing. */
  private Route instead(Route route, Answer mx) {
    return route.outcome() == Outcome.FOUND
        ? unproven(route)
        : failure(route.target(), Outcome.TEMPORARY, mx.expiresMillis());
  }

  private CompletableFuture<Route> resolve(
      Target target, Answer answer, DnsResolver dns, @Nullable Lookup whose) {
    List<MXRecord> records = new ArrayList<>();
    boolean nullMx = false;
    for (Record record : answer.records()) {
      if (record instanceof MXRecord mx) {
        if (mx.getTarget().equals(Name.root)) {
          nullMx = true;
        } else {
          records.add(mx);
        }
      }
    }
    if (records.isEmpty()) {
      Outcome outcome = nullMx ? Outcome.NULL_MX : Outcome.NO_ADDRESS;
      return CompletableFuture.completedFuture(
          new Route(target, outcome, List.of(), answer.expiresMillis(), 0));
    }
    Collections.shuffle(records, ThreadLocalRandom.current());
    records.sort(Comparator.comparingInt(MXRecord::getPriority));
    if (records.size() > MOST_EXCHANGERS) {
      records.subList(MOST_EXCHANGERS, records.size()).clear();
    }
    List<CompletableFuture<Answer>> addresses = new ArrayList<>();
    for (MXRecord mx : records) {
      addresses.add(addresses(mx, target, dns));
    }
    if (whose != null) {
      addresses.forEach(
          one -> one.thenAccept(a -> part(target, answer, records, addresses, whose)));
    }
    return CompletableFuture.allOf(addresses.toArray(new CompletableFuture<?>[0]))
        .thenApply(
            all ->
                assemble(
                    target,
                    answer,
                    records,
                    addresses.stream().map(CompletableFuture::join).toList()));
  }

  /** Tells those who do not wait for all of it what is known of a route. */
  private void part(
      Target target,
      Answer mx,
      List<MXRecord> records,
      List<CompletableFuture<Answer>> addresses,
      Lookup whose) {
    if (!whose.first().isDone()) {
      Answer unknown = new Answer(Status.TEMPORARY, List.of(), false, clock.millis() + 1_000);
      Route known =
          rules()
              .apply(
                  assemble(
                      target,
                      mx,
                      records,
                      addresses.stream().map(a -> a.getNow(unknown)).toList()));
      if (known.outcome() == Outcome.FOUND) {
        whose.first().complete(known);
      }
    }
  }

  /** What a module says of the host's addresses, or the DNS. */
  private CompletableFuture<Answer> addresses(MXRecord mx, Target target, DnsResolver dns) {
    String name = mx.getTarget().toString(true);
    for (HookEntry<DnsGetAs> entry : addressHooks.entries()) {
      try {
        Optional<DnsGetAs.Addresses> given = entry.hook().dnsGetAs(name);
        if (given.isPresent()) {
          return CompletableFuture.completedFuture(
              dns.given(mx.getTarget(), given.get().addresses(), given.get().ttl()));
        }
      } catch (RuntimeException e) {
        LOG.error("{} failed to find addresses of {}", entry.module(), name, e);
      }
    }
    return dns.addresses(name, target.validated());
  }

  private Route assemble(Target target, Answer mx, List<MXRecord> records, List<Answer> addresses) {
    List<Exchanger> exchangers = new ArrayList<>();
    long expires = mx.expiresMillis();
    boolean unknown = false;
    for (int i = 0; i < records.size(); i++) {
      Answer answer = addresses.get(i);
      expires = Math.min(expires, answer.expiresMillis());
      unknown |= answer.status() == Status.TEMPORARY || answer.status() == Status.BOGUS;
      if (answer.status() == Status.FOUND) {
        exchangers.add(
            new Exchanger(
                records.get(i).getPriority(),
                records.get(i).getTarget().toString(true).toLowerCase(java.util.Locale.ROOT),
                answer.expiresMillis(),
                hosts(answer, target.port()),
                mx.secure() && answer.secure()));
      }
    }
    if (exchangers.isEmpty()) {
      return new Route(
          target, unknown ? Outcome.TEMPORARY : Outcome.NO_ADDRESS, List.of(), expires, 0);
    }
    return new Route(target, Outcome.FOUND, exchangers, expires, 0);
  }

  /** The same hosts, which nothing proves to be those of the domain. */
  private static Route unproven(Route route) {
    return new Route(
        route.target(),
        route.outcome(),
        route.exchangers().stream()
            .map(e -> new Exchanger(e.preference(), e.name(), e.expiresMillis(), e.hosts(), false))
            .toList(),
        route.expiresMillis(),
        route.failures());
  }

  private Route failure(Target target, Outcome outcome, long expiresMillis) {
    long expires = expiresMillis == 0 ? clock.millis() + 10_000 : expiresMillis;
    return new Route(target, outcome, List.of(), expires, 0);
  }

  private List<Host> hosts(Answer answer, int port) {
    List<Host> found = new ArrayList<>();
    for (Record record : answer.records()) {
      if (found.size() == MOST_ADDRESSES) {
        break;
      }
      switch (record) {
        case ARecord a -> found.add(host(new InetSocketAddress(a.getAddress(), port)));
        case AAAARecord aaaa -> found.add(host(new InetSocketAddress(aaaa.getAddress(), port)));
        default -> LOG.debug("not an address: {}", record);
      }
    }
    return found;
  }

  /** The one {@link Host} of an address for as long as a route or a connection holds it. */
  private Host host(InetSocketAddress named) {
    InetSocketAddress address = plain(named);
    while (true) {
      WeakReference<Host> known = hosts.get(address);
      Host host = known == null ? null : known.get();
      if (host != null) {
        return host;
      }
      Host fresh = new Host(address);
      WeakReference<Host> reference = new WeakReference<>(fresh);
      boolean mine =
          known == null
              ? hosts.putIfAbsent(address, reference) == null
              : hosts.replace(address, known, reference);
      if (mine) {
        return fresh;
      }
    }
  }

  /** The address without the name that the record gave it, so that equal means equal. */
  private static InetSocketAddress plain(InetSocketAddress named) {
    try {
      return new InetSocketAddress(
          InetAddress.getByAddress(named.getAddress().getAddress()), named.getPort());
    } catch (java.net.UnknownHostException e) {
      throw new IllegalArgumentException("an address of impossible length: " + named, e);
    }
  }

  private void makeRoom() {
    long now = clock.millis();
    hosts.values().removeIf(reference -> reference.get() == null);
    routes.values().removeIf(route -> !route.valid(now));
    var rest = routes.keySet().iterator();
    while (routes.size() > MOST - MOST / 8 && rest.hasNext()) {
      rest.next();
      rest.remove();
    }
  }
}
