package org.impetusmta.api.reception;

import java.util.Map;
import org.impetusmta.api.message.Address;

/**
 * What RCPT TO said (RFC 5321 section 4.1.1.3). Immutable.
 *
 * @param recipient the forward-path
 * @param line the whole command without CRLF, for policy and logs
 * @param context what its parameters put into the message dictionary of this recipient's message
 */
public record RcptCommand(Address recipient, String line, Map<String, String> context) {}
