package org.impetusmta.core.message;

import java.util.Optional;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.tls.OutboundTls;

/**
 * The outbound connection of an attempt, as the logs name it. Read-only.
 *
 * @param connectionId {@link MessageId#NONE} where there was no connection
 * @param tls what is known of TLS on it
 */
public record AttemptedOver(MessageId connectionId, Optional<OutboundTls> tls) {
  /** No connection. */
  public static final AttemptedOver NONE = new AttemptedOver(MessageId.NONE, Optional.empty());
}
