package org.impetusmta.api.policy;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Reply;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Asks an SMTP server whether it takes mail for a recipient, without sending any; an OSGi service
 * of module smtp_rcptto_proxy. Concurrent. Source: modules.smtp_rcptto_proxy.
 */
@ProviderType
public interface RecipientProbe {
  /** How long an answer may take where nobody says. */
  Duration TIMEOUT = Duration.ofSeconds(60);

  /**
   * Asks. Never blocks.
   *
   * @param host name or address
   * @param timeout for everything together
   * @return never completed exceptionally
   */
  CompletionStage<Answer> query(
      Address mailfrom, Address rcptto, String host, int port, Duration timeout);

  /**
   * What came of it.
   *
   * @param accepted whether the recipient would be taken
   * @param reply the reply that settled it; empty where the server said nothing that counts
   * @param error why not, for people; empty where it is accepted
   */
  record Answer(boolean accepted, Optional<Reply> reply, String error) {}
}
