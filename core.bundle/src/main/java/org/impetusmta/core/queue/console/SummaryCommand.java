package org.impetusmta.core.queue.console;

import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.api.console.Report;
import org.impetusmta.core.metrics.Counters;
import org.impetusmta.core.queue.QueueConsole;
import org.impetusmta.core.route.MxRate;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code summary}: global figures since the start or the last reset. Concurrent. Source:
 * console_commands.summary.
 */
@Component(service = ConsoleCommand.class)
public final class SummaryCommand implements ConsoleCommand {
  private final QueueConsole queues;

  @Activate
  public SummaryCommand(@Reference QueueConsole queues) {
    this.queues = queues;
  }

  @Override
  public String name() {
    return "summary";
  }

  @Override
  public String synopsis() {
    return "[--json]";
  }

  @Override
  public String summary() {
    return "Global counters, queue sizes and rates";
  }

  @Override
  public boolean hasJson() {
    return true;
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    Words.none(invocation);
    Counters counters = queues.counters();
    double seconds = Math.max(1, queues.secondsSinceReset());
    long a = counters.dnsAddressQueries.sum();
    long mx = counters.dnsMxQueries.sum();
    long delivered = counters.delivered.sum();
    long failed = counters.failed.sum();
    long received = counters.received.sum();
    Report report = new Report();
    report
        .line("Summary Statistics")
        .figure(
            "outbound_concurrency",
            counters.outboundConnections.sum(),
            "        Outbound Concurrency: %7d")
        .figure(
            "inbound_concurrency",
            counters.inboundConnections.sum(),
            "        Inbound Concurrency: %7d")
        .figure("active_domains", queues.activeDomains(), "        Active Domains: %7d")
        .figure("active_queue_size", queues.activeSize(), "        Active Queue Size: %6d")
        .figure("delayed_queue_size", queues.delayedSize(), "        Delayed Queue Size: %6d")
        .figure("destaged_queue_size", queues.destagedSize(), "        Destaged Queue Size: %6d")
        .figure("total_queue_size", queues.totalSize(), "        Total Queue Size: %6d")
        .figure("dns_a_queries", a, "        DNS A Queries: %6d")
        .figure("dns_mx_queries", mx, "        DNS MX Queries: %6d")
        .figure("pending_dns_queries", counters.dnsPending.sum(), "        Pending DNS Queries: %d")
        .figure(
            "queries_per_second", (a + mx) / seconds, "        Query Rate: %6.2f queries/second");
    mxRate(queues.mxRate(), report);
    report
        .figure("delivered_messages", delivered, "        Successfully Delivered Messages: %6d")
        .figure("failed_messages", failed, "        Failed Messages: %6d")
        .figure("rejected_messages", counters.rejected.sum(), "        Rejected Messages: %6d")
        .figure("received_messages", received, "        Received Messages: %6d")
        .figure(
            "deliveries_per_second",
            (delivered + failed) / seconds,
            "        Delivery Rate: %6.2f messages/second")
        .figure(
            "receptions_per_second",
            received / seconds,
            "        Reception Rate: %6.2f messages/second")
        .figure(
            "seconds_since_reset",
            queues.secondsSinceReset(),
            "        Statistics Last Reset: %6d seconds")
        .figure("uptime_seconds", queues.uptimeSeconds(), "        Uptime: %6d seconds");
    invocation.print(report);
  }

  private static void mxRate(MxRate rate, Report report) {
    report
        .value("dns_rate_limiter", rate.enabled())
        .linef("        DNS Rate Limiter: %s", rate.enabled() ? "enabled" : "disabled");
    if (rate.enabled()) {
      MxRate.Figures figures = rate.figures();
      report
          .value("dns_rate_limit_mx_queries", figures.options().dnsRateLimitMxQueries())
          .value(
              "dns_rate_limit_period_seconds", figures.options().dnsRateLimitPeriod().toSeconds())
          .linef(
              "        DNS Rate Limit: %d MX queries per %d seconds",
              figures.options().dnsRateLimitMxQueries(),
              figures.options().dnsRateLimitPeriod().toSeconds())
          .value("dns_rate_limiter_waiting", figures.waiting())
          .value("dns_rate_limiter_most_waiting", figures.mostWaiting())
          .linef(
              "        DNS Rate Limiter Queue: %d / %d", figures.waiting(), figures.mostWaiting())
          .figure(
              "dns_rate_limiter_immediate",
              figures.immediate(),
              "        DNS Rate Limiter Immediate: %d")
          .figure(
              "dns_rate_limiter_queued", figures.queued(), "        DNS Rate Limiter Queued: %d")
          .figure(
              "dns_rate_limiter_drained", figures.drained(), "        DNS Rate Limiter Drained: %d")
          .figure(
              "dns_rate_limiter_overflow",
              figures.overflow(),
              "        DNS Rate Limiter Overflow: %d");
    }
  }
}
