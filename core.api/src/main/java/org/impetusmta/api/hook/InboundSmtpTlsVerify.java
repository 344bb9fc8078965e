package org.impetusmta.api.hook;

import org.impetusmta.api.reception.AcceptConstruct;
import org.impetusmta.api.tls.InboundTls;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A handshake with a client is done: is its certificate good? Asked where the client showed none,
 * too. Called on the session's loop; may not block. One that fails says no. Source:
 * hooks-core-inbound-smtp-tls-verify-callback.
 */
@ConsumerType
public interface InboundSmtpTlsVerify {
  /**
   * Whether the client counts as verified.
   *
   * @param tls with the verdict so far
   */
  boolean inboundSmtpTlsVerify(AcceptConstruct connection, InboundTls tls);
}
