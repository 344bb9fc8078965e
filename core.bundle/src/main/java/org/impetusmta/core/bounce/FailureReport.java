package org.impetusmta.core.bounce;

import java.util.Optional;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Reply;

/**
 * What a notification tells about one recipient's failure. Immutable.
 *
 * @param sender the reverse-path that is told; never null
 * @param recipient the forward-path that failed
 * @param arrivalMillis when the message was accepted
 * @param failedMillis when it failed
 * @param reply why it failed, the peer's words or ours
 * @param lastReply what an earlier attempt was told, where the reply is only that time is over
 * @param remote the server that said so, name or address; empty when there was none
 */
public record FailureReport(
    Address sender,
    Address recipient,
    long arrivalMillis,
    long failedMillis,
    Reply reply,
    String lastReply,
    Optional<String> remote) {}
