package org.impetusmta.core.auth;

import java.nio.charset.StandardCharsets;
import org.impetusmta.api.auth.AuthAnswer;
import org.impetusmta.api.auth.AuthException;
import org.impetusmta.api.auth.AuthStatus;
import org.impetusmta.api.auth.Authentication.Step;
import org.jspecify.annotations.Nullable;

/**
 * OAUTHBEARER (RFC 7628): a bearer token, which the scheme of the {@code uri} judges. A refusal is
 * told in JSON first, and the client answers with {@code 0x01}. Single.
 */
final class OAuthBearer implements Mechanism {
  private static final byte[] INVALID =
      "{\"status\":\"invalid_token\"}".getBytes(StandardCharsets.US_ASCII);

  private final Attempt attempt;
  private @Nullable Step refusal;

  OAuthBearer(Attempt attempt) {
    this.attempt = attempt;
  }

  @Override
  public Step step(byte @Nullable [] response) throws AuthException {
    if (refusal != null) {
      return refusal;
    }
    if (response == null) {
      return new Step.Challenge(new byte[0]);
    }
    String text = Attempt.text(response, 0, response.length);
    String[] parts = text == null ? new String[0] : text.split("\u0001", -1);
    if (parts.length < 3 || !parts[0].startsWith("n,") || !parts[0].endsWith(",")) {
      return attempt.malformed("OAUTHBEARER: no GS2 header");
    }
    String identity = parts[0].substring(2, Math.max(2, parts[0].length() - 1));
    if (!identity.isEmpty()) {
      String user = identity.startsWith("a=") ? decoded(identity.substring(2)) : "";
      if (!Attempt.isName(user)) {
        return attempt.malformed("OAUTHBEARER: no name");
      }
      attempt.user(user);
    }
    String token = "";
    for (String part : parts) {
      if (part.regionMatches(true, 0, "auth=Bearer ", 0, 12)) {
        token = part.substring(12).strip();
      }
    }
    if (token.isEmpty()) {
      return attempt.malformed("OAUTHBEARER: no token");
    }
    AuthAnswer answer = attempt.authenticate(token);
    Step end = attempt.answered(answer);
    if (answer.status() != AuthStatus.FAIL) {
      return attempt.user().isEmpty() ? attempt.error("the token has no user") : end;
    }
    refusal = end;
    return new Step.Challenge(INVALID);
  }

  private static String decoded(String written) {
    return written.replace("=2C", ",").replace("=3D", "=");
  }
}
