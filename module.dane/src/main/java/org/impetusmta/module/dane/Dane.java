package org.impetusmta.module.dane;

import java.net.Inet6Address;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.impetusmta.api.config.Configuration;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Scopes;
import org.impetusmta.api.delivery.Delivery;
import org.impetusmta.api.dns.Dns;
import org.impetusmta.api.hook.DescribeDomain;
import org.impetusmta.api.hook.OutboundTlsPolicy;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.api.tls.TlsPolicy;
import org.impetusmta.module.dane.Tlsa.State;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * DANE: what the TLSA records of a host demand of TLS to it, where DNSSEC proves the way to it.
 * Records that no certificate can be checked by still demand encryption; a lookup that fails, or
 * finds what is forged, forbids the host for now. Records are kept for as long as the DNS says, at
 * most {@value #MOST} hosts. Concurrent. Source: RFC 7672; modules.dane (2026).
 */
@Module(
    name = "dane",
    kind = Module.Kind.SINGLETON,
    description = "DANE: TLSA records of receiving hosts",
    singleton = "true")
@Component(
    factory = Module.FACTORY + "dane",
    service = {OutboundTlsPolicy.class, DescribeDomain.class})
public final class Dane implements OutboundTlsPolicy, DescribeDomain {
  static final int MOST = 65_536;
  private static final int A = 1;
  private static final int AAAA = 28;
  private static final int TLSA = 52;
  private static final Logger LOG = LoggerFactory.getLogger(Dane.class);
  private static final CompletionStage<Optional<TlsPolicy>> NOTHING =
      CompletableFuture.completedStage(Optional.empty());
  private static final Reply FAILED =
      new Reply(451, "4.7.5", "[internal] TLSA records of the host cannot be had or are forged");

  private final Dns dns;
  private final Scheduler scheduler;
  private final Configuration configuration;
  private final EventLoop home;
  private final ConcurrentHashMap<String, CompletableFuture<Tlsa>> records =
      new ConcurrentHashMap<>();
  private EventLoop.@Nullable Timer timer;
  private boolean ended;

  /** Whether records are obeyed. */
  @OptionSet({Scopes.GLOBAL, Scopes.BINDING_GROUP, Scopes.BINDING, Scopes.DOMAIN})
  public record Options(
      @Option(
              value = "true",
              doc = "Whether TLSA records that were found are obeyed where use_dane is on")
          boolean enableDane) {}

  /** How the records are kept. */
  @OptionSet(Scopes.GLOBAL)
  public record CacheOptions(
      @Option(value = "3600", min = 1, doc = "How often TLSA records that nobody uses are removed")
          Duration tlsaExpireInterval) {}

  @Activate
  public Dane(
      @Reference Dns dns, @Reference Scheduler scheduler, @Reference Configuration configuration) {
    this.dns = dns;
    this.scheduler = scheduler;
    this.configuration = configuration;
    this.home = scheduler.loops().getFirst();
    home.execute(this::expireLater);
  }

  @Deactivate
  void end() {
    home.execute(
        () -> {
          ended = true;
          EventLoop.Timer waiting = timer;
          if (waiting != null) {
            waiting.cancel();
          }
        });
  }

  private void expireLater() {
    if (!ended) {
      timer =
          home.schedule(
              () -> {
                expire(scheduler.clock().millis());
                expireLater();
              },
              configuration
                  .current()
                  .options(CacheOptions.class, ScopePath.GLOBAL)
                  .tlsaExpireInterval());
    }
  }

  private void expire(long now) {
    records.values().removeIf(found -> found.isDone() && found.join().expiresMillis() <= now);
  }

  /** Names whose records are kept. */
  int size() {
    return records.size();
  }

  // ---- the hook ----

  @Override
  public CompletionStage<Optional<TlsPolicy>> outboundTlsPolicy(Delivery delivery) {
    if (!delivery.secureRoute() || !delivery.options(Options.class).enableDane()) {
      return NOTHING;
    }
    String host = delivery.host();
    int port = delivery.address().getPort();
    int type = delivery.address().getAddress() instanceof Inet6Address ? AAAA : A;
    // the answer is known: the way to the host was found by it
    return dns.validated(host, type)
        .thenCompose(
            address -> {
              List<String> bases = new ArrayList<>();
              if (!address.aliases().isEmpty()) {
                bases.add(address.aliases().getLast());
              }
              bases.add(host);
              return first(bases, 0, port)
                  .thenApply(found -> found.flatMap(tlsa -> demand(delivery, tlsa)));
            });
  }

  /** Records and the TLSA base domain that they were found at (RFC 7672 section 2.2.3). */
  private record Found(String base, Tlsa tlsa) {}

  /** What the first of the base domains has that has anything. */
  private CompletableFuture<Optional<Found>> first(List<String> bases, int index, int port) {
    if (index == bases.size()) {
      return CompletableFuture.completedFuture(Optional.empty());
    }
    String base = bases.get(index);
    return tlsa("_" + port + "._tcp." + base)
        .thenCompose(
            tlsa ->
                tlsa.state() == State.NONE
                    ? first(bases, index + 1, port)
                    : CompletableFuture.completedFuture(Optional.of(new Found(base, tlsa))));
  }

  private CompletableFuture<Tlsa> tlsa(String name) {
    CompletableFuture<Tlsa> mine = new CompletableFuture<>();
    while (true) {
      CompletableFuture<Tlsa> kept = records.putIfAbsent(name, mine);
      if (kept == null) {
        break;
      }
      if (!kept.isDone() || kept.join().expiresMillis() > scheduler.clock().millis()) {
        return kept;
      }
      records.remove(name, kept);
    }
    if (records.size() > MOST) {
      makeRoom();
    }
    dns.validated(name, TLSA)
        .whenComplete(
            (answer, failure) -> {
              if (failure != null) {
                LOG.error("the TLSA records of {} cannot be looked up", name, failure);
              } else {
                LOG.debug("{}: {}, secure {}", name, answer.status(), answer.secure());
              }
              mine.complete(
                  failure == null
                      ? Tlsa.of(answer)
                      : new Tlsa(State.FAILED, List.of(), List.of(), 0));
            });
    return mine;
  }

  private void makeRoom() {
    expire(scheduler.clock().millis());
    var rest = records.values().iterator();
    while (records.size() > MOST - MOST / 8 && rest.hasNext()) {
      if (rest.next().isDone()) {
        rest.remove();
      }
    }
  }

  // ---- for the console ----

  @Override
  public List<String> describeHost(String host, int port) {
    String name = "_" + port + "._tcp." + host;
    CompletableFuture<Tlsa> kept = records.get(name);
    Tlsa tlsa = kept == null ? null : kept.getNow(null);
    long now = scheduler.clock().millis();
    if (tlsa == null || tlsa.state() != State.SECURE || tlsa.expiresMillis() <= now) {
      return List.of();
    }
    List<String> lines = new ArrayList<>();
    lines.add(
        "TLSA '%s' has a TTL of %d seconds +dnssec"
            .formatted(name, (tlsa.expiresMillis() - now) / 1_000));
    tlsa.text().forEach(record -> lines.add("  " + record));
    return lines;
  }

  // ---- what holds ----

  private static Optional<TlsPolicy> demand(Delivery delivery, Found found) {
    Tlsa tlsa = found.tlsa();
    boolean failed = tlsa.state() == State.FAILED;
    LinkedHashSet<String> names = new LinkedHashSet<>();
    names.add(found.base());
    names.add(delivery.host());
    delivery.policyDomain().ifPresent(names::add);
    return Optional.of(
        new TlsPolicy(
            TlsPolicy.Source.TLSA,
            true,
            failed || !tlsa.usable().isEmpty()
                ? TlsPolicy.Verification.DANE
                : TlsPolicy.Verification.NONE,
            tlsa.usable(),
            List.copyOf(names),
            failed ? Optional.of(FAILED) : Optional.empty(),
            found.base(),
            tlsa.text()));
  }
}
