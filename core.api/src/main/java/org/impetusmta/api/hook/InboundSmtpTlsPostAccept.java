package org.impetusmta.api.hook;

import org.impetusmta.api.reception.AcceptConstruct;
import org.impetusmta.api.tls.InboundTls;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A handshake with a client is done and the connection dictionary has its {@code tls…} variables:
 * may the session go on? A refusal is sent over TLS and ends the connection, whatever it says of
 * that. Source: inbound-smtp-tls-post-accept.
 */
@ConsumerType
public interface InboundSmtpTlsPostAccept {
  Verdict inboundSmtpTlsPostAccept(AcceptConstruct connection, InboundTls tls);
}
