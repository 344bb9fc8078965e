package org.impetusmta.core.queue;

import java.lang.management.ManagementFactory;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import org.impetusmta.core.metrics.Counters;
import org.impetusmta.core.route.MxRate;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * The mail queues as the console sees them: the server's figures, read where they stand. A domain
 * is {@link DomainConsole}'s, a message {@link MessageConsole}'s. Concurrent.
 */
@Component(service = QueueConsole.class)
public final class QueueConsole {
  private final LoopMailQueues server;
  private final Counters counters;
  private final long startedMillis;
  private volatile long resetMillis;

  /** The figures of all bindings' queues for one domain. */
  public record DomainFigures(
      String domain, int connections, long active, long delayed, long delivered) {}

  @Activate
  public QueueConsole(@Reference LoopMailQueues server, @Reference Counters counters) {
    this(server, counters, server.now() - ManagementFactory.getRuntimeMXBean().getUptime());
  }

  QueueConsole(LoopMailQueues server, Counters counters, long startedMillis) {
    this.server = server;
    this.counters = counters;
    this.startedMillis = startedMillis;
    this.resetMillis = startedMillis;
  }

  public Counters counters() {
    return counters;
  }

  public long activeSize() {
    return server.activeSize();
  }

  public long delayedSize() {
    return server.delayedSize();
  }

  /** All mail: active, delayed, in flight and on its way to a queue. */
  public long totalSize() {
    return server.totalSize();
  }

  /** Mail whose bodies were left to the spool. */
  public long destagedSize() {
    return Math.max(0, server.totalSize() - server.residency().resident());
  }

  /** Messages whose bodies are in memory. */
  public int residentMessages() {
    return server.residency().resident();
  }

  /** How far spooling in is, {@code " 29/ 29"}: messages that came back, of how many. */
  public String spoolInProgress() {
    long back = server.returning().messages();
    return String.format(
        Locale.ROOT,
        "%6d/%6d",
        back,
        server.returning().isDone()
            ? back
            : Math.max(back, server.spool().statistics().messages()));
  }

  /** The limit of MX lookups. */
  public MxRate mxRate() {
    return server.router().mxRate();
  }

  /** Routes known. */
  public int activeDomains() {
    return server.router().size();
  }

  /** Seconds since the counters were reset. */
  public long secondsSinceReset() {
    return Math.max(0, (server.now() - resetMillis) / 1_000);
  }

  /** Seconds since the server started. */
  public long uptimeSeconds() {
    return Math.max(0, (server.now() - startedMillis) / 1_000);
  }

  /** Zeroes the counters. */
  public void reset() {
    counters.reset();
    server.bindingCounts().reset();
    resetMillis = server.now();
  }

  public long now() {
    return server.now();
  }

  /** All queues, in no order. */
  public Collection<MailQueue> unsorted() {
    return server.queues();
  }

  /** All queues, by binding group, binding and domain. */
  public List<MailQueue> queues() {
    return server.queues().stream().sorted(QueueQuestions.ORDER).toList();
  }

  /** The figures of all domains, by name. */
  public List<DomainFigures> domains() {
    TreeMap<String, DomainFigures> domains = new TreeMap<>();
    for (MailQueue queue : server.queues()) {
      domains.merge(
          queue.domain(),
          new DomainFigures(
              queue.domain(),
              queue.connectionCount(),
              queue.activeSize(),
              queue.delayedSize(),
              queue.deliveries()),
          (a, b) ->
              new DomainFigures(
                  a.domain(),
                  a.connections() + b.connections(),
                  a.active() + b.active(),
                  a.delayed() + b.delayed(),
                  a.delivered() + b.delivered()));
    }
    return List.copyOf(domains.values());
  }
}
