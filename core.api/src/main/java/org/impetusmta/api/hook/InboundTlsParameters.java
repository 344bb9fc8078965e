package org.impetusmta.api.hook;

import org.impetusmta.api.reception.AcceptConstruct;
import org.impetusmta.api.tls.InboundTlsChoice;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A client asked for STARTTLS, or connected where TLS comes first: which certificate, authorities
 * and ciphers? Called on the session's loop; may not block. Source:
 * hooks-core-get-inbound-tls-parameters.
 */
@ConsumerType
public interface InboundTlsParameters {
  /**
   * What is to be used.
   *
   * @param wanted what modules before this one said
   */
  InboundTlsChoice inboundTlsParameters(AcceptConstruct connection, InboundTlsChoice wanted);
}
