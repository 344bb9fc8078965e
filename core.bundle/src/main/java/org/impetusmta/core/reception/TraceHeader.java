package org.impetusmta.core.reception;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.MessageId;

/**
 * Writes the Received header field (RFC 5321 section 4.4) in Momentum's shape:
 *
 * <pre>
 * Received: from [192.0.2.1] ([192.0.2.1:50033] helo=client)
 * TAB by host (envelope-from &lt;a@b&gt;)
 * TAB (impetus 0.1.0) with ESMTP
 * TAB id 80/00-02010-982EF5C4; Mon, 09 Aug 2010 07:12:09 -0400
 * </pre>
 *
 * What the client chose cannot break out of its comment: other than letters, digits and {@code
 * .-_:[]} become {@code ?} in the name it gave, and {@code ( ) \} are quoted in the sender.
 * Concurrent.
 */
final class TraceHeader {
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss Z", Locale.ENGLISH);

  private final byte[] after;
  private volatile Second date = new Second(-1, "");

  private record Second(long epochSecond, String text) {}

  TraceHeader(String version) {
    this.after = (">)\r\n\t(impetus " + version + ") with ").getBytes(StandardCharsets.ISO_8859_1);
  }

  /** What does not change from message to message of a connection, up to the sender. */
  static byte[] beginning(String remoteIp, String remote, String helo, String hostname) {
    StringBuilder text = new StringBuilder(160).append("Received: from ");
    if (remoteIp.isEmpty()) {
      text.append("unix (");
    } else {
      boolean six = remoteIp.indexOf(':') >= 0;
      text.append(six ? "[IPv6:" : "[").append(remoteIp).append("] (");
      text.append(six ? remote : "[" + remote + "]");
    }
    if (!helo.isEmpty()) {
      text.append(remoteIp.isEmpty() ? "helo=" : " helo=");
      for (int i = 0; i < helo.length(); i++) {
        char c = helo.charAt(i);
        boolean plain =
            (c >= '0' && c <= '9')
                || (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || ".-_:[]".indexOf(c) >= 0;
        text.append(plain ? c : '?');
      }
    }
    return text.append(")\r\n\tby ")
        .append(hostname)
        .append(" (envelope-from <")
        .toString()
        .getBytes(StandardCharsets.ISO_8859_1);
  }

  /** The whole field with its CRLF. */
  byte[] field(byte[] beginning, Address sender, String with, MessageId id, long millis) {
    String from = octets(sender.toString());
    String when = date(millis / 1000);
    int quoted = 0;
    for (int i = 0; i < from.length(); i++) {
      quoted += special(from.charAt(i)) ? 1 : 0;
    }
    byte[] out =
        new byte
            [beginning.length
                + from.length()
                + quoted
                + after.length
                + with.length()
                + 6
                + MessageId.LENGTH
                + 2
                + when.length()
                + 2];
    System.arraycopy(beginning, 0, out, 0, beginning.length);
    int at = beginning.length;
    for (int i = 0; i < from.length(); i++) {
      char c = from.charAt(i);
      if (special(c)) {
        out[at++] = '\\';
      }
      out[at++] = (byte) c;
    }
    System.arraycopy(after, 0, out, at, after.length);
    at = text(with, out, at + after.length);
    at = text("\r\n\tid ", out, at);
    id.write(out, at);
    at = text("; ", out, at + MessageId.LENGTH);
    at = text(when, out, at);
    text("\r\n", out, at);
    return out;
  }

  /**
   * A field of policy's making, with its CRLF: {@code text} follows the name, LF begins a line that
   * is indented here.
   *
   * @throws IllegalArgumentException where it holds other control characters, or an empty line
   */
  static byte[] field(String text) {
    StringBuilder out = new StringBuilder(text.length() + 16).append("Received: ");
    boolean line = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\n' && line) {
        out.append("\r\n\t");
        line = false;
      } else if (c == '\n' || (c < ' ' && c != '\t') || c == 0x7F) {
        throw new IllegalArgumentException("no text of a header field");
      } else {
        out.append(c <= '~' ? c : '?');
        line |= c != ' ' && c != '\t';
      }
    }
    if (!line) {
      throw new IllegalArgumentException("no text of a header field");
    }
    return out.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  /** The field Return-Path with its CRLF (RFC 5321 section 4.4). */
  static byte[] returnPath(Address sender) {
    return ("Return-Path: <" + sender + ">\r\n").getBytes(StandardCharsets.UTF_8);
  /** Text whose characters are the octets of {@code text} in UTF-8 (RFC 6532). */
  private static String octets(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) > '~') {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
      }
    }
    return text;
  }

  private static boolean special(char c) {
    return c == '(' || c == ')' || c == '\\';
  }

  @SuppressWarnings("deprecation") // the one way to get Latin-1 octets without an array of its own
  private static int text(String text, byte[] out, int at) {
    text.getBytes(0, text.length(), out, at);
    return at + text.length();
  }

  /** RFC 5322 date and time; formatted once a second. */
  private String date(long epochSecond) {
    Second known = date;
    if (known.epochSecond != epochSecond) {
      known =
          new Second(
              epochSecond,
              DATE.format(Instant.ofEpochSecond(epochSecond).atZone(ZoneId.systemDefault())));
      date = known;
    }
    return known.text;
  }
}
