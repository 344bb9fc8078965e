package org.impetusmta.core.reception;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Optional;

/**
 * One end of a connection as logs and headers write it. Immutable.
 *
 * @param text {@code ip:port}, {@code [ip6]:port} or {@code unix}
 * @param ip the address alone; empty on a Unix socket
 */
record Endpoint(String text, String ip, Optional<InetAddress> address) {
  private static final Endpoint UNIX = new Endpoint("unix", "", Optional.empty());

  static Endpoint of(SocketAddress address) {
    if (address instanceof InetSocketAddress inet && inet.getAddress() != null) {
      String ip = inet.getAddress().getHostAddress();
      int zone = ip.indexOf('%');
      if (zone >= 0) {
        ip = ip.substring(0, zone);
      }
      String text =
          ip.indexOf(':') >= 0 ? "[" + ip + "]:" + inet.getPort() : ip + ":" + inet.getPort();
      return new Endpoint(text, ip, Optional.of(inet.getAddress()));
    }
    return UNIX;
  }
}
