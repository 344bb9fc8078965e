package org.impetusmta.api.dns;

import java.net.InetSocketAddress;
import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The UDP sockets of the resolver; an OSGi service of the core. Concurrent. Source: modules.dnsbuf.
 */
@ProviderType
public interface DnsSockets {
  /**
   * Sets the buffers of all sockets that are open, and of all that will be.
   *
   * @param send octets of SO_SNDBUF; 0: what {@code dns_udp_sndbuf_size} says of new ones
   * @param receive octets of SO_RCVBUF; 0: what {@code dns_udp_rcvbuf_size} says of new ones
   * @return how many open sockets took them
   */
  int buffers(int send, int receive);

  /** The sockets that are open, with the sizes that the operating system reports. */
  List<Buffers> open();

  /**
   * The sizes for a socket that would be opened now, as the operating system reports them.
   *
   * @throws java.io.IOException where no socket can be opened
   */
  Buffers fresh() throws java.io.IOException;

  /**
   * One socket.
   *
   * @param server the name server that it is connected to
   */
  record Buffers(InetSocketAddress server, int send, int receive) {}
}
