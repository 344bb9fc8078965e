package org.impetusmta.core.auth;

import java.nio.charset.StandardCharsets;
import org.impetusmta.api.auth.AuthException;
import org.impetusmta.api.auth.Authentication.Step;
import org.jspecify.annotations.Nullable;

/** LOGIN: asks for the name, then for the password. Single. Source: draft-murchison-sasl-login. */
final class Login implements Mechanism {
  private final Attempt attempt;

  Login(Attempt attempt) {
    this.attempt = attempt;
  }

  @Override
  public Step step(byte @Nullable [] response) throws AuthException {
    if (response == null) {
      return ask("Username:");
    }
    String text = Attempt.text(response, 0, response.length);
    if (text == null) {
      return attempt.malformed("LOGIN: not UTF-8");
    }
    if (attempt.user().isEmpty()) {
      if (!Attempt.isName(text)) {
        return attempt.malformed("LOGIN: no name");
      }
      attempt.user(text);
      return ask("Password:");
    }
    return text.isEmpty()
        ? attempt.failed("no password")
        : attempt.answered(attempt.authenticate(text));
  }

  private static Step ask(String prompt) {
    return new Step.Challenge(prompt.getBytes(StandardCharsets.US_ASCII));
  }
}
