package org.impetusmta.module.tls_reporting;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.Locale;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;

/**
 * A report as a message (RFC 8460 section 5.3): text for people and the report, compressed. It asks
 * to be delivered whatever policies say of TLS (RFC 8689 section 5), for it may be what tells their
 * domain of the trouble. Stateless.
 */
final class ReportMail {
  private static final Base64.Encoder BASE64 =
      Base64.getMimeEncoder(76, "\r\n".getBytes(StandardCharsets.US_ASCII));

  private ReportMail() {}

  /**
   * Composes it in wire form.
   *
   * @param host our own name
   * @param domain the domain that the report is about: letters, digits, {@code . - _}
   * @param id the report's id, without blanks
   */
  static Body compose(
      Address from,
      Address to,
      String host,
      String domain,
      String id,
      LocalDate day,
      Instant now,
      byte[] gzip) {
    String boundary = "=_tls_report_" + id;
    StringBuilder text = new StringBuilder(1_000 + gzip.length * 3 / 2);
    field(text, "From: <" + from + ">");
    field(text, "To: <" + to + ">");
    field(
        text,
        "Date: "
            + DateTimeFormatter.ofPattern("EEE, d MMM uuuu HH:mm:ss Z", Locale.ROOT)
                .format(now.atOffset(ZoneOffset.UTC)));
    field(text, "Subject: Report Domain: " + domain);
    field(text, " Submitter: " + host);
    field(text, " Report-ID: <" + id + "@" + host + ">");
    field(text, "Message-ID: <" + id + "." + now.toEpochMilli() + "@" + host + ">");
    field(text, "TLS-Report-Domain: " + domain);
    field(text, "TLS-Report-Submitter: " + host);
    field(text, "TLS-Required: No");
    field(text, "Auto-Submitted: auto-generated");
    field(text, "MIME-Version: 1.0");
    field(text, "Content-Type: multipart/report; report-type=\"tlsrpt\";");
    field(text, "\tboundary=\"" + boundary + "\"");
    field(text, "");
    field(text, "--" + boundary);
    field(text, "Content-Type: text/plain; charset=us-ascii");
    field(text, "Content-Transfer-Encoding: 7bit");
    field(text, "");
    field(text, "This is a report about TLS on connections to " + domain);
    field(text, "on " + day + " (UTC), made by " + host + ".");
    field(text, "");
    field(text, "--" + boundary);
    field(text, "Content-Type: application/tlsrpt+gzip");
    field(text, "Content-Transfer-Encoding: base64");
    field(text, "Content-Disposition: attachment;");
    field(text, "\tfilename=\"" + fileName(host, domain, id, day) + "\"");
    field(text, "");
    field(text, BASE64.encodeToString(gzip));
    field(text, "--" + boundary + "--");
    return Body.of(text.toString().getBytes(StandardCharsets.US_ASCII));
  }

  /** RFC 8460 section 5.1. */
  static String fileName(String host, String domain, String id, LocalDate day) {
    long begin = day.atStartOfDay(ZoneOffset.UTC).toEpochSecond();
    return host + "!" + domain + "!" + begin + "!" + (begin + 86_399) + "!" + id + ".json.gz";
  }

  private static void field(StringBuilder text, String line) {
    text.append(line).append("\r\n");
  }
}
