package org.impetusmta.log;

import java.util.Optional;

/**
 * The other end of a connection as events name it: an IP address, with a port perhaps. Immutable.
 *
 * @param ip without brackets
 * @param port empty where it is not told
 */
public record PeerName(String ip, Optional<String> port) {
  private static final int PORT_DIGITS = 5;

  /**
   * Reads {@code 192.0.2.1}, {@code 192.0.2.1:25}, {@code 2001:db8::1} or {@code [2001:db8::1]:25};
   * empty where the other end is no host: {@code unknown}, a path.
   */
  public static Optional<PeerName> of(String text) {
    if (text.startsWith("[")) {
      int close = text.indexOf(']');
      return close > 0 && isV6(text.substring(1, close))
          ? withPort(text.substring(1, close), text.substring(close + 1))
          : Optional.empty();
    }
    int colon = text.indexOf(':');
    if (colon >= 0 && text.indexOf(':', colon + 1) >= 0) {
      return isV6(text) ? withPort(text, "") : Optional.empty();
    }
    int end = colon < 0 ? text.length() : colon;
    return isV4(text.substring(0, end))
        ? withPort(text.substring(0, end), text.substring(end))
        : Optional.empty();
  }

  /**
   * @param rest nothing, or a colon and the port
   */
  private static Optional<PeerName> withPort(String ip, String rest) {
    if (rest.isEmpty()) {
      return Optional.of(new PeerName(ip, Optional.empty()));
    }
    String port = rest.substring(1);
    return rest.charAt(0) == ':' && port.length() <= PORT_DIGITS && hasOnly(port, "")
        ? Optional.of(new PeerName(ip, Optional.of(port)))
        : Optional.empty();
  }

  private static boolean isV6(String text) {
    return hasOnly(text, ":.abcdefABCDEF");
  }

  private static boolean isV4(String text) {
    int dots = 0;
    int digits = 0;
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) == '.') {
        if (digits == 0) {
          return false;
        }
        dots++;
        digits = 0;
      } else if (++digits > 3) {
        return false;
      }
    }
    return dots == 3 && digits > 0 && hasOnly(text, ".");
  }

  /** Whether there is something, and nothing but ASCII digits and those others. */
  private static boolean hasOnly(String text, String others) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if ((c < '0' || c > '9') && others.indexOf(c) < 0) {
        return false;
      }
    }
    return !text.isEmpty();
  }
}
