package org.impetusmta.core.route;

import java.util.List;
import java.util.Optional;
import org.impetusmta.api.message.AsciiDomain;

/**
 * What is looked up for a queue: a name whose MX records count (a routing domain) or a single host
 * (a gateway or an address literal, RFC 5321 section 4.1.3). Immutable; the key of the route cache.
 *
 * @param name in lower case without a final dot; an address without brackets
 * @param mx whether MX records are asked for
 * @param validated whether the answers are validated by DNSSEC
 * @param items the hosts that are listed for it; empty: those of the DNS
 */
public record Target(String name, boolean mx, int port, boolean validated, List<RouteItem> items) {
  public Target {
    items = List.copyOf(items);
  }

  /** A target that the DNS says all about. */
  public Target(String name, boolean mx, int port, boolean validated) {
    this(name, mx, port, validated, List.of());
  }

  /** A target whose answers are believed. */
  public Target(String name, boolean mx, int port) {
    this(name, mx, port, false);
  }

  /** The same target with answers that are validated, or not. */
  public Target validated(boolean validate) {
    return validate == validated ? this : new Target(name, mx, port, validate, items);
  }

  /**
   * The target of {@code domain}'s mail.
   *
   * @throws IllegalArgumentException when the gateway or the routes cannot be read
   */
  public static Target of(String domain, RouteOptions options) {
    return of(domain, options, options.remoteSmtpPort());
  }

  /**
   * The target of {@code domain}'s mail, on {@code port} where the gateway says no other.
   *
   * @throws IllegalArgumentException when the gateway or the routes cannot be read
   */
  public static Target of(String domain, RouteOptions options, int port) {
    Optional<String> gateway = options.gateway().map(String::trim).filter(g -> !g.isEmpty());
    if (gateway.isPresent()) {
      return gateway(gateway.get(), port);
    }
    List<RouteItem> items = RouteItem.parse(options.routes().orElse(List.of()));
    String literal = addressLiteral(domain);
    return literal.isEmpty()
        ? new Target(withoutDot(domain), true, port, false, items)
        : new Target(literal, false, port, false, items);
  }

  /**
   * Reads {@code host}, {@code host:port}, {@code [address]} or {@code [address]:port}.
   *
   * @throws IllegalArgumentException when it is none of them; the message says what was found
   */
  public static Target gateway(String text, int defaultPort) {
    String host = text;
    String port = "";
    if (text.startsWith("[")) {
      int end = text.indexOf(']');
      if (end < 0 || (end + 1 < text.length() && text.charAt(end + 1) != ':')) {
        throw new IllegalArgumentException("not a host or [address]:port: " + text);
      }
      host = text.substring(1, end);
      port = end + 1 < text.length() ? text.substring(end + 2) : "";
      if (Addresses.parse(host).isEmpty()) {
        throw new IllegalArgumentException("not an address: " + text);
      }
    } else if (text.indexOf(':') >= 0) {
      if (text.indexOf(':') != text.lastIndexOf(':')) {
        throw new IllegalArgumentException("an IPv6 address stands in brackets: " + text);
      }
      host = text.substring(0, text.indexOf(':'));
      port = text.substring(text.indexOf(':') + 1);
      if (port.isEmpty()) {
        throw new IllegalArgumentException("no port after the colon: " + text);
      }
    }
    if (host.isEmpty() || host.chars().anyMatch(c -> c <= ' ' || c == 0x7f || c == '/')) {
      throw new IllegalArgumentException("not a host name or address: " + text);
    }
    return new Target(withoutDot(host), false, port.isEmpty() ? defaultPort : port(port, text));
  }

  /**
   * The same target with the hosts that a module lists for it.
   *
   * @throws IllegalArgumentException when they cannot be read
   */
  public Target listed(List<String> routes) {
    return new Target(name, mx, port, validated, RouteItem.parse(routes));
  }

  private static int port(String digits, String text) {
    if (digits.matches("\\d{1,5}")) {
      int port = Integer.parseInt(digits);
      if (port >= 1 && port <= 65535) {
        return port;
      }
    }
    throw new IllegalArgumentException("not a port between 1 and 65535: " + text);
  }

  /** The address inside {@code [1.2.3.4]} or {@code [IPv6:::1]}; empty for anything else. */
  private static String addressLiteral(String domain) {
    if (!domain.startsWith("[") || !domain.endsWith("]")) {
      return "";
    }
    String inside = domain.substring(1, domain.length() - 1);
    if (inside.regionMatches(true, 0, "IPv6:", 0, 5)) {
      inside = inside.substring(5);
    }
    return Addresses.parse(inside).isPresent() ? inside : "";
  }

  private static String withoutDot(String name) {
    String lower = AsciiDomain.of(name);
    return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
  }
}
