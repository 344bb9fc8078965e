package org.impetusmta.module.ha_proxy_client;

import org.impetusmta.api.config.OptionValue;

/**
 * Where a proxy listens: {@code IP:port}, {@code [IPv6]:port} or {@code host:port}; the empty text
 * stands for none. Immutable.
 *
 * @param host an address without brackets, or a name; empty: no proxy
 * @param port 1 to 65535; 0: no proxy
 */
@OptionValue(expected = "IP:port, [IPv6]:port or host:port")
public record ProxyServer(String host, int port) {
  private static final ProxyServer NONE = new ProxyServer("", 0);

  /** Reads it. */
  public static ProxyServer parse(String text) {
    if (text.isEmpty()) {
      return NONE;
    }
    int colon = text.lastIndexOf(':');
    if (colon < 1 || !text.substring(colon + 1).matches("\\d{1,5}")) {
      throw new IllegalArgumentException("\"" + text + "\" has no port");
    }
    String host = text.substring(0, colon);
    int port = Integer.parseInt(text.substring(colon + 1));
    boolean bracketed = host.startsWith("[") && host.endsWith("]");
    if (bracketed) {
      host = host.substring(1, host.length() - 1);
    }
    if (!host.matches(bracketed ? "[0-9A-Fa-f:.]+" : "[A-Za-z0-9._-]+")) {
      throw new IllegalArgumentException("\"" + text + "\" names no host");
    }
    if (port < 1 || port > 65535) {
      throw new IllegalArgumentException("the port of \"" + text + "\" is not in 1..65535");
    }
    return new ProxyServer(host, port);
  }

  /** Whether it stands for no proxy. */
  boolean isNone() {
    return host.isEmpty();
  }
}
