package org.impetusmta.api.reception;

import java.util.Map;
import java.util.OptionalLong;
import org.impetusmta.api.message.Address;

/**
 * What MAIL FROM said (RFC 5321 section 4.1.1.2). Immutable.
 *
 * @param sender the reverse-path
 * @param line the whole command without CRLF, for policy and logs
 * @param size the size that the client declared, in octets (RFC 1870)
 * @param eightBitMime whether BODY=8BITMIME or more was declared (RFC 6152)
 * @param context what its parameters put into the message dictionary
 */
public record MailCommand(
    Address sender,
    String line,
    OptionalLong size,
    boolean eightBitMime,
    Map<String, String> context) {}
