package org.impetusmta.core.reception;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import org.impetusmta.api.message.Address;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who may relay and for whom, made once from {@code Relay_Hosts}, {@code Relay_Domains}, {@code
 * Relay_For_Sending_Domains} and {@code Open_Relay} of one scope. Immutable.
 */
final class RelayRules {
  private static final Logger LOG = LoggerFactory.getLogger(RelayRules.class);

  private final boolean openRelay;
  private final AddressBlocks hosts;
  private final DomainGlobs domains;
  private final Optional<DomainGlobs> senders;

  RelayRules(ReceptionOptions options) {
    openRelay =
        options.openRelay() || options.relayForSendingDomains().map(List::isEmpty).orElse(false);
    hosts = blocks(options.relayHosts().orElse(List.of()));
    domains = new DomainGlobs(options.relayDomains().orElse(List.of()));
    senders = options.relayForSendingDomains().map(DomainGlobs::new);
  }

  private static AddressBlocks blocks(List<String> texts) {
    try {
      return new AddressBlocks(texts);
    } catch (IllegalArgumentException wrong) {
      LOG.error("Relay_Hosts is ignored, nobody may relay because of it: {}", wrong.getMessage());
      return new AddressBlocks(List.of());
    }
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
