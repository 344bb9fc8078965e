package org.impetusmta.listener.control;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.impetusmta.api.config.ConfigException;

/**
 * Where to listen, as the name of a {@code Listen} says it: a path, recognised by its slash, is a
 * Unix domain socket; {@code 127.0.0.1:2025}, {@code [::1]:2025} or {@code localhost:2025} is a TCP
 * port. As long as sessions are not authenticated, TCP is for loopback addresses only. Immutable.
 * Source: listeners.
 */
sealed interface ControlAddress {
  /** What {@code sun_path} holds on Linux, without the octet that ends it. */
  int LONGEST_PATH = 107;

  /** As the operator wrote it. */
  String text();

  record Unix(String text, Path path) implements ControlAddress {}

  record Tcp(String text, InetSocketAddress address) implements ControlAddress {}

  /**
   * Reads the name of a {@code Listen}.
   *
   * @param position where it stands, for the message
   * @param home what a relative path is relative to
   */
  static ControlAddress parse(String name, String position, Path home) throws ConfigException {
    return name.contains("/") ? unix(name, position, home) : tcp(name, position);
  }

  private static Unix unix(String name, String position, Path home) throws ConfigException {
    Path path;
    try {
      path = home.resolve(name).toAbsolutePath().normalize();
    } catch (InvalidPathException e) {
      throw new ConfigException(position + ": Listen \"" + name + "\": not a path", e);
    }
    int length = path.toString().getBytes(StandardCharsets.UTF_8).length;
    if (length > LONGEST_PATH) {
      throw new ConfigException(
          "%s: Listen \"%s\": %s has %d octets; the path of a Unix domain socket can have at most %d"
              .formatted(position, name, path, length, LONGEST_PATH));
    }
    if (path.getNameCount() == 0) {
      throw new ConfigException(
          position + ": Listen \"" + name + "\": expected the path of a file");
    }
    return new Unix(name, path);
  }

  private static Tcp tcp(String name, String position) throws ConfigException {
    int colon = name.lastIndexOf(':');
    String host = colon < 0 ? "" : name.substring(0, colon);
    int port = port(name.substring(colon + 1));
    if (colon < 0 || port < 0) {
      throw new ConfigException(
          "%s: Listen \"%s\": expected a path (\"/tmp/2025\") or an address and a port (\"127.0.0.1:2025\")"
              .formatted(position, name));
    }
    if (host.isEmpty() || host.equals("*") || host.equals("[*]")) {
      throw notLoopback(name, position);
    }
    InetAddress address = address(host, name, position);
    if (!address.isLoopbackAddress()) {
      throw notLoopback(name, position);
    }
    return new Tcp(name, new InetSocketAddress(address, port));
  }

  private static InetAddress address(String host, String name, String position)
      throws ConfigException {
    if (host.equalsIgnoreCase("localhost")) {
      return InetAddress.ofLiteral("127.0.0.1");
    }
    boolean bracketed = host.startsWith("[") && host.endsWith("]");
    try {
      if (bracketed || !host.contains(":")) {
        return InetAddress.ofLiteral(bracketed ? host.substring(1, host.length() - 1) : host);
      }
    } catch (IllegalArgumentException e) {
      throw new ConfigException(
          "%s: Listen \"%s\": \"%s\" is no IP address".formatted(position, name, host), e);
    }
    throw new ConfigException(
        "%s: Listen \"%s\": an IPv6 address is written in brackets, \"[::1]:2025\""
            .formatted(position, name));
  }

  private static ConfigException notLoopback(String name, String position) {
    return new ConfigException(
        ("%s: Listen \"%s\": control sessions are not authenticated, so they are accepted on Unix"
                + " domain sockets and loopback addresses only")
            .formatted(position, name));
  }

  private static int port(String text) {
    try {
      int port = Integer.parseInt(text);
      return port <= 0xFFFF ? port : -1;
    } catch (NumberFormatException e) {
      return -1;
    }
  }
}
