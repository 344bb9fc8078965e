package org.impetusmta.net;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
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
public sealed interface ListenAddress {
  /** What {@code sun_path} holds on Linux, without the octet that ends it. */
  int LONGEST_PATH = 107;

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
    return parse(text, Optional.empty());
  }

  /**
   * Reads a name.
   *
   * @param home what a relative path is relative to; empty: paths are absolute
   * @throws ConfigException when it is none; the message says what was expected
   */
  static ListenAddress parse(String text, Optional<Path> home) throws ConfigException {
    if (text.startsWith("/") || (home.isPresent() && text.indexOf('/') >= 0)) {
      return unix(text, home.orElse(Path.of("/")));
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

  private static Unix unix(String text, Path home) throws ConfigException {
    Path path;
    try {
      path = home.resolve(text).toAbsolutePath().normalize();
    } catch (InvalidPathException notAPath) {
      throw wrong(text);
    }
    int length = path.toString().getBytes(StandardCharsets.UTF_8).length;
    if (length > LONGEST_PATH) {
      throw new ConfigException(
          "Listen \"%s\": %s has %d octets; the path of a Unix domain socket can have at most %d"
              .formatted(text, path, length, LONGEST_PATH));
    }
    if (path.getNameCount() == 0) {
      throw wrong(text);
    }
    return new Unix(path);
  }

  private static Optional<Integer> port(String digits) {
    if (!digits.matches("\\d{1,5}")) {
      return Optional.empty();
    }
    return Optional.of(Integer.parseInt(digits)).filter(port -> port <= 65535);
  }

  private static ConfigException wrong(String text) {
    return new ConfigException(
        "Listen \"%s\": expected ADDRESS:PORT, [IPV6]:PORT, :PORT or the path of a Unix domain socket"
            .formatted(text));
  }
}
