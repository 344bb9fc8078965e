package org.impetusmta.module.mail_loop;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.Set;

/**
 * Which addresses are this machine's own, and which of its ports mail was sent to from here. All of
 * 127.0.0.0/8 and the unspecified addresses lead back here too. Concurrent.
 */
final class SelfConnects {
  /** Listeners are few. */
  private static final int MOST = 256;

  private final Set<InetAddress> own;

  /** The ports that mail was sent to; read for each connection, written once for each. */
  private volatile Set<Integer> ports = Set.of();

  SelfConnects(Set<InetAddress> own) {
    this.own = Set.copyOf(own);
  }

  boolean isOwn(InetAddress address) {
    return address.isLoopbackAddress() || address.isAnyLocalAddress() || own.contains(address);
  }

  /** Mail goes to an own address. */
  void goesTo(InetSocketAddress target) {
    Set<Integer> known = ports;
    if (!known.contains(target.getPort()) && known.size() < MOST) {
      Set<Integer> more = new HashSet<>(known);
      more.add(target.getPort());
      ports = Set.copyOf(more);
    }
  }

  /** Whether mail went to that port of this machine. */
  boolean wentTo(int port) {
    return ports.contains(port);
  }
}
