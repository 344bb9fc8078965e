package org.impetusmta.core.route;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.InetAddress;
import java.net.InetSocketAddress;
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
import java.util.function.Consumer;
import org.impetusmta.api.config.Configuration;
import org.impetusmta.api.dns.DnsAnswer.Status;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.core.metrics.Counters;
import org.impetusmta.core.route.DnsCache.Answer;
import org.impetusmta.core.route.Route.Exchanger;
import org.impetusmta.core.route.Route.Outcome;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
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

  private static final Logger LOG = LoggerFactory.getLogger(Router.class);

  private final Scheduler scheduler;
  private final InstantSource clock;
  private final DnsService dns;
  private final ConcurrentHashMap<Target, Route> routes = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<Target, CompletableFuture<Route>> lookups =
      new ConcurrentHashMap<>();
  private final ConcurrentHashMap<InetSocketAddress, WeakReference<Host>> hosts =
      new ConcurrentHashMap<>();

  public Router(Configuration configuration, Scheduler scheduler, Counters counters) {
    this(scheduler, new DnsService(configuration, scheduler, counters));
  }

  @Activate
  public Router(@Reference Scheduler scheduler, @Reference DnsService dns) {
    this.scheduler = scheduler;
    this.clock = scheduler.clock();
    this.dns = dns;
  }

  /** The route that is known and valid; an address is a route by itself. */
  public Optional<Route> cached(Target target) {
    if (!target.mx()) {
      Optional<InetAddress> address = Addresses.parse(target.name());
      if (address.isPresent()) {
        Host host = host(new InetSocketAddress(address.get(), target.port()));
        Exchanger exchanger = new Exchanger(0, target.name(), Long.MAX_VALUE, List.of(host), false);
        return Optional.of(new Route(target, Outcome.FOUND, List.of(exchanger), Long.MAX_VALUE, 0));
      }
    }
    Route kept = routes.get(target);
    return kept != null && kept.valid(clock.millis()) ? Optional.of(kept) : Optional.empty();
  }

  /**
   * Looks {@code target} up, once for all who ask meanwhile, and tells {@code then} on the loop.
   */
  public void find(Target target, EventLoop loop, Consumer<Route> then) {
    CompletableFuture<Route> mine = new CompletableFuture<>();
    CompletableFuture<Route> running = lookups.putIfAbsent(target, mine);
    CompletableFuture<Route> lookup = running == null ? mine : running;
    lookup.thenAccept(route -> loop.execute(() -> then.accept(route)));
    if (running == null) {
      try {
        scheduler.pool("IO").execute(() -> begin(target, mine));
      } catch (RejectedExecutionException e) {
        LOG.warn("no thread to look up {}: {}", target.name(), e.toString());
        finish(failure(target, Outcome.TEMPORARY, 0), mine);
      }
    }
  }

  /** How many routes are known, the Active Domains of {@code summary}. */
  public int size() {
    return routes.size();
  }

  /** All known routes, for the console. */
  public List<Route> routes() {
    return List.copyOf(routes.values());
  }

  private void begin(Target target, CompletableFuture<Route> mine) {
    CompletableFuture<Route> found;
    try {
      DnsResolver resolver = dns.resolver();
      found = target.mx() ? exchangers(target, resolver) : host(target, resolver);
    } catch (IOException | RuntimeException e) {
      LOG.error("no lookup of {} is possible: {}", target.name(), e.toString());
      found = CompletableFuture.completedFuture(failure(target, Outcome.TEMPORARY, 0));
    }
    found.whenComplete(
        (route, failure) -> {
          if (failure != null) {
            LOG.error("lookup of {} failed", target.name(), failure);
          }
          finish(failure == null ? route : failure(target, Outcome.TEMPORARY, 0), mine);
        });
  }

  private void finish(Route route, CompletableFuture<Route> mine) {
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
    mine.complete(counted);
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

  private CompletableFuture<Route> exchangers(Target target, DnsResolver dns) {
    return dns.exchangers(target.name(), target.validated())
        .thenCompose(
            answer ->
                switch (answer.status()) {
                  case FOUND -> resolve(target, answer, dns);
                  // implicit MX
                  case NO_SUCH_RECORD ->
                      host(target, dns)
                          .thenApply(route -> answer.secure() ? route : unproven(route));
                  case NO_SUCH_DOMAIN, TEMPORARY, BOGUS ->
                      answer.status() == Status.NO_SUCH_DOMAIN
                          // the hosts file may know what the DNS does not
                          ? host(target, dns)
                          : CompletableFuture.completedFuture(
                              failure(target, Outcome.TEMPORARY, answer.expiresMillis()));
                });
  }

  private CompletableFuture<Route> resolve(Target target, Answer answer, DnsResolver dns) {
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
    List<CompletableFuture<Answer>> addresses = new ArrayList<>();
    for (MXRecord mx : records) {
      addresses.add(dns.addresses(mx.getTarget().toString(true), target.validated()));
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
