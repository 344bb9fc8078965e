package org.impetusmta.log;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.impetusmta.api.log.LogEvent;

/**
 * A macro of SPF (RFC 7208 section 7): a letter, how many parts of the value from the right,
 * whether they are reversed, at which characters the value is split; a capital letter escapes the
 * value as URLs do. The log asks no DNS: {@code p} is {@code unknown}, as where no name can be
 * validated. Immutable.
 */
final class SpfMacro {
  private static final Pattern FORM =
      Pattern.compile("([slodipvhctSLODIPVHCT])(\\d{0,3})(r?)([-.+,/_=]*)");

  private final char letter;
  private final boolean escaped;
  private final int parts;
  private final boolean reversed;
  private final String delimiters;

  private SpfMacro(char letter, boolean escaped, int parts, boolean reversed, String delimiters) {
    this.letter = letter;
    this.escaped = escaped;
    this.parts = parts;
    this.reversed = reversed;
    this.delimiters = delimiters;
  }

  /**
   * Reads {@code l1r-}.
   *
   * @throws IllegalArgumentException where it is no such macro
   */
  static SpfMacro of(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches() || form.group(2).matches("0+")) {
      throw new IllegalArgumentException(
          "found %%{spfv1:%s}, expected a letter of slodipvhct, digits, r, delimiters of -.+,/_="
              .formatted(text));
    }
    char letter = form.group(1).charAt(0);
    return new SpfMacro(
        Character.toLowerCase(letter),
        Character.isUpperCase(letter),
        form.group(2).isEmpty() ? Integer.MAX_VALUE : Integer.parseInt(form.group(2)),
        !form.group(3).isEmpty(),
        form.group(4));
  }

  String expand(LogEvent event) {
    String value = transformed(value(event));
    return escaped ? escape(value) : value;
  }

  private String value(LogEvent event) {
    String helo = EventFields.ofConnection(event, "ehlo_domain");
    String localpart = EventFields.senderLocalpart(event);
    String domain = EventFields.senderDomain(event);
    boolean none = localpart.isEmpty() && domain.isEmpty();
    // the null sender is postmaster of the client (section 2.4)
    String local = localpart.isEmpty() ? "postmaster" : localpart;
    String of = none ? helo : domain;
    String client = EventFields.client(event);
    return switch (letter) {
      case 's' -> local + "@" + of;
      case 'l' -> local;
      case 'o', 'd' -> of;
      case 'i' -> dotted(client);
      case 'p' -> "unknown";
      case 'v' -> client.indexOf(':') >= 0 ? "ip6" : "in-addr";
      case 'h' -> helo;
      case 'c' -> client;
      default -> Long.toString(Math.floorDiv(event.timeMicros(), 1_000_000L)); // t
    };
  }

  private String transformed(String value) {
    if (parts == Integer.MAX_VALUE && !reversed && delimiters.isEmpty()) {
      return value;
    }
    String at = delimiters.isEmpty() ? "." : delimiters;
    List<String> split =
        new ArrayList<>(Arrays.asList(value.split("[" + Pattern.quote(at) + "]", -1)));
    if (reversed) {
      Collections.reverse(split);
    }
    return String.join(".", split.subList(Math.max(0, split.size() - parts), split.size()));
  }

  /** Nibbles with dots between them where it is IPv6. */
  private static String dotted(String address) {
    if (address.indexOf(':') < 0) {
      return address;
    }
    try {
      if (InetAddress.ofLiteral(address) instanceof Inet6Address v6) {
        StringBuilder nibbles = new StringBuilder();
        for (byte octet : v6.getAddress()) {
          String hex = String.format(Locale.ROOT, "%02x", octet);
          nibbles.append(nibbles.isEmpty() ? "" : ".");
          nibbles.append(hex.charAt(0)).append('.').append(hex.charAt(1));
        }
        return nibbles.toString();
      }
    } catch (IllegalArgumentException e) {
      return address; // the path of a Unix socket, say
    }
    return address;
  }

  private static String escape(String value) {
    StringBuilder text = new StringBuilder();
    for (byte octet : value.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (octet & 0xFF);
      if (c < 0x80 && (Character.isLetterOrDigit(c) || "-._~".indexOf(c) >= 0)) {
        text.append(c);
      } else {
        text.append(String.format(Locale.ROOT, "%%%02X", octet));
      }
    }
    return text.toString();
  }
}
