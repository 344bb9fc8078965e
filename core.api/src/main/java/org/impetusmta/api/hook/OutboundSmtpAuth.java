package org.impetusmta.api.hook;

import java.util.Optional;
import org.impetusmta.api.delivery.Credentials;
import org.impetusmta.api.delivery.Delivery;
import org.impetusmta.api.message.Message;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A message is about to leave by SMTP: does the next host want to know who sends it? Called on the
 * delivery's loop for each message; may not block.
 */
@ConsumerType
public interface OutboundSmtpAuth {
  /** What to prove with; empty: nothing. A connection serves one set of credentials. */
  Optional<Credentials> outboundSmtpAuth(Delivery delivery, Message message);
}
