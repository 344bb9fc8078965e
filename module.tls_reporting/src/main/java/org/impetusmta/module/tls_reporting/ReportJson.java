package org.impetusmta.module.tls_reporting;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.impetusmta.module.tls_reporting.Tally.Counts;
import org.impetusmta.module.tls_reporting.Tally.Failure;
import org.impetusmta.module.tls_reporting.Tally.Policy;

/**
 * Reports as JSON (RFC 8460 section 4.4, I-JSON), and counts as they are kept on disk: the day, and
 * for each domain the array {@code policies} of a report. Stateless.
 */
final class ReportJson {
  private static final JsonFactory JSON = new JsonFactory();

  private ReportJson() {}

  /** What a report says beside its counts. */
  record Heading(String organization, String contact, String id, LocalDate day) {}

  /** Writes the report of one domain. */
  static void report(Heading heading, Map<Policy, Counts> counts, OutputStream to)
      throws IOException {
    try (JsonGenerator json = JSON.createGenerator(to)) {
      json.writeStartObject();
      json.writeStringField("organization-name", heading.organization());
      json.writeObjectFieldStart("date-range");
      json.writeStringField("start-datetime", heading.day() + "T00:00:00Z");
      json.writeStringField("end-datetime", heading.day() + "T23:59:59Z");
      json.writeEndObject();
      json.writeStringField("contact-info", heading.contact());
      json.writeStringField("report-id", heading.id());
      policies(json, counts);
      json.writeEndObject();
    }
  }

  /** Writes what is kept of a day. */
  static void keep(Tally tally, OutputStream to) throws IOException {
    try (JsonGenerator json = JSON.createGenerator(to)) {
      json.writeStartObject();
      json.writeStringField("day", tally.day().toString());
      json.writeArrayFieldStart("domains");
      for (String domain : tally.domains()) {
        json.writeStartObject();
        json.writeStringField("domain", domain);
        policies(json, tally.counts(domain));
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
    }
  }

  private static void policies(JsonGenerator json, Map<Policy, Counts> counts) throws IOException {
    json.writeArrayFieldStart("policies");
    for (Map.Entry<Policy, Counts> entry : counts.entrySet()) {
      json.writeStartObject();
      policy(json, entry.getKey());
      json.writeObjectFieldStart("summary");
      json.writeNumberField("total-successful-session-count", entry.getValue().successes);
      json.writeNumberField("total-failure-session-count", entry.getValue().failures);
      json.writeEndObject();
      if (!entry.getValue().details.isEmpty()) {
        json.writeArrayFieldStart("failure-details");
        for (Map.Entry<Failure, Long> detail : entry.getValue().details.entrySet()) {
          failure(json, detail.getKey(), detail.getValue());
        }
        json.writeEndArray();
      }
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void policy(JsonGenerator json, Policy policy) throws IOException {
    json.writeObjectFieldStart("policy");
    json.writeStringField("policy-type", policy.type());
    if (!policy.text().isEmpty()) {
      json.writeArrayFieldStart("policy-string");
      for (String line : policy.text()) {
        json.writeString(line);
      }
      json.writeEndArray();
    }
    json.writeStringField("policy-domain", policy.domain());
    List<String> hosts =
        policy.type().equals("sts")
            ? policy.text().stream()
                .filter(line -> line.startsWith("mx:"))
                .map(line -> line.substring(3).strip())
                .toList()
            : List.of();
    if (!hosts.isEmpty()) {
      json.writeArrayFieldStart("mx-host");
      for (String host : hosts) {
        json.writeString(host);
      }
      json.writeEndArray();
    }
    json.writeEndObject();
  }

  private static void failure(JsonGenerator json, Failure failure, long count) throws IOException {
    json.writeStartObject();
    json.writeStringField("result-type", failure.result());
    optional(json, "sending-mta-ip", failure.sendingIp());
    optional(json, "receiving-mx-hostname", failure.receivingHost());
    optional(json, "receiving-ip", failure.receivingIp());
    json.writeNumberField("failed-session-count", count);
    optional(json, "failure-reason-code", failure.reason());
    json.writeEndObject();
  }

  private static void optional(JsonGenerator json, String name, String value) throws IOException {
    if (!value.isEmpty()) {
      json.writeStringField(name, value);
    }
  }

  // ---- reading what is kept

  /**
   * Reads what was kept of a day.
   *
   * @throws IOException also when it is not what {@link #keep} wrote
   */
  static Tally kept(InputStream from, int mostDomains) throws IOException {
    try (JsonParser parser = JSON.createParser(from)) {
      parser.nextToken();
      Map<?, ?> root = object(value(parser));
      Tally tally = new Tally(LocalDate.parse(text(root, "day")), mostDomains);
      for (Object domain : list(root, "domains")) {
        Map<?, ?> one = object(domain);
        for (Object policy : list(one, "policies")) {
          restore(tally, text(one, "domain"), object(policy));
        }
      }
      return tally;
    } catch (DateTimeParseException e) {
      throw new IOException("the day is none", e);
    }
  }

  private static void restore(Tally tally, String domain, Map<?, ?> one) throws IOException {
    Map<?, ?> policy = object(one.get("policy"));
    List<String> text = new ArrayList<>();
    for (Object line : list(policy, "policy-string")) {
      text.add(String.valueOf(line));
    }
    Counts counts = new Counts();
    Map<?, ?> summary = object(one.get("summary"));
    counts.successes = number(summary, "total-successful-session-count");
    counts.failures = number(summary, "total-failure-session-count");
    for (Object detail : list(one, "failure-details")) {
      Map<?, ?> failure = object(detail);
      counts.details.put(
          new Failure(
              text(failure, "result-type"),
              text(failure, "sending-mta-ip"),
              text(failure, "receiving-mx-hostname"),
              text(failure, "receiving-ip"),
              text(failure, "failure-reason-code")),
          number(failure, "failed-session-count"));
    }
    tally.restore(
        domain,
        new Policy(text(policy, "policy-type"), text(policy, "policy-domain"), text),
        counts);
  }

  /** The value that begins at the current token; depth is limited by the parser. */
  private static Object value(JsonParser parser) throws IOException {
    JsonToken token = parser.currentToken();
    if (token == JsonToken.START_OBJECT) {
      Map<String, Object> object = new LinkedHashMap<>();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        parser.nextToken();
        object.put(name, value(parser));
      }
      return object;
    }
    if (token == JsonToken.START_ARRAY) {
      List<Object> array = new ArrayList<>();
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        array.add(value(parser));
      }
      return array;
    }
    if (token == JsonToken.VALUE_NUMBER_INT) {
      return parser.getLongValue();
    }
    if (token == JsonToken.VALUE_STRING) {
      return parser.getText();
    }
    throw new IOException("found " + token);
  }

  private static Map<?, ?> object(@org.jspecify.annotations.Nullable Object value)
      throws IOException {
    if (value instanceof Map<?, ?> map) {
      return map;
    }
    throw new IOException("expected an object");
  }

  private static List<?> list(Map<?, ?> of, String name) {
    return of.get(name) instanceof List<?> list ? list : List.of();
  }

  private static String text(Map<?, ?> of, String name) {
    return of.get(name) instanceof String text ? text : "";
  }

  private static long number(Map<?, ?> of, String name) {
    return of.get(name) instanceof Long number ? number : 0;
  }
}
