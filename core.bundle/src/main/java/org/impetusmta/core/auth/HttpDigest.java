package org.impetusmta.core.auth;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import org.impetusmta.api.auth.AuthException;
import org.impetusmta.api.auth.AuthQuery;
import org.impetusmta.api.auth.Authentication.Step;
import org.impetusmta.api.auth.DigestResponse;
import org.impetusmta.api.auth.StoredPassword;
import org.jspecify.annotations.Nullable;

/**
 * The one step of HTTP's Digest authentication (RFC 7616) that needs the password: whether the
 * response is right. Names and passwords are UTF-8. Single.
 *
 * <p>What is stored is the password's digest, which serves MD5 alone; the password itself where the
 * parameters say {@code stored_cleartext}.
 */
final class HttpDigest implements Mechanism {
  private final Attempt attempt;
  private final DigestResponse said;

  HttpDigest(Attempt attempt, DigestResponse said) {
    this.attempt = attempt;
    this.said = said;
  }

  @Override
  public Step step(byte @Nullable [] response) throws AuthException {
    if (!Attempt.isName(said.user())) {
      return attempt.malformed("HTTP Digest: no name");
    }
    attempt.user(said.user());
    if (!said.realm().equals(attempt.realm())) {
      return attempt.failed("HTTP Digest: another realm");
    }
    attempt.response(new AuthQuery.Response(said.digits(), said.nonce(), said.uri()));
    String about = hash(said.method() + ":" + said.uri());
    String rest =
        ":%s:%s:%s:auth:%s".formatted(said.nonce(), said.count(), said.clientNonce(), about);
    String digits = said.digits().toLowerCase(Locale.ROOT);
    boolean right = false;
    for (StoredPassword stored : attempt.passwords()) {
      Optional<String> secret = secret(stored);
      right |= secret.isPresent() && Hashes.same(hash(secret.get() + rest), digits);
    }
    return right ? attempt.passed() : attempt.failed("wrong user or password");
  }

  /** A1 of RFC 7616 section 3.4.2, hashed; empty where what is stored does not serve the hash. */
  private Optional<String> secret(StoredPassword stored) throws AuthException {
    String kept =
        switch (stored) {
          case StoredPassword.Digest digest -> digest.hash();
          case StoredPassword.Clear clear -> clear.password();
          case StoredPassword.Scram keys ->
              throw new AuthException("HTTP Digest: what is stored are " + keys);
        };
    if (attempt.parameters().storedCleartext()) {
      return Optional.of(hash(said.user() + ":" + said.realm() + ":" + kept));
    }
    String hash = kept.strip();
    if (hash.length() != 32 || !hash.chars().allMatch(HexFormat::isHexDigit)) {
      throw new AuthException(
          "HTTP Digest: what is stored is no digest; is stored_cleartext = true meant?");
    }
    return said.hash().equals("MD5")
        ? Optional.of(hash.toLowerCase(Locale.ROOT))
        : Optional.empty();
  }

  private String hash(String text) {
    return Hashes.hex(Hashes.digest(said.hash(), text.getBytes(StandardCharsets.UTF_8)));
  }
}
