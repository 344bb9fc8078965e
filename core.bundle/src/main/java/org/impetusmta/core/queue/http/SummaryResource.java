package org.impetusmta.core.queue.http;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.util.Set;
import org.impetusmta.api.http.HttpAnswer;
import org.impetusmta.api.http.HttpRequest;
import org.impetusmta.api.http.HttpResource;
import org.impetusmta.core.metrics.Counters;
import org.impetusmta.core.metrics.DnsCounts;
import org.impetusmta.core.metrics.DnsCounts.Kind;
import org.impetusmta.core.queue.QueueConsole;
import org.impetusmta.core.route.MxRate;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code GET /stats/summary}: what the console shows as {@code summary}, in one JSON object; {@code
 * DELETE} is {@code summary reset}. Concurrent. Source: http-api-stats/summary of the newer manual.
 */
@Component(service = HttpResource.class)
public final class SummaryResource implements HttpResource {
  private final QueueConsole queues;

  @Activate
  public SummaryResource(@Reference QueueConsole queues) {
    this.queues = queues;
  }

  @Override
  public String path() {
    return "/stats/summary";
  }

  @Override
  public Set<String> methods() {
    return Set.of("GET", "DELETE");
  }

  @Override
  public HttpAnswer answer(HttpRequest request) throws IOException {
    if (request.method().equals("DELETE")) {
      queues.reset();
      return HttpAnswer.of(200, HttpAnswer.JSON, "{\"message\":\"statistics cleared\"}\n");
    }
    StringWriter text = new StringWriter();
    try (JsonGenerator out = Json.FACTORY.createGenerator(text)) {
      out.writeStartObject();
      write(out);
      out.writeEndObject();
    }
    return HttpAnswer.of(200, HttpAnswer.JSON, text + "\n");
  }

  private void write(JsonGenerator out) throws IOException {
    Counters counters = queues.counters();
    double seconds = Math.max(1, queues.secondsSinceReset());
    out.writeNumberField("OutboundConcurrency", counters.outboundConnections.sum());
    out.writeNumberField("InboundConcurrency", counters.inboundConnections.sum());
    out.writeNumberField("ActiveDomains", queues.activeDomains());
    out.writeNumberField("ActiveQueueSize", queues.activeSize());
    out.writeNumberField("DelayedQueueSize", queues.delayedSize());
    out.writeNumberField("TotalQueueSize", queues.totalSize());
    dns(out, counters.dns, seconds);
    limiter(out, queues.mxRate());
    out.writeNumberField("ResidentMessages", queues.residentMessages());
    out.writeStringField("DiskQueueProgress", queues.spoolInProgress());
    long delivered = counters.delivered.sum();
    long failed = counters.failed.sum();
    long received = counters.received.sum();
    long rejected = counters.rejected.sum();
    out.writeNumberField("DeliveredMessages", delivered);
    out.writeNumberField("FailedMessages", failed);
    out.writeNumberField("TransientFailures", counters.transientFailures.sum());
    out.writeNumberField("RejectedMessages", rejected);
    out.writeNumberField("ReceivedMessages", received);
    rate(out, "DeliveryRate", (delivered + failed) / seconds);
    rate(out, "ReceptionRate", received / seconds);
    rate(out, "RejectionRate", rejected / seconds);
    rate(out, "RejectionPercentage", 100.0 * rejected / Math.max(1, received + rejected));
    out.writeNumberField("StatisticsLastReset", queues.secondsSinceReset());
    out.writeNumberField("Uptime", queues.uptimeSeconds());
  }

  private static void dns(JsonGenerator out, DnsCounts dns, double seconds) throws IOException {
    out.writeStringField("DNSResolver", "dnsjava");
    for (Kind kind : new Kind[] {Kind.A, Kind.AAAA, Kind.MX, Kind.TXT}) {
      out.writeNumberField("DNS" + kind + "Queries", dns.queries(kind));
      out.writeNumberField("DNS" + kind + "Timeouts", dns.timeouts(kind));
    }
    rate(out, "DNSQueryRate", dns.queries() / seconds);
    out.writeNumberField("DNSResponseTimePeak", dns.peakMillis());
    rate(out, "DNSResponseTimeAverage", dns.averageMillis());
  }

  private static void limiter(JsonGenerator out, MxRate rate) throws IOException {
    out.writeBooleanField("DNSRateLimiterEnabled", rate.enabled());
    if (rate.enabled()) {
      MxRate.Figures figures = rate.figures();
      out.writeNumberField("DNSRateLimitMXQueries", figures.options().dnsRateLimitMxQueries());
      out.writeNumberField(
          "DNSRateLimitPeriod", figures.options().dnsRateLimitPeriod().toSeconds());
      out.writeNumberField("DNSRateLimiterQueueSize", figures.waiting());
      out.writeNumberField("DNSRateLimiterQueueMax", figures.mostWaiting());
      out.writeNumberField("DNSRateLimiterImmediate", figures.immediate());
      out.writeNumberField("DNSRateLimiterQueued", figures.queued());
      out.writeNumberField("DNSRateLimiterDrained", figures.drained());
      out.writeNumberField("DNSRateLimiterOverflow", figures.overflow());
    }
  }

  private static void rate(JsonGenerator out, String name, double number) throws IOException {
    out.writeNumberField(name, Json.rounded(number));
  }
}
