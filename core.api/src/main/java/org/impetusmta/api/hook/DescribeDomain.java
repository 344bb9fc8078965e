package org.impetusmta.api.hook;

import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * The console's {@code domain} is asked for: what else is known of the domain and of its hosts.
 * Runs on a thread that may block; it says what is known already and looks nothing up.
 */
@ConsumerType
public interface DescribeDomain {
  /** Lines about a domain, below those of its route; empty: nothing is known. */
  default List<String> describeDomain(String domain) {
    return List.of();
  }

  /** Lines about one of its hosts, before its addresses; empty: nothing is known. */
  default List<String> describeHost(String host, int port) {
    return List.of();
  }
}
