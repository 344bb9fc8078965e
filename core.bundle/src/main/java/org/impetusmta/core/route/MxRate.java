package org.impetusmta.core.route;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.impetusmta.api.scheduler.Scheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Limits how many MX lookups begin in a period; those beyond it wait in a line that is looked at
 * every {@value #DRAIN_MILLIS} ms. A line that is full lets them pass. Concurrent. Source:
 * dns_rate_limit_enabled.
 */
public final class MxRate {
  private static final Logger LOG = LoggerFactory.getLogger(MxRate.class);
  private static final long DRAIN_MILLIS = 100;

  private final Scheduler scheduler;
  private final Supplier<DnsServerOptions> options;
  private final boolean enabled;
  private final int mostWaiting;
  private final ArrayDeque<Runnable> line = new ArrayDeque<>();
  private final LongAdder immediate = new LongAdder();
  private final LongAdder queued = new LongAdder();
  private final LongAdder drained = new LongAdder();
  private final LongAdder overflow = new LongAdder();
  private long periodBegan = Long.MIN_VALUE / 2;
  private int begun;
  private boolean planned;

  /** What it has done, and how many wait. */
  public record Figures(
      DnsServerOptions options,
      int waiting,
      int mostWaiting,
      long immediate,
      long queued,
      long drained,
      long overflow) {}

  /**
   * @param options those in force; whether there is a limit, and how many may wait, is read once
   */
  MxRate(Scheduler scheduler, Supplier<DnsServerOptions> options) {
    this.scheduler = scheduler;
    this.options = options;
    this.enabled = options.get().dnsRateLimitEnabled();
    this.mostWaiting = options.get().dnsRateLimitMaxQueue();
  }

  /** Whether there is a limit. */
  public boolean enabled() {
    return enabled;
  }

  public synchronized Figures figures() {
    return new Figures(
        options.get(),
        line.size(),
        mostWaiting,
        immediate.sum(),
        queued.sum(),
        drained.sum(),
        overflow.sum());
  }

  /** Runs {@code lookup}, at once or when its turn has come. */
  void admit(Runnable lookup) {
    if (!enabled || admitted(lookup)) {
      lookup.run();
    }
  }

  private synchronized boolean admitted(Runnable lookup) {
    if (line.isEmpty() && mayBegin()) {
      immediate.increment();
      return true;
    }
    if (line.size() >= mostWaiting) {
      overflow.increment();
      return true;
    }
    line.add(lookup);
    queued.increment();
    plan();
    return false;
  }

  private boolean mayBegin() {
    DnsServerOptions now = options.get();
    long millis = scheduler.clock().millis();
    if (millis - periodBegan >= now.dnsRateLimitPeriod().toMillis()) {
      periodBegan = millis;
      begun = 0;
    }
    if (begun >= now.dnsRateLimitMxQueries()) {
      return false;
    }
    begun++;
    return true;
  }

  private void plan() {
    if (!planned) {
      planned = true;
      scheduler.loops().getFirst().schedule(this::drain, Duration.ofMillis(DRAIN_MILLIS));
    }
  }

  private void drain() {
    List<Runnable> turn = new ArrayList<>();
    synchronized (this) {
      planned = false;
      while (!line.isEmpty() && mayBegin()) {
        turn.add(line.remove());
      }
      if (!line.isEmpty()) {
        plan();
      }
    }
    for (Runnable lookup : turn) {
      drained.increment();
      try {
        scheduler.pool("IO").execute(lookup);
      } catch (RejectedExecutionException e) {
        LOG.warn("no thread for an MX lookup: {}", e.toString());
        lookup.run();
      }
    }
  }
}
