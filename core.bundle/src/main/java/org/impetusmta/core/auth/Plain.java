package org.impetusmta.core.auth;

import org.impetusmta.api.auth.AuthException;
import org.impetusmta.api.auth.Authentication.Step;
import org.jspecify.annotations.Nullable;

/** PLAIN (RFC 4616): {@code [authorization identity] NUL user NUL password}. Single. */
final class Plain implements Mechanism {
  private final Attempt attempt;

  Plain(Attempt attempt) {
    this.attempt = attempt;
  }

  @Override
  public Step step(byte @Nullable [] response) throws AuthException {
    if (response == null) {
      return new Step.Challenge(new byte[0]);
    }
    int first = zero(response, 0);
    int second = zero(response, first + 1);
    if (second >= response.length || zero(response, second + 1) != response.length) {
      return attempt.malformed("PLAIN: not three parts");
    }
    String identity = Attempt.text(response, 0, first);
    String user = Attempt.text(response, first + 1, second);
    String password = Attempt.text(response, second + 1, response.length);
    if (identity == null || user == null || password == null || !Attempt.isName(user)) {
      return attempt.malformed("PLAIN: no name");
    }
    attempt.user(user);
    if (!identity.isEmpty() && !identity.equals(user)) {
      return attempt.failed("one user does not act as another");
    }
    return password.isEmpty()
        ? attempt.failed("no password")
        : attempt.answered(attempt.authenticate(password));
  }

  private static int zero(byte[] octets, int from) {
    int at = from;
    while (at < octets.length && octets[at] != 0) {
      at++;
    }
    return at;
  }
}
