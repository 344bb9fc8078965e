package org.impetusmta.api.hook;

import java.util.Optional;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.reception.AcceptConstruct;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * The word after {@code with} in the Received header field of a message. The first answer is
 * followed. Runs on the session's loop; may not block. Source: hooks
 * core_get_protocol_string_for_trace_headers.
 */
@ConsumerType
public interface GetProtocolStringForTraceHeaders {
  /**
   * Letters, digits and hyphens; anything else fails, as a hook that throws does. Empty: what RFC
   * 3848 and RFC 6531 say.
   */
  Optional<String> getProtocolString(Message message, AcceptConstruct connection);
}
