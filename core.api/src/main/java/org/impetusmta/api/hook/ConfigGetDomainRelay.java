package org.impetusmta.api.hook;

import java.util.Optional;
import org.impetusmta.api.reception.Transaction;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Whether a domain is relayed for, in place of what the configuration says ({@code Relay_Domains},
 * {@code Relay_For_Sending_Domains}, {@code Bounce_Domains}). The first answer decides. Runs on the
 * session's loop; may not block. Source: hooks core_config_get_domain_relay.
 */
@ConsumerType
public interface ConfigGetDomainRelay {
  /**
   * @param domain the recipient's, in ASCII
   */
  Optional<Boolean> configGetDomainRelay(String domain, Transaction transaction);
}
