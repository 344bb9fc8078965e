package org.impetusmta.core.reception;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import org.impetusmta.api.config.CidrSet;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.message.Address;
import org.impetusmta.core.route.DomainGlobs;

/**
 * Who may relay and for whom, made once from {@code Relay_Hosts}, {@code Relay_Domains}, {@code
 * Relay_For_Sending_Domains}, {@code Open_Relay} and {@code Bounce_Domains} of one scope.
 * Immutable.
 */
final class RelayRules {
  private final boolean openRelay;
  private final CidrSet hosts;
  private final DomainGlobs domains;
  private final Optional<DomainGlobs> bounces;
  private final Optional<DomainGlobs> senders;

  RelayRules(ReceptionOptions options) {
    openRelay =
        options.openRelay() || options.relayForSendingDomains().map(List::isEmpty).orElse(false);
    hosts = options.relayHosts().orElse(CidrSet.EMPTY);
    domains = new DomainGlobs(options.relayDomains().orElse(List.of()));
    bounces = options.bounceDomains().map(DomainGlobs::new);
    senders = options.relayForSendingDomains().map(DomainGlobs::new);
  }

  /** Whether this client may relay wherever it likes. */
  boolean trusts(Optional<InetAddress> client) {
    return openRelay || (client.isPresent() && hosts.contains(client.get()));
  }

  /**
   * Whether what comes for {@code recipient} is a report of failed delivery: its domain is one of
   * {@code Bounce_Domains}, and {@code Bounce_Pattern} matches it where there is one.
   */
  boolean isBounce(Address recipient, Generation generation) {
    return bounces.isPresent()
        && bounces.get().contains(recipient.routingDomain())
        && handling(recipient, generation)
            .bouncePattern()
            .map(pattern -> pattern.matcher(recipient.toString()).find())
            .orElse(true);
  }

  /** Whether {@code recipient} takes reports that are accepted and dropped. */
  boolean dropsBounce(Address recipient, Generation generation) {
    return isBounce(recipient, generation)
        && handling(recipient, generation).bounceBehavior()
            == BounceHandlingOptions.Behavior.BLACKHOLE;
  }

  private static BounceHandlingOptions handling(Address recipient, Generation generation) {
    return generation.options(
        BounceHandlingOptions.class, new ScopePath.Sending("", "", recipient.routingDomain()));
  }

  /** Whether mail of {@code sender} to {@code recipient} is relayed for a client without trust. */
  boolean permits(Address sender, Address recipient) {
    return domains.contains(recipient.routingDomain())
        || (senders.isPresent()
            && !sender.isNull()
            && senders.get().contains(sender.routingDomain()));
  }
}
