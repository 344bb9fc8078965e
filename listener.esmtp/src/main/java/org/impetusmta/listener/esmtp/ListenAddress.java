package org.impetusmta.listener.esmtp;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import org.impetusmta.api.config.ConfigException;

/**
 * What a Listen stanza is named: {@code :25} and {@code *:25} (every address), {@code 0.0.0.0:25}
 * (every IPv4 address), {@code [*]:25} (every IPv6 address), {@code 127.0.0.1:25}, {@code
 * [::1]:25}, or the path of a Unix socket. Two spellings of one address are equal. Immutable.
 * Source: listeners.
 */
sealed interface ListenAddress {
  /** Whose clients a port is for. */
  enum Family {
    IPV4,
    IPV6,
    ANY
  }

  /** An address and port. */
  record Tcp(InetSocketAddress address, Family family) implements ListenAddress {}

  /** A path. */
  record Unix(Path path) implements ListenAddress {}

  /**
   * Reads a name.
   *
   * @throws ConfigException when it is none; the message says what was expected
   */
  static ListenAddress parse(String text) throws ConfigException {
    if (text.startsWith("/")) {
      return unix(text);
    }
    int colon = text.lastIndexOf(':');
    String host = colon < 0 ? text : text.substring(0, colon);
    Optional<Integer> port = colon < 0 ? Optional.empty() : port(text.substring(colon + 1));
    if (port.isEmpty()) {
      throw wrong(text);
    }
    if (host.isEmpty() || host.equals("*")) {
      return new Tcp(new InetSocketAddress(port.get()), Family.ANY);
    }
    boolean bracketed = host.startsWith("[") && host.endsWith("]");
    String literal = bracketed ? host.substring(1, host.length() - 1) : host;
    boolean anyIpv6 = bracketed && literal.equals("*");
    if (bracketed != literal.indexOf(':') >= 0 && !anyIpv6) {
      throw wrong(text);
    }
    try {
      InetAddress address = InetAddress.ofLiteral(anyIpv6 ? "::" : literal);
      return new Tcp(
          new InetSocketAddress(address, port.get()), bracketed ? Family.IPV6 : Family.IPV4);
    } catch (IllegalArgumentException notAnAddress) {
      throw wrong(text);
    }
  }

  private static Unix unix(String text) throws ConfigException {
    try {
      return new Unix(Path.of(text).normalize());
    } catch (InvalidPathException notAPath) {
      throw wrong(text);
    }
  }

  private static Optional<Integer> port(String digits) {
    if (!digits.matches("\\d{1,5}")) {
      return Optional.empty();
    }
    return Optional.of(Integer.parseInt(digits)).filter(port -> port <= 65535);
  }

  private static ConfigException wrong(String text) {
    return new ConfigException(
        "Listen \"%s\": expected ADDRESS:PORT, [IPV6]:PORT, :PORT or an absolute path"
            .formatted(text));
  }
}
