package org.impetusmta.module.ha_proxy_client;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One proxy and how it fares. A name is looked up at each look: when the address in use is no
 * longer among its addresses, the first of them is used. Up until so many looks in a row have
 * failed. Concurrent; {@link #look} blocks and is called by one thread at a time.
 */
final class Backend {
  private static final Logger LOG = LoggerFactory.getLogger(Backend.class);

  private final String host;
  private final int port;
  private final HaProxyClient.Options options;
  private volatile @Nullable InetSocketAddress address;
  private volatile boolean up = true;
  private int inRow;

  private Backend(String host, int port, HaProxyClient.Options options) {
    this.host = host;
    this.port = port;
    this.options = options;
    try {
      address = new InetSocketAddress(InetAddress.ofLiteral(host), port);
    } catch (IllegalArgumentException aName) {
      LOG.debug("{} is looked up", host);
    }
  }

  /** Reads {@code host:port}, {@code IP:port} or {@code [IPv6]:port}. */
  static Optional<Backend> of(String text, HaProxyClient.Options options) {
    int colon = text.lastIndexOf(':');
    if (colon < 1 || !text.substring(colon + 1).matches("\\d{1,5}")) {
      return Optional.empty();
    }
    String host = text.substring(0, colon);
    int port = Integer.parseInt(text.substring(colon + 1));
    boolean bracketed = host.startsWith("[") && host.endsWith("]");
    if (bracketed) {
      host = host.substring(1, host.length() - 1);
    }
    boolean fits = host.matches(bracketed ? "[0-9A-Fa-f:.]+" : "[A-Za-z0-9._-]+");
    return fits && port >= 1 && port <= 65535
        ? Optional.of(new Backend(host, port, options))
        : Optional.empty();
  }

  Optional<InetSocketAddress> address() {
    return Optional.ofNullable(address);
  }

  boolean isUp() {
    return up;
  }

  /** Looks whether it takes connections. */
  synchronized void look() {
    boolean answers = false;
    try (Socket socket = new Socket()) {
      InetSocketAddress to = resolve();
      socket.connect(to, (int) options.healthCheckTimeout().toMillis());
      answers = true;
    } catch (IOException e) {
      LOG.debug("proxy {}:{}: {}", host, port, e.toString());
    }
    inRow = answers == up ? 0 : inRow + 1;
    int needed = up ? options.healthCheckFailureThreshold() : options.healthCheckSuccessThreshold();
    if (inRow >= needed) {
      up = answers;
      inRow = 0;
      LOG.warn("proxy {}:{} is {}", host, port, up ? "up" : "down: its mail waits");
    }
  }

  private InetSocketAddress resolve() throws IOException {
    InetAddress[] all = InetAddress.getAllByName(host);
    InetSocketAddress known = address;
    if (known != null && Arrays.asList(all).contains(known.getAddress())) {
      return known;
    }
    InetSocketAddress fresh = new InetSocketAddress(all[0], port);
    address = fresh;
    return fresh;
  }
}
