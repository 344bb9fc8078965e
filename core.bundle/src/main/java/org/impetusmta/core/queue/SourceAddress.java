package org.impetusmta.core.queue;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/**
 * Where the connections of one binding come from: anywhere, or one address of a family, at most
 * two. A binding none of whose addresses can be used is suspended. Concurrent: written by {@link
 * SourceAddresses}, read by the loops of its queues.
 */
final class SourceAddress {
  /** The kernel chooses. */
  static final SourceAddress ANY = new SourceAddress(true);

  private final boolean any;
  private volatile List<InetAddress> usable = List.of();
  private volatile boolean suspended;

  SourceAddress(boolean any) {
    this.any = any;
  }

  /** Whether the kernel chooses. */
  boolean any() {
    return any;
  }

  /** Whether none of its addresses can be used now. */
  boolean suspended() {
    return suspended;
  }

  /** Whether there is a source address for connections to {@code remote}. */
  boolean reaches(InetAddress remote) {
    return any || to(remote).isPresent();
  }

  /** The source address of connections to {@code remote}; empty: any. */
  Optional<InetAddress> to(InetAddress remote) {
    for (InetAddress address : usable) {
      if ((address instanceof Inet4Address) == (remote instanceof Inet4Address)) {
        return Optional.of(address);
      }
    }
    return Optional.empty();
  }

  List<InetAddress> usable() {
    return usable;
  }

  /** Sets what can be used; nothing: it is suspended. */
  void usable(List<InetAddress> addresses) {
    usable = addresses;
    suspended = addresses.isEmpty() && !any;
  }

  @Override
  public String toString() {
    return any ? "*" : usable.toString();
  }
}
