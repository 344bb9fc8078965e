package org.impetusmta.client;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a control listener is: a path, recognised by its slash, or {@code host:port}, {@code
 * [ipv6]:port}, {@code :port} (this machine), each with an optional {@code user@} before it.
 * Immutable.
 *
 * @param text as typed, without the user; the prompt shows it
 * @param user empty where none was typed
 */
record Address(String text, String user) {
  private static final Pattern TCP =
      Pattern.compile("(\\[[0-9a-fA-F:.%]+]|[^:\\s\\[\\]]*):(\\d{1,5})");

  /** Reads {@code argument} if it looks like an address: commands have neither form. */
  static Optional<Address> parse(String argument) {
    int at = argument.indexOf('@');
    int slash = argument.indexOf('/');
    boolean named = at >= 0 && (slash < 0 || at < slash);
    String text = named ? argument.substring(at + 1) : argument;
    String user = named ? argument.substring(0, at) : "";
    boolean path = text.contains("/") && !text.contains(" ");
    return path || TCP.matcher(text).matches()
        ? Optional.of(new Address(text, user))
        : Optional.empty();
  }

  /**
   * Where to connect when nothing is said: {@code CONTROL}, or the socket of the distribution that
   * this program belongs to, or else /tmp/2025.
   */
  static Address standard(Map<String, String> environment) {
    String control = environment.getOrDefault("CONTROL", "");
    if (!control.isEmpty()) {
      return parse(control).orElseGet(() -> new Address(control, ""));
    }
    String home = environment.getOrDefault("IMPETUS_HOME", "");
    if (!home.isEmpty()) {
      Path socket = Path.of(home, "var", "run", "2025");
      if (Files.exists(socket)) {
        return new Address(socket.toString(), "");
      }
    }
    return new Address("/tmp/2025", "");
  }

  /** What to connect to. */
  SocketAddress socketAddress() throws UnknownHostException {
    Matcher tcp = TCP.matcher(text);
    if (text.contains("/") || !tcp.matches()) {
      return UnixDomainSocketAddress.of(text);
    }
    String host = tcp.group(1);
    int port = Integer.parseInt(tcp.group(2));
    if (port > 0xFFFF) {
      throw new UnknownHostException("there is no port " + port);
    }
    InetAddress address =
        host.isEmpty() || host.equals("*")
            ? InetAddress.getLoopbackAddress()
            : InetAddress.getByName(host);
    return new InetSocketAddress(address, port);
  }
}
