package org.impetusmta.delivery.esmtp;

import java.util.Optional;
import org.impetusmta.api.delivery.Delivery;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.tls.TlsPolicy;

/**
 * What the sender of a message says of TLS on its way. REQUIRETLS: it leaves only over a connection
 * whose host was proven to be the domain's (by DNSSEC, or by an enforced policy of MTA-STS), whose
 * certificate was checked by name, and whose peer offers REQUIRETLS; else it is passed on to the
 * domain's next host, and fails where none is left. {@code TLS-Required: No}: it leaves although
 * what the domain has published about TLS is not met. Stateless. Source: RFC 8689 sections 4.2.1
 * and 5.
 */
final class RequireTls {
  static final Reply NOT_OFFERED =
      new Reply(550, "5.7.30", "[internal] REQUIRETLS support required");

  private RequireTls() {}

  /** Why {@code message} must not leave over {@code line}; empty where it may. */
  static Optional<Reply> objection(Message message, EsmtpConnection line) {
    return !message.requireTls() || line.servesRequireTls()
        ? Optional.empty()
        : Optional.of(NOT_OFFERED);
  }

  /** Whether the way to the host was proven, as far as {@code policy} has it. */
  static boolean proven(Delivery delivery, Optional<TlsPolicy> policy) {
    return delivery.secureRoute()
        || policy
            .filter(found -> found.source() == TlsPolicy.Source.STS && found.enforced())
            .isPresent();
  }

  /** Whether policies do not hold for {@code message}; scans its header. */
  static boolean waived(Message message) {
    return !message.requireTls()
        && message.body().header("TLS-Required").filter("No"::equalsIgnoreCase).isPresent();
  }

  /** What is left of a policy for mail that it does not hold for: TLS where it works. */
  static TlsPolicy waived(TlsPolicy policy) {
    return new TlsPolicy(
        policy.source(),
        false,
        TlsPolicy.Verification.NONE,
        policy.tlsa(),
        policy.names(),
        Optional.empty(),
        policy.domain(),
        policy.text());
  }
}
