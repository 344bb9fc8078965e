package org.impetusmta.core.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.impetusmta.api.auth.AuthAnswer;
import org.impetusmta.api.auth.AuthClient;
import org.impetusmta.api.auth.AuthException;
import org.impetusmta.api.auth.AuthMechanism;
import org.impetusmta.api.auth.AuthParameters;
import org.impetusmta.api.auth.AuthQuery;
import org.impetusmta.api.auth.AuthResult;
import org.impetusmta.api.auth.AuthScheme;
import org.impetusmta.api.auth.Authentication.Step;
import org.impetusmta.api.auth.DigestResponse;
import org.impetusmta.api.auth.StoredPassword;
import org.impetusmta.testkit.ManualClock;
import org.impetusmta.testkit.queue.TestScheduler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Responses of HTTP's Digest authentication, those of RFC 7616 section 3.9.1 among them. */
class HttpDigestTest {
  private static final String REALM = "http-auth@example.org";
  private static final String MD5 = "8ca523f5e9506fed4657c9700eebdbec";
  private static final String SHA_256 =
      "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1";

  /** Mufasa alone. */
  private record Lion(StoredPassword stored) implements AuthScheme {
    @Override
    public Set<String> schemes() {
      return Set.of("test");
    }

    @Override
    public AuthAnswer authenticate(AuthQuery query, String secret) {
      return AuthAnswer.FAIL;
    }

    @Override
    public List<StoredPassword> passwords(AuthQuery query) {
      assertThat(query.response().orElseThrow().digestUri()).isEqualTo("/dir/index.html");
      return query.user().equals("Mufasa") ? List.of(stored) : List.of();
    }
  }

  private static String judge(StoredPassword stored, boolean clear, DigestResponse said)
      throws AuthException {
    AuthParameters parameters =
        AuthParameters.parse(
            Map.of("uri", "test://", "stored_cleartext", String.valueOf(clear), "realm", REALM));
    AuthClient client =
        new AuthClient(
            "http",
            "www.example.org",
            "Momentum",
            Set.of(AuthMechanism.DIGEST_MD5),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            new TestScheduler(new ManualClock(0), 1).loops().getFirst());
    Attempt attempt =
        new Attempt(AuthMechanism.DIGEST_MD5, parameters, client, Optional.of(new Lion(stored)));
    return new HttpDigest(attempt, said).step(null) instanceof Step.Done(AuthResult result)
        ? result.status().text() + " " + result.user()
        : "a challenge";
  }

  private static DigestResponse said(String hash, String user, String realm, String digits) {
    return new DigestResponse(
        hash,
        user,
        realm,
        "GET",
        "/dir/index.html",
        "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
        "00000001",
        "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
        digits);
  }

  @ParameterizedTest
  @CsvSource({
    "MD5, Mufasa, " + REALM + ", " + MD5 + ", pass Mufasa",
    "SHA-256, Mufasa, " + REALM + ", " + SHA_256 + ", pass Mufasa",
    "SHA-256, Mufasa, " + REALM + ", " + MD5 + ", fail Mufasa",
    "MD5, Mufasa, " + REALM + ", '', fail Mufasa",
    "MD5, Scar, " + REALM + ", " + MD5 + ", fail Scar",
    "MD5, Mufasa, elsewhere, " + MD5 + ", fail Mufasa",
    "MD5, '', " + REALM + ", " + MD5 + ", 'fail '",
  })
  void asInRfc7616(String hash, String user, String realm, String digits, String outcome)
      throws AuthException {
    StoredPassword stored = new StoredPassword.Clear("Circle of Life");
    assertThat(judge(stored, true, said(hash, user, realm, digits))).isEqualTo(outcome);
  }

  @Test
  void whatIsStoredMayBeTheHash() throws AuthException {
    StoredPassword stored =
        new StoredPassword.Digest(
            REALM, Hashes.userRealmPassword("Mufasa", REALM, "Circle of Life"));
    assertThat(judge(stored, false, said("MD5", "Mufasa", REALM, MD5))).isEqualTo("pass Mufasa");
    assertThat(judge(stored, false, said("SHA-256", "Mufasa", REALM, SHA_256)))
        .as("it serves MD5 alone")
        .isEqualTo("fail Mufasa");
  }

  @Test
  void whatDoesNotServeIsNoWrongPassword() {
    DigestResponse said = said("MD5", "Mufasa", REALM, MD5);
    assertThatThrownBy(() -> judge(new StoredPassword.Clear("Circle of Life"), false, said))
        .isInstanceOf(AuthException.class)
        .hasMessageContaining("stored_cleartext");
    StoredPassword keys =
        new StoredPassword.Scram("SHA-256", new byte[1], 1, new byte[1], new byte[1]);
    assertThatThrownBy(() -> judge(keys, true, said)).isInstanceOf(AuthException.class);
  }
}
