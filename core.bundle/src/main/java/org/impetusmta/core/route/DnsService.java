package org.impetusmta.core.route;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.impetusmta.api.config.Configuration;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.dns.Dns;
import org.impetusmta.api.dns.DnsAnswer;
import org.impetusmta.api.dns.DnsSockets;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.core.metrics.Counters;
import org.impetusmta.core.net.UdpPorts;
import org.impetusmta.core.route.DnsCache.Answer;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/**
 * The resolver of the configuration in force: a new one, with an empty cache, takes over when an
 * option of the DNS changes or the configuration is loaded anew, for resolv.conf is read with it.
 * Concurrent.
 */
@Component(service = {Dns.class, DnsSockets.class, DnsService.class})
public final class DnsService implements Dns, DnsSockets {
  private static final Logger LOG = LoggerFactory.getLogger(DnsService.class);

  /** Octets of a record's type, class, TTL and length (RFC 1035 section 3.2.1). */
  private static final int FIXED = 10;

  private final Configuration configuration;
  private final Scheduler scheduler;
  private final Counters counters;
  private final AtomicReference<@Nullable InForce> inForce = new AtomicReference<>();
  private final DnsFigures figures = new DnsFigures();
  private final MxRate mxRate;
  private final UdpPorts ports;
  private volatile boolean purging;
  private volatile boolean stopped;

  /** A resolver and the reload of the files that it belongs to. */
  private record InForce(DnsResolver resolver, DnssecOptions dnssec, long reloads) {}

  @Activate
  public DnsService(
      @Reference Configuration configuration,
      @Reference Scheduler scheduler,
      @Reference Counters counters) {
    this.configuration = configuration;
    this.scheduler = scheduler;
    this.counters = counters;
    this.mxRate = new MxRate(scheduler, this::serverOptions);
    DnsServerOptions options = serverOptions();
    this.ports =
        new UdpPorts(
            () -> serverOptions().dnsMaxUdpQueriesPerPort(),
            (int) options.dnsUdpRcvbufSize(),
            (int) options.dnsUdpSndbufSize());
  }

  private DnsServerOptions serverOptions() {
    return configuration.current().options(DnsServerOptions.class, ScopePath.GLOBAL);
  }

  /** The configuration in force. */
  Generation generation() {
    return configuration.current();
  }

  /** Forgets what the DNS said of {@code name}. */
  void forget(String name) {
    InForce now = inForce.get();
    if (now != null) {
      now.resolver().forget(name);
    }
  }

  /** The limit of MX lookups, for the console. */
  public MxRate mxRate() {
    return mxRate;
  }

  long now() {
    return scheduler.clock().millis();
  }

  DnsFigures figures() {
    return figures;
  }

  @Override
  public CompletableFuture<DnsAnswer> lookup(String name, int type) {
    return lookup(name, type, false);
  }

  @Override
  public CompletableFuture<DnsAnswer> validated(String name, int type) {
    return lookup(name, type, true);
  }

  @Override
  public int buffers(int send, int receive) {
    return ports.buffers(send, receive);
  }

  @Override
  public List<Buffers> open() {
    return ports.buffers();
  }

  @Override
  public Buffers fresh() throws IOException {
    return ports.fresh();
  }

  private CompletableFuture<DnsAnswer> lookup(String name, int type, boolean validated) {
    Optional<DnsResolver> known = known(configuration.current());
    if (known.isPresent()) {
      return known.get().find(name, type, validated).thenApply(DnsService::asOnTheWire);
    }
    CompletableFuture<DnsAnswer> answer = new CompletableFuture<>();
    try {
      scheduler.pool("IO").execute(() -> begin(name, type, validated, answer));
    } catch (RejectedExecutionException e) {
      LOG.warn("no thread to look up {}: {}", name, e.toString());
      answer.complete(temporary());
    }
    return answer;
  }

  private void begin(
      String name, int type, boolean validated, CompletableFuture<DnsAnswer> answer) {
    try {
      resolver()
          .find(name, type, validated)
          .whenComplete(
              (found, failure) ->
                  answer.complete(failure == null ? asOnTheWire(found) : temporary()));
    } catch (IOException | RuntimeException e) {
      LOG.error("no lookup of {} is possible: {}", name, e.toString());
      answer.complete(temporary());
    }
  }

  private DnsAnswer temporary() {
    return new DnsAnswer(
        DnsAnswer.Status.TEMPORARY, List.of(), false, scheduler.clock().millis() + 1_000);
  }

  private static DnsAnswer asOnTheWire(Answer answer) {
    return new DnsAnswer(
        answer.status(),
        answer.records().stream().map(DnsService::data).toList(),
        answer.secure(),
        answer.expiresMillis(),
        answer.aliases().stream()
            .map(name -> name.toString(true).toLowerCase(Locale.ROOT))
            .toList());
  }

  /** What follows the name and the fixed fields of a record, nothing compressed. */
  private static ByteBuffer data(Record record) {
    byte[] whole = record.toWire(Section.ANSWER);
    int start = record.getName().length() + FIXED;
    return ByteBuffer.wrap(whole, start, whole.length - start).slice();
  }

  /**
   * The resolver in force. Blocks where it has to be made: it reads a file.
   *
   * @throws IOException when resolv.conf cannot be read
   */
  DnsResolver resolver() throws IOException {
    Generation generation = configuration.current();
    Optional<DnsResolver> known = known(generation);
    if (known.isPresent()) {
      return known.get();
    }
    DnsOptions options = generation.options(DnsOptions.class, ScopePath.GLOBAL);
    DnssecOptions dnssec = generation.options(DnssecOptions.class, ScopePath.GLOBAL);
    DnsResolver fresh =
        new DnsResolver(
            options,
            dnssec,
            scheduler.clock(),
            counters,
            scheduler.pool("IO"),
            ports,
            mxRate,
            figures);
    planPurge(options.dnsCachePurgeInterval());
    inForce.set(new InForce(fresh, dnssec, generation.reloads()));
    return fresh;
  }

  /** Looks through the cache from time to time. */
  private void planPurge(Duration interval) {
    if (!purging) {
      purging = true;
      scheduler.loops().getFirst().schedule(this::purge, interval);
    }
  }

  private void purge() {
    purging = false;
    InForce now = inForce.get();
    if (now != null && !stopped) {
      planPurge(now.resolver().options().dnsCachePurgeInterval());
      try {
        scheduler.pool("IO").execute(now.resolver()::purge);
      } catch (RejectedExecutionException e) {
        LOG.warn("no thread to purge the DNS cache: {}", e.toString());
      }
    }
  }

  @Deactivate
  void deactivate() {
    stopped = true;
  }

  private Optional<DnsResolver> known(Generation generation) {
    InForce known = inForce.get();
    return known != null
            && known.reloads() == generation.reloads()
            && known
                .resolver()
                .options()
                .equals(generation.options(DnsOptions.class, ScopePath.GLOBAL))
            && known.dnssec().equals(generation.options(DnssecOptions.class, ScopePath.GLOBAL))
        ? Optional.of(known.resolver())
        : Optional.empty();
  }
}
