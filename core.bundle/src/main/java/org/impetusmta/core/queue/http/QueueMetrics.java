package org.impetusmta.core.queue.http;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.impetusmta.api.metrics.HealthCheck;
import org.impetusmta.api.metrics.MetricSource;
import org.impetusmta.api.spool.Spool;
import org.impetusmta.core.metrics.Counters;
import org.impetusmta.core.metrics.DnsCounts.Kind;
import org.impetusmta.core.queue.LoopMailQueues;
import org.impetusmta.core.queue.MailQueue;
import org.impetusmta.core.queue.QueueConsole;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * Mail received and delivered, queues, connections, questions to the DNS and the spool; whether
 * mail can be taken. Concurrent.
 */
@Component(service = {MetricSource.class, HealthCheck.class})
public final class QueueMetrics implements MetricSource, HealthCheck {
  private static final String GROUP = "binding_group";

  private final QueueConsole queues;
  private final LoopMailQueues server;
  private final Spool spool;

  private static final class Of {
    long active;
    long delayed;
    long inFlight;
    long connections;
  }

  @Activate
  public QueueMetrics(
      @Reference QueueConsole queues, @Reference LoopMailQueues server, @Reference Spool spool) {
    this.queues = queues;
    this.server = server;
    this.spool = spool;
  }

  @Override
  public String part() {
    return "spool";
  }

  @Override
  public Optional<String> problem() {
    if (!spool.writable()) {
      return Optional.of("the spool is not writable: its disk is full or fails");
    }
    return server.memory().full()
        ? Optional.of("memory_hwm is reached: mail is refused")
        : Optional.empty();
  }

  @Override
  public void collect(Sink sink) {
    mail(sink);
    queued(sink);
    for (Kind kind : Kind.values()) {
      sink.counter(
          "dns_queries",
          "Questions to name servers",
          queues.counters().dns.queries(kind),
          "type",
          kind.name());
      sink.counter(
          "dns_timeouts",
          "Questions that no name server answered, or with a failure",
          queues.counters().dns.timeouts(kind),
          "type",
          kind.name());
    }
    sink.counter("dns_answers", "Answers of name servers", queues.counters().dns.answers());
    sink.counter(
        "dns_answer_seconds",
        "Time that answers of name servers took together",
        queues.counters().dns.seconds());
    sink.gauge(
        "dns_pending", "Questions without an answer yet", queues.counters().dnsPending.sum());
    sink.gauge("routes", "Domains whose routes are known", queues.activeDomains());
    spool(sink);
  }

  private void mail(Sink sink) {
    Counters counters = queues.counters();
    sink.counter("messages_received", "Messages received", counters.received.sum());
    sink.counter("messages_delivered", "Messages delivered", counters.delivered.sum());
    sink.counter("messages_failed", "Messages failed for good", counters.failed.sum());
    sink.counter(
        "transient_failures", "Attempts that failed for now", counters.transientFailures.sum());
    sink.counter("messages_rejected", "Refusals at reception", counters.rejected.sum());
    sink.gauge(
        "inbound_connections", "Clients that are connected", counters.inboundConnections.sum());
    sink.gauge(
        "outbound_connections", "Connections to other hosts", counters.outboundConnections.sum());
    sink.gauge("uptime_seconds", "Time since the start", queues.uptimeSeconds());
  }

  private void queued(Sink sink) {
    Map<String, Of> groups = new TreeMap<>();
    int known = 0;
    for (MailQueue queue : queues.queues()) {
      known++;
      Of of = groups.computeIfAbsent(queue.bindingGroup(), _ -> new Of());
      of.active += queue.activeSize();
      of.delayed += queue.delayedSize();
      of.inFlight += queue.inFlightSize();
      of.connections += queue.connectionCount();
    }
    sink.gauge("queues", "Queues: pairs of binding and domain", known);
    groups.forEach(
        (group, of) -> {
          sink.gauge("queue_active_messages", "Messages in active queues", of.active, GROUP, group);
          sink.gauge(
              "queue_delayed_messages", "Messages in delayed queues", of.delayed, GROUP, group);
          sink.gauge(
              "queue_inflight_messages",
              "Messages that are being delivered",
              of.inFlight,
              GROUP,
              group);
          sink.gauge(
              "queue_connections", "Connections that queues have", of.connections, GROUP, group);
        });
    sink.gauge("queued_messages", "All mail", queues.totalSize());
    sink.gauge(
        "resident_messages", "Messages whose bodies are in memory", queues.residentMessages());
    sink.gauge(
        "mail_memory_ratio",
        "Part of the heap that mail and the rest use, as memory_hwm counts it",
        server.memory().percent() / 100.0);
  }

  private void spool(Sink sink) {
    Spool.Statistics figures = spool.statistics();
    sink.gauge("spool_messages", "Messages in the spool", figures.messages());
    sink.gauge("spool_disk_bytes", "Octets that the spool occupies", figures.diskBytes());
    sink.gauge("spool_writable", "Whether stores are likely to succeed", spool.writable() ? 1 : 0);
    sink.counter("spool_stored", "Messages stored", figures.stored());
    sink.counter("spool_unlinked", "Messages removed from the spool", figures.unlinked());
    sink.counter("spool_commits", "Writes to the journal", figures.commits());
    sink.counter("spool_syncs", "Syncs of the disk", figures.syncs());
    sink.counter("spool_written_bytes", "Octets written to the spool", figures.bytesWritten());
    sink.counter("spool_reads", "Bodies read back", figures.reads());
    sink.counter("spool_failures", "Stores that failed", figures.failures());
  }
}
