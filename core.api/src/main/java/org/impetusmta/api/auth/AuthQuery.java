package org.impetusmta.api.auth;

import java.util.Optional;
import org.impetusmta.api.reception.AcceptConstruct;

/**
 * What a source of passwords is asked about.
 *
 * @param user as the client gave it; empty where the secret itself says who it is of
 * @param realm the realm in force, the listener's own where the parameters have none
 * @param connection the SMTP session, which waits meanwhile; empty elsewhere
 */
public record AuthQuery(
    AuthMechanism mechanism,
    AuthParameters parameters,
    String user,
    String realm,
    Optional<AcceptConstruct> connection) {}
