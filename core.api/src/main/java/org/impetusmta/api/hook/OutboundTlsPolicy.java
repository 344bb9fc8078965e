package org.impetusmta.api.hook;

import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.impetusmta.api.delivery.Delivery;
import org.impetusmta.api.tls.TlsPolicy;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A connection to a host is about to be made: what does a published policy (DANE, MTA-STS) demand
 * of TLS to it? Called on the delivery's loop; may not block.
 */
@ConsumerType
public interface OutboundTlsPolicy {
  /**
   * The demand, or nothing; completed on any thread. The strictest of all answers counts: DANE
   * before MTA-STS (RFC 8461 section 2). A stage that fails defers the mail.
   */
  CompletionStage<Optional<TlsPolicy>> outboundTlsPolicy(Delivery delivery);
}
