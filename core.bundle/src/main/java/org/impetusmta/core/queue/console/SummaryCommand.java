package org.impetusmta.core.queue.console;

import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
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
    return "";
  }

  @Override
  public String summary() {
    return "Global counters, queue sizes and rates";
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
    invocation.println("Summary Statistics");
    invocation.printf("        Outbound Concurrency: %7d", counters.outboundConnections.sum());
    invocation.printf("        Inbound Concurrency: %7d", counters.inboundConnections.sum());
    invocation.printf("        Active Domains: %7d", queues.activeDomains());
    invocation.printf("        Active Queue Size: %6d", queues.activeSize());
    invocation.printf("        Delayed Queue Size: %6d", queues.delayedSize());
    invocation.printf("        Destaged Queue Size: %6d", queues.destagedSize());
    invocation.printf("        Total Queue Size: %6d", queues.totalSize());
    invocation.printf("        DNS A Queries: %6d", a);
    invocation.printf("        DNS MX Queries: %6d", mx);
    invocation.printf("        Pending DNS Queries: %d", counters.dnsPending.sum());
    invocation.printf("        Query Rate: %6.2f queries/second", (a + mx) / seconds);
    mxRate(queues.mxRate(), invocation);
    invocation.printf("        Successfully Delivered Messages: %6d", delivered);
    invocation.printf("        Failed Messages: %6d", failed);
    invocation.printf("        Rejected Messages: %6d", counters.rejected.sum());
    invocation.printf("        Received Messages: %6d", received);
    invocation.printf(
        "        Delivery Rate: %6.2f messages/second", (delivered + failed) / seconds);
    invocation.printf("        Reception Rate: %6.2f messages/second", received / seconds);
    invocation.printf("        Statistics Last Reset: %6d seconds", queues.secondsSinceReset());
    invocation.printf("        Uptime: %6d seconds", queues.uptimeSeconds());
  }

  private static void mxRate(MxRate rate, ConsoleInvocation invocation) {
    invocation.printf("        DNS Rate Limiter: %s", rate.enabled() ? "enabled" : "disabled");
    if (rate.enabled()) {
      MxRate.Figures figures = rate.figures();
      invocation.printf(
          "        DNS Rate Limit: %d MX queries per %d seconds",
          figures.options().dnsRateLimitMxQueries(),
          figures.options().dnsRateLimitPeriod().toSeconds());
      invocation.printf(
          "        DNS Rate Limiter Queue: %d / %d", figures.waiting(), figures.mostWaiting());
      invocation.printf("        DNS Rate Limiter Immediate: %d", figures.immediate());
      invocation.printf("        DNS Rate Limiter Queued: %d", figures.queued());
      invocation.printf("        DNS Rate Limiter Drained: %d", figures.drained());
      invocation.printf("        DNS Rate Limiter Overflow: %d", figures.overflow());
    }
  }
}
