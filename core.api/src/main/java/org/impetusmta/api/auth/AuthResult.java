package org.impetusmta.api.auth;

import org.impetusmta.api.message.Reply;

/**
 * What an exchange came to. Immutable.
 *
 * @param user the name that the client gave, or its certificate or token has; empty where it came
 *     to none
 * @param reply what an SMTP client is told
 * @param reason for the log
 */
public record AuthResult(AuthStatus status, String user, Reply reply, String reason) {}
