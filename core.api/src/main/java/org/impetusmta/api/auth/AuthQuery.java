package org.impetusmta.api.auth;

import java.util.Optional;
import org.impetusmta.api.reception.AcceptConstruct;

/**
 * What a source of passwords is asked about.
 *
 * @param user as the client gave it; empty where the secret itself says who it is of
 * @param realm the realm in force, the listener's own where the parameters have none
 * @param connection the SMTP session, which waits meanwhile; empty elsewhere
 * @param response what the client made of the server's challenge; empty with mechanisms that send
 *     the password
 */
public record AuthQuery(
    AuthMechanism mechanism,
    AuthParameters parameters,
    String user,
    String realm,
    Optional<AcceptConstruct> connection,
    Optional<Response> response) {

  /**
   * An answer to a challenge, of CRAM-MD5 or DIGEST-MD5. Immutable.
   *
   * @param digits the client's hash, in hexadecimal
   * @param nonce the challenge; of DIGEST-MD5 the server's nonce
   * @param digestUri of DIGEST-MD5; empty with CRAM-MD5
   */
  public record Response(String digits, String nonce, String digestUri) {}

  /** A query without a response. */
  public AuthQuery(
      AuthMechanism mechanism,
      AuthParameters parameters,
      String user,
      String realm,
      Optional<AcceptConstruct> connection) {
    this(mechanism, parameters, user, realm, connection, Optional.empty());
  }
}
