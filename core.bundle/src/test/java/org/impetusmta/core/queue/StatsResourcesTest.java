package org.impetusmta.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.impetusmta.api.http.HttpAnswer;
import org.impetusmta.api.http.HttpResource;
import org.impetusmta.api.metrics.MetricSource;
import org.impetusmta.core.queue.http.MailqResource;
import org.impetusmta.core.queue.http.QueueMetrics;
import org.impetusmta.core.queue.http.SummaryResource;
import org.impetusmta.testkit.http.TestRequest;
import org.junit.jupiter.api.Test;

/** What is told of queues by HTTP, beside the examples of the manual. */
class StatsResourcesTest {
  private final QueueFixture t = new QueueFixture();

  private static String ask(HttpResource resource, String method, Map<String, String> query)
      throws Exception {
    HttpAnswer answer = resource.answer(new TestRequest(method, "/stats", query, Map.of()));
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.headers()).containsEntry("Content-Type", HttpAnswer.JSON);
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    answer.content().writeTo(text);
    return text.toString(StandardCharsets.UTF_8);
  }

  /** Names and values of the objects in it, flat. */
  private static List<Map<String, String>> objects(String json) throws Exception {
    List<Map<String, String>> all = new ArrayList<>();
    try (JsonParser parser = new JsonFactory().createParser(json)) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        if (token == JsonToken.START_OBJECT) {
          all.add(new LinkedHashMap<>());
        } else if (token.isScalarValue()) {
          all.getLast().put(parser.currentName(), parser.getText());
        }
      }
    }
    return all;
  }

  private List<String> mailq(Map<String, String> query) throws Exception {
    List<Map<String, String>> rows = objects(ask(new MailqResource(t.console), "GET", query));
    return rows.stream()
        .skip(1)
        .map(row -> row.get("binding") + " " + row.get("domain") + " " + row.get("aq"))
        .toList();
  }

  private void someMail() {
    t.set("suspend_delivery", "true");
    for (int i = 0; i < 3; i++) {
      t.mailFor("group", "ip_1.2.3.4", "b@example.org");
      t.mailFor("group", "ip_1.2.3.4", "b" + i + "@example.net");
    }
    t.mailFor("group", "ip_1.2.3.4", "b@example.org");
    t.mailFor("other", "second", "b@example.org");
    t.run();
  }

  @Test
  void theLargestQueuesInOrderOfTheirNames() throws Exception {
    someMail();
    assertThat(ask(new MailqResource(t.console), "GET", Map.of("limit", "1")))
        .isEqualTo(
            "{\"QueueSummary\":[{\"group\":\"group\",\"binding\":\"ip_1.2.3.4\",\"domain\":"
                + "\"example.org\",\"aq\":4,\"dq\":0,\"receptions\":4,\"permfails\":0,"
                + "\"transfails\":0,\"deliveries\":0}]}");
    assertThat(mailq(Map.of()))
        .containsExactly(
            "ip_1.2.3.4 example.net 3", "ip_1.2.3.4 example.org 4", "second example.org 1");
    assertThat(mailq(Map.of("domain", "EXAMPLE.org")))
        .containsExactly("ip_1.2.3.4 example.org 4", "second example.org 1");
    assertThat(mailq(Map.of("binding", "second"))).containsExactly("second example.org 1");
    assertThat(mailq(Map.of("ip", "1.2.3.4", "domain", "example.net")))
        .containsExactly("ip_1.2.3.4 example.net 3");
    assertThat(mailq(Map.of("ip", "1.2.3.4", "binding", "second")))
        .containsExactly("second example.org 1");
    for (String none : List.of("0", "-3", "many", "99999999999")) {
      assertThat(mailq(Map.of("limit", none))).hasSize(3);
    }
    assertThat(mailq(Map.of("domain", "nowhere.example"))).isEmpty();
  }

  @Test
  void theSummaryHasTheNamesOfTheManualAndIsReset() throws Exception {
    someMail();
    t.console.counters().received.add(8);
    t.console.counters().rejected.add(2);
    SummaryResource summary = new SummaryResource(t.console);
    Map<String, String> said = objects(ask(summary, "GET", Map.of())).getFirst();
    assertThat(said.keySet())
        .containsExactly(
            "OutboundConcurrency",
            "InboundConcurrency",
            "ActiveDomains",
            "ActiveQueueSize",
            "DelayedQueueSize",
            "TotalQueueSize",
            "DNSResolver",
            "DNSAQueries",
            "DNSATimeouts",
            "DNSAAAAQueries",
            "DNSAAAATimeouts",
            "DNSMXQueries",
            "DNSMXTimeouts",
            "DNSTXTQueries",
            "DNSTXTTimeouts",
            "DNSQueryRate",
            "DNSResponseTimePeak",
            "DNSResponseTimeAverage",
            "DNSRateLimiterEnabled",
            "ResidentMessages",
            "DiskQueueProgress",
            "DeliveredMessages",
            "FailedMessages",
            "TransientFailures",
            "RejectedMessages",
            "ReceivedMessages",
            "DeliveryRate",
            "ReceptionRate",
            "RejectionRate",
            "RejectionPercentage",
            "StatisticsLastReset",
            "Uptime");
    assertThat(said)
        .containsEntry("ActiveQueueSize", "8")
        .containsEntry("TotalQueueSize", "8")
        .containsEntry("ReceivedMessages", "8")
        .containsEntry("RejectionPercentage", "20.0")
        .containsEntry("DNSRateLimiterEnabled", "false");
    assertThat(said.get("DiskQueueProgress")).matches(" *\\d+/ *\\d+");
    assertThat(objects(ask(summary, "DELETE", Map.of())))
        .containsExactly(Map.of("message", "statistics cleared"));
    assertThat(objects(ask(summary, "GET", Map.of())).getFirst())
        .containsEntry("ReceivedMessages", "0")
        .containsEntry("ActiveQueueSize", "8");
  }

  @Test
  void figuresOfQueuesAreToldByBindingGroup() {
    someMail();
    Map<String, Double> told = new LinkedHashMap<>();
    MetricSource.Sink sink =
        new MetricSource.Sink() {
          @Override
          public void counter(String name, String help, Number value, String... labels) {
            told.put(name + List.of(labels), value.doubleValue());
          }

          @Override
          public void gauge(String name, String help, Number value, String... labels) {
            assertThat(help).isNotBlank();
            told.put(name + List.of(labels), value.doubleValue());
          }
        };
    QueueMetrics metrics = new QueueMetrics(t.console, t.queues, t.spool);
    metrics.collect(sink);
    assertThat(told)
        .containsEntry("queue_active_messages[binding_group, group]", 7.0)
        .containsEntry("queue_active_messages[binding_group, other]", 1.0)
        .containsEntry("queued_messages[]", 8.0)
        .containsEntry("spool_writable[]", 1.0)
        .containsKey("dns_queries[type, MX]");
    assertThat(metrics.problem()).isEmpty();
  }
}
