package org.impetusmta.core.route;

import java.util.List;

/**
 * What a lookup came to: the hosts that take a target's mail, in order of preference (RFC 5321
 * section 5.1), or why there are none. Immutable but for the health of its hosts.
 *
 * @param exchangers by rising preference, equals in random order; empty unless {@link
 *     Outcome#FOUND}
 * @param expiresMillis when it is looked up again, milliseconds since 1970
 * @param failures how many lookups in a row said {@link Outcome#NO_SUCH_DOMAIN}
 */
public record Route(
    Target target, Outcome outcome, List<Exchanger> exchangers, long expiresMillis, int failures) {
  /** How a lookup ended. */
  public enum Outcome {
    FOUND,
    /** RFC 7505: the domain takes no mail. */
    NULL_MX,
    /** It leads to one of {@code prohibited_hosts}. */
    PROHIBITED,
    /** NXDOMAIN. */
    NO_SUCH_DOMAIN,
    /** The domain exists and has neither MX nor address, or none of its MX hosts has an address. */
    NO_ADDRESS,
    /** The DNS could not be asked. */
    TEMPORARY
  }

  /**
   * One MX host, or the host itself where there is no MX.
   *
   * @param secure whether DNSSEC proves every record that led here (RFC 7672 section 2.2)
   */
  public record Exchanger(
      int preference, String name, long expiresMillis, List<Host> hosts, boolean secure) {
    public Exchanger {
      hosts = List.copyOf(hosts);
    }
  }

  /** A host that was chosen, the name it goes by in this route, and whether DNSSEC proves it. */
  public record Choice(String name, Host host, boolean secure) {}

  public Route {
    exchangers = List.copyOf(exchangers);
  }

  /** Whether it may still be used. */
  public boolean valid(long now) {
    return now < expiresMillis;
  }
}
