package org.impetusmta.core.bounce;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.message.Reply;

/**
 * A delivery status notification for one failed recipient: {@code multipart/report} (RFC 6522) of a
 * text, a {@code message/delivery-status} (RFC 3464) and as much of the original as wanted.
 *
 * <p>The original is embedded as it lies in the spool: it is dot-stuffed line by line and so is the
 * notification, whose lines it becomes. Text from the network is stripped of everything that could
 * end a line or leave US-ASCII, and folded. The boundary is random and looked for in the original.
 * Immutable.
 *
 * @param body in wire form
 * @param eightBit whether there are octets above 127 in it, which can only be the original's
 */
public record DeliveryStatusNotification(Body body, boolean eightBit) {
  private static final int FOLD = 76;
  private static final int TEXT_LIMIT = 4_000;
  private static final byte[] CRLF = {'\r', '\n'};
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("EEE, d MMM yyyy HH:mm:ss xx", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  /**
   * Composes the notification.
   *
   * @param hostname this host, for Reporting-MTA and Message-ID
   * @param from the address in the From field
   * @param original the failed message, empty where its octets are lost
   */
  public static DeliveryStatusNotification compose(
      MessageId id,
      FailureReport report,
      BounceOptions.Original wanted,
      String hostname,
      String from,
      Optional<Body> original,
      RandomGenerator random) {
    Part part = original.map(o -> Part.of(o, wanted)).orElse(Part.NOTHING);
    String boundary = boundary(part, random);
    List<byte[]> segments = new ArrayList<>();
    List<Integer> lengths = new ArrayList<>();
    byte[] head =
        stuff(head(id, report, hostname, from, boundary, part)).getBytes(StandardCharsets.US_ASCII);
    segments.add(head);
    lengths.add(head.length);
    part.addTo(segments, lengths);
    byte[] end =
        ((part.empty() ? "" : "\r\n") + "--" + boundary + "--\r\n")
            .getBytes(StandardCharsets.US_ASCII);
    segments.add(end);
    lengths.add(end.length);
    return new DeliveryStatusNotification(
        Body.of(
            segments.toArray(new byte[0][]),
            lengths.stream().mapToInt(Integer::intValue).toArray()),
        part.eightBit());
  }

  private static String head(
      MessageId id,
      FailureReport report,
      String hostname,
      String from,
      String boundary,
      Part part) {
    String host = clean(hostname);
    String date = DATE.format(Instant.ofEpochMilli(report.failedMillis()));
    StringBuilder out = new StringBuilder(2048);
    field(out, "From", "Mail Delivery System <" + clean(from) + ">");
    field(out, "To", "<" + clean(report.sender().toString()) + ">");
    field(out, "Subject", "Mail Delivery Failure");
    field(out, "Date", date);
    field(out, "Message-ID", "<" + id.toString().replace('/', '.') + "@" + host + ">");
    field(out, "Auto-Submitted", "auto-replied");
    field(out, "MIME-Version", "1.0");
    out.append("Content-Type: multipart/report; report-type=delivery-status;\r\n boundary=\"")
        .append(boundary)
        .append("\"\r\n");
    if (part.eightBit()) {
      field(out, "Content-Transfer-Encoding", "8bit");
    }
    out.append("\r\nThis is a delivery status notification in MIME format.\r\n");
    begin(out, boundary, "text/plain; charset=us-ascii", false);
    explain(out, report, host);
    out.append("\r\n");
    begin(out, boundary, "message/delivery-status", false);
    status(out, report, host);
    if (!part.empty()) {
      out.append("\r\n");
      begin(out, boundary, part.type(), part.eightBit());
    } else {
      out.append("\r\n");
    }
    return out.toString();
  }

  private static void begin(StringBuilder out, String boundary, String type, boolean eightBit) {
    out.append("--").append(boundary).append("\r\n");
    field(out, "Content-Type", type);
    if (eightBit) {
      field(out, "Content-Transfer-Encoding", "8bit");
    }
    out.append("\r\n");
  }

  private static void explain(StringBuilder out, FailureReport report, String host) {
    out.append("This is the mail system at ").append(host).append(".\r\n\r\n");
    out.append("Your message could not be delivered to this recipient:\r\n\r\n");
    folded(out, "  ", "<" + clean(report.recipient().toString()) + ">");
    out.append("\r\n");
    report
        .remote()
        .ifPresent(remote -> folded(out, "", "The server " + clean(remote) + " answered:"));
    for (String line : lines(report.reply().toString())) {
      folded(out, "  ", line);
    }
    if (!report.lastReply().isEmpty()) {
      out.append("\r\nThe last attempt ended with:\r\n");
      for (String line : lines(report.lastReply())) {
        folded(out, "  ", line);
      }
    }
  }

  private static void status(StringBuilder out, FailureReport report, String host) {
    field(out, "Reporting-MTA", "dns; " + host);
    field(out, "Arrival-Date", DATE.format(Instant.ofEpochMilli(report.arrivalMillis())));
    out.append("\r\n");
    field(out, "Final-Recipient", "rfc822; " + clean(report.recipient().toString()));
    field(out, "Action", "failed");
    field(out, "Status", status(report.reply()));
    report.remote().ifPresent(remote -> field(out, "Remote-MTA", "dns; " + clean(remote)));
    String type = report.remote().isPresent() ? "smtp; " : "x-impetus; ";
    field(out, "Diagnostic-Code", type + String.join(" ", lines(report.reply().toString())));
    field(out, "Last-Attempt-Date", DATE.format(Instant.ofEpochMilli(report.failedMillis())));
  }

  /** RFC 3463: the class of a failure is 5, whatever the last reply was. */
  private static String status(Reply reply) {
    return reply.enhanced().matches("5\\.\\d{1,3}\\.\\d{1,3}") ? reply.enhanced() : "5.0.0";
  }

  private static List<String> lines(String text) {
    String limited = text.length() > TEXT_LIMIT ? text.substring(0, TEXT_LIMIT) : text;
    List<String> lines = new ArrayList<>();
    for (String line : limited.split("\n")) {
      String clean = clean(line).strip();
      if (!clean.isEmpty()) {
        lines.add(clean);
      }
    }
    return lines;
  }

  /** What is left of a text from the network on one line of US-ASCII. */
  private static String clean(String text) {
    StringBuilder out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c >= ' ' && c <= '~') {
        out.append(c);
      } else if (c == '\t') {
        out.append(' ');
      } else if (c != '\r' && c != '\n') {
        out.append('?');
      }
    }
    return out.toString();
  }

  /** A header field; folded at blanks, and by force where a line would pass RFC 5322's 998. */
  private static void field(StringBuilder out, String name, String value) {
    folded(out, name + ": ", " ", value);
  }

  private static void folded(StringBuilder out, String indent, String text) {
    folded(out, indent, indent.isEmpty() ? " " : indent, text);
  }

  private static void folded(StringBuilder out, String first, String others, String text) {
    String prefix = first;
    String rest = text;
    while (prefix.length() + rest.length() > FOLD) {
      int cut = rest.lastIndexOf(' ', FOLD - prefix.length());
      if (cut <= 0) {
        cut = rest.indexOf(' ', 1);
      }
      if (cut <= 0 || cut > 900) {
        if (rest.length() <= 900) {
          break;
        }
        cut = 900;
      }
      out.append(prefix).append(rest, 0, cut).append("\r\n");
      rest = rest.substring(cut).stripLeading();
      prefix = others;
    }
    out.append(prefix).append(rest).append("\r\n");
  }

  /** RFC 5321 section 4.5.2 for what is written here; the original is stuffed already. */
  private static String stuff(String text) {
    return text.replace("\r\n.", "\r\n..");
  }

  private static String boundary(Part part, RandomGenerator random) {
    while (true) {
      byte[] bits = new byte[16];
      random.nextBytes(bits);
      String boundary = "=_" + HexFormat.of().formatHex(bits);
      if (!part.contains(boundary.getBytes(StandardCharsets.US_ASCII))) {
        return boundary;
      }
    }
  }

  /**
   * What is carried of the original: the first {@code length} octets of it.
   *
   * @param crlf whether it ends with CRLF
   */
  private record Part(
      Optional<Body> body, String type, int length, boolean eightBit, boolean crlf) {
    static final Part NOTHING = new Part(Optional.empty(), "", 0, false, true);

    static Part of(Body original, BounceOptions.Original wanted) {
      int length =
          switch (wanted) {
            case NONE -> 0;
            case HEADERS -> original.headerLength();
            case ALL -> original.length();
          };
      if (length == 0) {
        return NOTHING;
      }
      String type = wanted == BounceOptions.Original.ALL ? "message/rfc822" : "text/rfc822-headers";
      boolean eightBit = false;
      int left = length;
      byte last = 0;
      byte beforeLast = 0;
      for (int s = 0; s < original.segments() && left > 0; s++) {
        byte[] octets = original.segment(s);
        int count = Math.min(left, original.segmentLength(s));
        for (int i = 0; i < count; i++) {
          eightBit |= octets[i] < 0;
          beforeLast = last;
          last = octets[i];
        }
        left -= count;
      }
      return new Part(
          Optional.of(original), type, length, eightBit, beforeLast == '\r' && last == '\n');
    }

    boolean empty() {
      return body.isEmpty();
    }

    void addTo(List<byte[]> segments, List<Integer> lengths) {
      if (body.isEmpty()) {
        return;
      }
      Body original = body.get();
      int left = length;
      for (int s = 0; s < original.segments() && left > 0; s++) {
        int count = Math.min(left, original.segmentLength(s));
        segments.add(original.segment(s));
        lengths.add(count);
        left -= count;
      }
      if (!crlf) {
        segments.add(CRLF);
        lengths.add(CRLF.length);
      }
    }

    /** Whether {@code text}, whose first octet occurs in it only once, is in there. */
    boolean contains(byte[] text) {
      if (body.isEmpty()) {
        return false;
      }
      Body original = body.get();
      int matched = 0;
      int left = length;
      for (int s = 0; s < original.segments() && left > 0; s++) {
        byte[] octets = original.segment(s);
        int count = Math.min(left, original.segmentLength(s));
        for (int i = 0; i < count; i++) {
          if (octets[i] == text[matched]) {
            if (++matched == text.length) {
              return true;
            }
          } else {
            matched = octets[i] == text[0] ? 1 : 0;
          }
        }
        left -= count;
      }
      return false;
    }
  }
}
