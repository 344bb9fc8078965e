package org.impetusmta.core.queue;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out which addresses this machine has. An address is there if a socket can be bound to it,
 * which is true of all of 127.0.0.0/8 and of what the kernel lets anybody bind. With {@code
 * use_iflist_cache} the list of the interfaces is read once for each check and asked first. Blocks
 * for system calls: thread pools only. Stateless between checks.
 */
final class LocalAddresses implements SourceAddresses.Finder {
  private static final Logger LOG = LoggerFactory.getLogger(LocalAddresses.class);

  private final boolean cached;
  private Set<InetAddress> known = Set.of();

  /**
   * @param cached whether one look at the interfaces serves a whole check
   */
  LocalAddresses(boolean cached) {
    this.cached = cached;
  }

  @Override
  public synchronized void begin() {
    known = Set.of();
    if (cached) {
      try {
        known =
            NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .collect(Collectors.toUnmodifiableSet());
      } catch (SocketException e) {
        LOG.warn("the network interfaces cannot be listed: {}", e.getMessage());
      }
    }
  }

  @Override
  public synchronized Optional<InetAddress> find(InetAddress address) {
    InetAddress there =
        address instanceof Inet6Address six && six.isLinkLocalAddress() && six.getScopeId() == 0
            ? scoped(six)
            : address;
    if (known.contains(there)) {
      return Optional.of(there);
    }
    StandardProtocolFamily family =
        there instanceof Inet4Address ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6;
    try (DatagramChannel probe = DatagramChannel.open(family)) {
      probe.bind(new InetSocketAddress(there, 0));
      return Optional.of(there);
    } catch (IOException | UnsupportedOperationException _) {
      return Optional.empty();
    }
  }

  /** A link-local address needs the interface that it is on. */
  private static InetAddress scoped(Inet6Address address) {
    try {
      NetworkInterface on = NetworkInterface.getByInetAddress(address);
      return on == null
          ? address
          : Inet6Address.getByAddress(null, address.getAddress(), on.getIndex());
    } catch (IOException _) {
      return address;
    }
  }
}
