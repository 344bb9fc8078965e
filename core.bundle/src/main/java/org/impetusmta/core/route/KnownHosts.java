package org.impetusmta.core.route;

import java.lang.ref.WeakReference;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.scheduler.Scheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one {@link Host} of each address, for as long as a route or a connection holds it. What was
 * measured of hosts is thrown away when it is out of date, as {@link AddressMetricsOptions} say.
 * Concurrent.
 */
final class KnownHosts {
  private static final Logger LOG = LoggerFactory.getLogger(KnownHosts.class);

  /** How often it is looked whether measurements are to be thrown away. */
  private static final Duration LOOK = Duration.ofSeconds(60);

  private final Scheduler scheduler;
  private final InstantSource clock;
  private final DnsService dns;
  private final ConcurrentHashMap<InetSocketAddress, WeakReference<Host>> hosts =
      new ConcurrentHashMap<>();

  /** When measurements were thrown away last. */
  private long cleansedMillis;

  private volatile boolean ended;

  /**
   * @param dns knows the options in force
   */
  KnownHosts(Scheduler scheduler, DnsService dns) {
    this.scheduler = scheduler;
    this.clock = scheduler.clock();
    this.dns = dns;
    this.cleansedMillis = clock.millis();
    cleanseLater();
  }

  /** Nothing is thrown away any more. */
  void end() {
    ended = true;
  }

  /** The host of an address. */
  Host of(InetSocketAddress named) {
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
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("an address of impossible length: " + named, e);
    }
  }

  /** Forgets hosts that nobody holds. */
  void forgetUnused() {
    hosts.values().removeIf(reference -> reference.get() == null);
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
    forgetUnused();
    LOG.debug("measurements of {} hosts were out of date", forgotten);
  }
}
