package org.impetusmta.core.route;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.UnaryOperator;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.dns.DnsAnswer.Status;
import org.impetusmta.api.hook.DnsGetAs;
import org.impetusmta.core.hook.HookEntry;
import org.impetusmta.core.hook.HookList;
import org.impetusmta.core.route.DnsCache.Answer;
import org.impetusmta.core.route.Route.Exchanger;
import org.impetusmta.core.route.Route.Outcome;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.MXRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;

/**
 * Makes routes of what the DNS says (RFC 5321 section 5.1): the MX hosts with their addresses, else
 * the domain's own address; a null MX (RFC 7505) means none. Where lookups of MX fail again and
 * again, {@code mx_failures_fallback_to_a} has the address asked for instead. Keeps no routes.
 * Concurrent.
 */
final class RouteLookup {
  /** Most MX hosts of a route, those of the best preference. */
  static final int MOST_EXCHANGERS = 64;

  /** Most addresses of a host. */
  static final int MOST_ADDRESSES = 64;

  private static final Logger LOG = LoggerFactory.getLogger(RouteLookup.class);

  private final DnsService dns;
  private final KnownHosts hosts;
  private final InstantSource clock;
  private final HookList<DnsGetAs> addressHooks;
  private final UnaryOperator<Route> rules;

  /** How many MX lookups in a row have failed. */
  private final ConcurrentHashMap<Target, Integer> mxFailures = new ConcurrentHashMap<>();

  /**
   * @param rules takes out of a route what may not be used
   */
  RouteLookup(
      DnsService dns,
      KnownHosts hosts,
      InstantSource clock,
      HookList<DnsGetAs> addressHooks,
      UnaryOperator<Route> rules) {
    this.dns = dns;
    this.hosts = hosts;
    this.clock = clock;
    this.addressHooks = addressHooks;
    this.rules = rules;
  }

  /**
   * Looks a target up; no rules are applied to the outcome.
   *
   * @param first told of those hosts whose addresses are known before the others, if there are any,
   *     with rules applied
   * @throws IOException when the DNS cannot be asked
   */
  CompletableFuture<Route> find(Target target, CompletableFuture<Route> first) throws IOException {
    DnsResolver resolver = dns.resolver();
    return target.items().isEmpty()
        ? one(target, resolver, first)
        : ListedRoutes.of(target, item -> one(item, resolver, null), clock.millis());
  }

  private CompletableFuture<Route> one(
      Target target, DnsResolver resolver, @Nullable CompletableFuture<Route> first) {
    Optional<Route> literal = literal(target);
    if (literal.isPresent()) {
      return CompletableFuture.completedFuture(literal.get());
    }
    return target.mx() ? exchangers(target, resolver, first) : host(target, resolver);
  }

  /** The route of a target that is an address; empty: it is a name. */
  Optional<Route> literal(Target target) {
    return target.mx()
        ? Optional.empty()
        : Addresses.parse(target.name())
            .map(
                address -> {
                  Host host = hosts.of(new InetSocketAddress(address, target.port()));
                  Exchanger exchanger =
                      new Exchanger(0, target.name(), Long.MAX_VALUE, List.of(host), false);
                  return new Route(target, Outcome.FOUND, List.of(exchanger), Long.MAX_VALUE, 0);
                });
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
      Target target, DnsResolver dns, @Nullable CompletableFuture<Route> first) {
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
                case FOUND -> resolve(target, answer, dns, first);
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
    if (mxFailures.size() >= Router.MOST) {
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
      Target target, Answer answer, DnsResolver dns, @Nullable CompletableFuture<Route> first) {
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
    if (first != null) {
      addresses.forEach(
          one -> one.thenAccept(a -> part(target, answer, records, addresses, first)));
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
      CompletableFuture<Route> first) {
    if (!first.isDone()) {
      Answer unknown = new Answer(Status.TEMPORARY, List.of(), false, clock.millis() + 1_000);
      Route known =
          rules.apply(
              assemble(
                  target, mx, records, addresses.stream().map(a -> a.getNow(unknown)).toList()));
      if (known.outcome() == Outcome.FOUND) {
        first.complete(known);
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
                records.get(i).getTarget().toString(true).toLowerCase(Locale.ROOT),
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

  /** No route. */
  Route failure(Target target, Outcome outcome, long expiresMillis) {
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
        case ARecord a -> found.add(hosts.of(new InetSocketAddress(a.getAddress(), port)));
        case AAAARecord aaaa -> found.add(hosts.of(new InetSocketAddress(aaaa.getAddress(), port)));
        default -> LOG.debug("not an address: {}", record);
      }
    }
    return found;
  }
}
