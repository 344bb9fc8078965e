package org.impetusmta.module.url_ripper;

import com.google.common.net.InternetDomainName;
import java.net.InetAddress;
import java.net.URLDecoder;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.impetusmta.api.message.AsciiDomain;

/**
 * Hosts of URLs and mailboxes: names as the DNS has them, addresses in every notation that browsers
 * take, and the domain that a name was registered under. Stateless. Source: WHATWG URL, section
 * "host parsing"; the public suffix list, as Guava has it.
 */
final class Hosts {
  private static final int LONGEST = 253;

  private Hosts() {}

  /** The host of an authority, {@code user@host:port}; empty where there is none. */
  static Optional<String> ofAuthority(String authority) {
    String host = authority.substring(authority.lastIndexOf('@') + 1);
    if (host.startsWith("[")) {
      int end = host.indexOf(']');
      return end < 0 ? Optional.empty() : Optional.of(host.substring(1, end));
    }
    int colon = host.indexOf(':');
    return name(colon < 0 ? host : host.substring(0, colon));
  }

  /** A name or address that a text stands for; empty where it is none. */
  static Optional<String> name(String text) {
    String host = text;
    if (host.indexOf('%') >= 0) {
      try {
        host = URLDecoder.decode(host.replace("+", "%2B"), StandardCharsets.UTF_8);
      } catch (IllegalArgumentException bad) {
        return Optional.empty();
      }
    }
    // soft hyphens and the like are dropped, other full stops are full stops (UTS 46)
    host =
        host.replaceAll("[\u00ad\u200b\u2060\ufeff]", "").replaceAll("[\u3002\uff0e\uff61]", ".");
    host = AsciiDomain.of(host).replaceAll("^\\.+|\\.+$", "");
    boolean fits =
        !host.isEmpty()
            && host.length() <= LONGEST
            && host.matches("[a-z0-9_-]{1,63}(?:\\.[a-z0-9_-]{1,63})*");
    return fits ? Optional.of(host) : Optional.empty();
  }

  /** The address that a host is, {@code 0x7f.1} and {@code 2130706433} among them. */
  static Optional<InetAddress> address(String host) {
    if (host.indexOf(':') >= 0) {
      try {
        return Optional.of(InetAddress.ofLiteral(host));
      } catch (IllegalArgumentException none) {
        return Optional.empty();
      }
    }
    String[] parts = host.split("\\.", -1);
    if (parts.length > 4) {
      return Optional.empty();
    }
    long address = 0;
    for (int i = 0; i < parts.length; i++) {
      long number = number(parts[i]);
      boolean last = i == parts.length - 1;
      int bits = last ? 8 * (4 - i) : 8;
      if (number < 0 || number >= 1L << bits) {
        return Optional.empty();
      }
      address = address << bits | number;
    }
    byte[] octets = {
      (byte) (address >>> 24), (byte) (address >>> 16), (byte) (address >>> 8), (byte) address
    };
    try {
      return Optional.of(InetAddress.getByAddress(octets));
    } catch (UnknownHostException impossible) {
      return Optional.empty();
    }
  }

  private static long number(String text) {
    try {
      if (text.matches("0x[0-9a-f]{1,8}")) {
        return Long.parseLong(text, 2, text.length(), 16);
      }
      if (text.matches("0[0-7]{1,11}")) {
        return Long.parseLong(text, 8);
      }
      return text.matches("\\d{1,10}") ? Long.parseLong(text) : -1;
    } catch (NumberFormatException tooLarge) {
      return -1;
    }
  }

  /** What was registered, {@code example.co.uk} of {@code www.example.co.uk}. */
  static Optional<String> registered(String host) {
    if (!host.contains(".") || !InternetDomainName.isValid(host)) {
      return Optional.empty();
    }
    InternetDomainName name = InternetDomainName.from(host);
    if (name.isUnderRegistrySuffix()) {
      return Optional.of(name.topDomainUnderRegistrySuffix().toString());
    }
    if (name.isRegistrySuffix()) {
      return Optional.empty();
    }
    // a top level domain that the list does not have
    int last = host.lastIndexOf('.');
    int before = host.lastIndexOf('.', last - 1);
    return Optional.of(host.substring(before + 1));
  }

  /** The name that an address is looked up by (RFC 5782 sections 2.1 and 2.4). */
  static String reversed(InetAddress address) {
    byte[] octets = address.getAddress();
    StringBuilder name = new StringBuilder(64);
    for (int i = octets.length - 1; i >= 0; i--) {
      if (octets.length == 4) {
        name.append(octets[i] & 0xff);
      } else {
        name.append(Character.forDigit(octets[i] & 0xf, 16))
            .append('.')
            .append(Character.forDigit(octets[i] >> 4 & 0xf, 16));
      }
      name.append(i > 0 ? "." : "");
    }
    return name.toString();
  }
}
