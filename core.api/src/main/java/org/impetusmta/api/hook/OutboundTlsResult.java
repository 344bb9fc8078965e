package org.impetusmta.api.hook;

import java.util.Optional;
import org.impetusmta.api.delivery.Delivery;
import org.impetusmta.api.tls.TlsPolicy;
import org.impetusmta.api.tls.TlsResult;
import org.osgi.annotation.versioning.ConsumerType;

/** TLS to a host was set up or was not. Called on the delivery's loop; may not block. */
@ConsumerType
public interface OutboundTlsResult {
  /**
   * Told once for each connection that got as far as EHLO, or failed for its policy.
   *
   * @param policy what was demanded
   * @param detail more in words, without control characters; may be empty
   */
  void outboundTlsResult(
      Delivery delivery, Optional<TlsPolicy> policy, TlsResult result, String detail);
}
