package org.impetusmta.api.config;

import java.net.InetAddress;
import java.util.Optional;

/**
 * Where a value is looked up: the most specific scope first, then its fallbacks, then the option's
 * default. Only the scopes that an option is declared for are asked. Immutable. Source:
 * ecelerity.conf.fallback.
 */
public sealed interface ScopePath {
  /** Outside every stanza. */
  Global GLOBAL = new Global();

  /** The global scope alone. */
  record Global() implements ScopePath {}

  /**
   * Sending: binding_group::binding::domain, binding::domain, binding_group::domain, binding,
   * binding_group, domain, global. An exact domain stanza wins over a regex one.
   */
  record Sending(String bindingGroup, String binding, String domain) implements ScopePath {}

  /**
   * One host that mail is delivered to. With a binding: binding_group::binding::host,
   * binding::host, binding_group::host; without ({@link #everywhere}): the global host stanza. No
   * fallback beyond. An exact host stanza wins over a regex one. Source: conf.ref.host.
   *
   * @param host the MX host's name
   */
  record Host(String bindingGroup, String binding, String host) implements ScopePath {
    /** The host stanza outside every binding. */
    public static Host everywhere(String host) {
      return new Host("", "", host);
    }
  }

  /**
   * Receiving: the most specific Peer inside the Listen, then inside the listener; the Listen; the
   * listener; the pathway in its group, the pathway, its group; global.
   *
   * @param listener the listener's stanza name in lower case, {@code esmtp_listener}
   * @param listen the Listen's instance name as written, {@code 127.0.0.1:2525}
   * @param peer the client's address; empty on a Unix socket
   */
  record Receiving(String listener, String listen, Optional<InetAddress> peer)
      implements ScopePath {}

  /**
   * Receiving, where policy has chosen the pathway: as {@code of}, with that pathway in the place
   * of the configured one. A pathway that no stanza has adds nothing.
   */
  record OnPathway(Receiving of, String pathway) implements ScopePath {}

  /** One stanza alone: no fallback but the default. */
  record Within(Stanza stanza) implements ScopePath {}
}
