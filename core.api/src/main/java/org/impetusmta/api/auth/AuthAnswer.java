package org.impetusmta.api.auth;

import java.util.Optional;
import org.impetusmta.api.message.Reply;

/**
 * What a source says of a password. Immutable.
 *
 * @param user who it is of where that is not the user that was asked about
 * @param reply what the client gets in place of the usual reply
 */
public record AuthAnswer(AuthStatus status, Optional<String> user, Optional<Reply> reply) {
  /** The password is right. */
  public static final AuthAnswer PASS =
      new AuthAnswer(AuthStatus.PASS, Optional.empty(), Optional.empty());

  /** There is no such user, or the password is wrong. */
  public static final AuthAnswer FAIL =
      new AuthAnswer(AuthStatus.FAIL, Optional.empty(), Optional.empty());
}
