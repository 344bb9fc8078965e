package org.impetusmta.core.reception;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import org.impetusmta.api.config.CidrSet;
import org.impetusmta.api.message.Address;

/**
 * Who may relay and for whom, made once from {@code Relay_Hosts}, {@code Relay_Domains}, {@code
 * Relay_For_Sending_Domains} and {@code Open_Relay} of one scope. Immutable.
 */
final class RelayRules {
  private final boolean openRelay;
  private final CidrSet hosts;
  private final DomainGlobs domains;
  private final Optional<DomainGlobs> senders;

  RelayRules(ReceptionOptions options) {
    openRelay =
        options.openRelay() || options.relayForSendingDomains().map(List::isEmpty).orElse(false);
    hosts = options.relayHosts().orElse(CidrSet.EMPTY);
    domains = new DomainGlobs(options.relayDomains().orElse(List.of()));
    senders = options.relayForSendingDomains().map(DomainGlobs::new);
  }

  /** Whether this client may relay wherever it likes. */
  boolean trusts(Optional<InetAddress> client) {
    return openRelay || (client.isPresent() && hosts.contains(client.get()));
  }

  /** Whether mail of {@code sender} to {@code recipient} is relayed for a client without trust. */
  boolean permits(Address sender, Address recipient) {
    return domains.contains(recipient.routingDomain())
        || (senders.isPresent()
            && !sender.isNull()
            && senders.get().contains(sender.routingDomain()));
  }
}
