package org.impetusmta.api.spool;

import java.util.Map;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.MessageId;

/**
 * All that is stored of a message besides its body. Immutable.
 *
 * @param receivedMillis when it was accepted, milliseconds since 1970
 * @param sourceAddress address of the client, or {@code unknown}
 * @param protocol how it came, {@code esmtp}
 * @param priority whether it goes before others in its active queue
 * @param messageContext the message dictionary
 * @param connectionContext the connection dictionary
 */
public record Envelope(
    MessageId id,
    MessageId batchId,
    MessageId connectionId,
    Address sender,
    Address recipient,
    long receivedMillis,
    String sourceAddress,
    String protocol,
    boolean eightBitMime,
    boolean priority,
    String bindingGroup,
    String binding,
    Map<String, String> messageContext,
    Map<String, String> connectionContext) {}
