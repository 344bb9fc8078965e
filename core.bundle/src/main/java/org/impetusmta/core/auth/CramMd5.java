package org.impetusmta.core.auth;

import java.nio.charset.StandardCharsets;
import org.impetusmta.api.auth.AuthException;
import org.impetusmta.api.auth.AuthQuery;
import org.impetusmta.api.auth.Authentication.Step;
import org.impetusmta.api.auth.StoredPassword;
import org.jspecify.annotations.Nullable;

/**
 * CRAM-MD5 (RFC 2195): the client's hash of our challenge. Needs passwords in the clear, or a
 * source that compares the hash itself. Single.
 */
final class CramMd5 implements Mechanism {
  private static final int HASH = 32;

  private final Attempt attempt;
  private final byte[] challenge;

  /**
   * @param nonce digits that nobody can guess
   */
  CramMd5(Attempt attempt, String nonce) {
    this.attempt = attempt;
    this.challenge =
        ("<" + nonce + "@" + attempt.client().hostname() + ">").getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public Step step(byte @Nullable [] response) throws AuthException {
    if (response == null) {
      return new Step.Challenge(challenge);
    }
    String text = Attempt.text(response, 0, response.length);
    int blank = text == null ? -1 : text.lastIndexOf(' ');
    if (text == null || blank < 0 || text.length() - blank - 1 != HASH) {
      return attempt.malformed("CRAM-MD5: not a name and a hash");
    }
    String user = text.substring(0, blank);
    if (!Attempt.isName(user)) {
      return attempt.malformed("CRAM-MD5: no name");
    }
    attempt.user(user);
    String digits = text.substring(blank + 1);
    attempt.response(
        new AuthQuery.Response(digits, new String(challenge, StandardCharsets.UTF_8), ""));
    if (attempt.sourceJudgesResponses()) {
      return attempt.answered(attempt.authenticate(digits));
    }
    boolean right = false;
    boolean clear = false;
    var stored = attempt.passwords();
    for (StoredPassword one : stored) {
      if (one instanceof StoredPassword.Clear(String password) && !password.isEmpty()) {
        clear = true;
        byte[] key = password.getBytes(StandardCharsets.UTF_8);
        String expected = Hashes.hex(Hashes.hmac("HmacMD5", key, challenge));
        right |= Hashes.same(expected, digits);
      }
    }
    if (!stored.isEmpty() && !clear) {
      return attempt.error("CRAM-MD5 needs passwords in the clear");
    }
    return right ? attempt.passed() : attempt.failed("wrong user or password");
  }
}
