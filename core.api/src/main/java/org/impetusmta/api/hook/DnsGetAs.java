package org.impetusmta.api.hook;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ConsumerType;

/** The addresses of an MX host are wanted. Runs on a thread of the pool IO; may not block. */
@ConsumerType
public interface DnsGetAs {
  /** What takes the place of a lookup, and for how long. */
  record Addresses(List<InetAddress> addresses, Duration ttl) {
    public Addresses {
      addresses = List.copyOf(addresses);
    }
  }

  /**
   * The first answer wins; empty: the DNS is asked.
   *
   * @param host the name in the MX record, without a final dot
   */
  Optional<Addresses> dnsGetAs(String host);
}
