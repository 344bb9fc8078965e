package org.impetusmta.api.hook;

import java.util.Optional;
import org.impetusmta.api.reception.Transaction;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Whether mail to a domain is taken from a client that may not relay wherever it likes: asked
 * before {@link ConfigGetDomainRelay} and the configuration. The first answer decides. Runs on the
 * session's loop; may not block. Source: hooks core_pre_ec_can_relay_to.
 */
@ConsumerType
public interface PreEcCanRelayTo {
  /**
   * @param domain the recipient's, in ASCII
   */
  Optional<Boolean> preEcCanRelayTo(String domain, Transaction transaction);
}
