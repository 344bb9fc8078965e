package org.impetusmta.core.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.NameCallback;
import javax.security.auth.callback.PasswordCallback;
import javax.security.sasl.RealmCallback;
import javax.security.sasl.Sasl;
import javax.security.sasl.SaslClient;
import javax.security.sasl.SaslException;
import org.impetusmta.api.auth.AuthAnswer;
import org.impetusmta.api.auth.AuthClient;
import org.impetusmta.api.auth.AuthException;
import org.impetusmta.api.auth.AuthMechanism;
import org.impetusmta.api.auth.AuthParameters;
import org.impetusmta.api.auth.AuthQuery;
import org.impetusmta.api.auth.AuthResult;
import org.impetusmta.api.auth.AuthScheme;
import org.impetusmta.api.auth.AuthStatus;
import org.impetusmta.api.auth.Authentication.Step;
import org.impetusmta.api.auth.StoredPassword;
import org.impetusmta.api.tls.InboundTls;
import org.impetusmta.testkit.ManualClock;
import org.impetusmta.testkit.queue.TestScheduler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The mechanisms against the examples of their RFCs, and against the clients of this Java. */
class MechanismsTest {
  /** One user, whatever is asked. */
  private record One(String user, StoredPassword stored) implements AuthScheme {
    @Override
    public Set<String> schemes() {
      return Set.of("test");
    }

    @Override
    public AuthAnswer authenticate(AuthQuery query, String secret) {
      boolean right = stored.equals(new StoredPassword.Clear(secret));
      return query.mechanism() == AuthMechanism.OAUTHBEARER && right
          ? new AuthAnswer(AuthStatus.PASS, Optional.of(user), Optional.empty())
          : right && query.user().equals(user) ? AuthAnswer.PASS : AuthAnswer.FAIL;
    }

    @Override
    public List<StoredPassword> passwords(AuthQuery query) {
      return query.user().equals(user) ? List.of(stored) : List.of();
    }
  }

  private static Attempt attempt(
      AuthMechanism mechanism, String user, StoredPassword stored, String service, String host) {
    return attempt(mechanism, user, stored, service, host, Set.of(mechanism));
  }

  private static Attempt attempt(
      AuthMechanism mechanism,
      String user,
      StoredPassword stored,
      String service,
      String host,
      Set<AuthMechanism> offered) {
    AuthParameters parameters =
        AuthParameters.parse(Map.of("uri", "test://", "stored_cleartext", "true"));
    AuthClient client =
        new AuthClient(
            service,
            host,
            host,
            offered,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            new TestScheduler(new ManualClock(0), 1).loops().getFirst());
    return new Attempt(mechanism, parameters, client, Optional.of(new One(user, stored)));
  }

  private static StoredPassword clear(String password) {
    return new StoredPassword.Clear(password);
  }

  private static String say(Mechanism mechanism, String response) throws AuthException {
    return text(mechanism.step(response.getBytes(StandardCharsets.UTF_8)));
  }

  private static String text(Step step) {
    return switch (step) {
      case Step.Challenge(byte[] octets) -> new String(octets, StandardCharsets.UTF_8);
      case Step.Done(AuthResult result) ->
          result.status().text() + " " + result.user() + " " + result.reply().code();
    };
  }

  @Test
  void cramMd5AsInRfc2195() throws AuthException {
    Mechanism cram =
        new CramMd5(
            attempt(
                AuthMechanism.CRAM_MD5,
                "tim",
                clear("tanstaaftanstaaf"),
                "imap",
                "postoffice.reston.mci.net"),
            "1896.697170952");
    assertThat(text(cram.step(null))).isEqualTo("<1896.697170952@postoffice.reston.mci.net>");
    assertThat(say(cram, "tim b913a602c7eda7a495b4e6e7334d3890")).isEqualTo("pass tim 235");
  }

  @Test
  void aSourceMayJudgeTheResponseOfCramMd5() throws AuthException {
    AuthScheme source =
        new AuthScheme() {
          @Override
          public Set<String> schemes() {
            return Set.of("test");
          }

          @Override
          public boolean judgesResponses(String scheme) {
            return scheme.equals("test");
          }

          @Override
          public AuthAnswer authenticate(AuthQuery query, String secret) throws AuthException {
            AuthQuery.Response response = query.response().orElseThrow();
            assertThat(query.user()).isEqualTo("tim");
            assertThat(secret).isEqualTo(response.digits());
            assertThat(response.nonce()).isEqualTo("<1896.697170952@postoffice>");
            assertThat(response.digestUri()).isEmpty();
            if (secret.startsWith("c")) {
              throw new AuthException("gone");
            }
            return secret.startsWith("a") ? AuthAnswer.PASS : AuthAnswer.FAIL;
          }
        };
    for (String[] row :
        new String[][] {{"a", "pass tim 235"}, {"b", "fail tim 535"}, {"c", "gone"}}) {
      Attempt like = attempt(AuthMechanism.CRAM_MD5, "tim", clear("unused"), "smtp", "postoffice");
      Mechanism cram =
          new CramMd5(
              new Attempt(
                  AuthMechanism.CRAM_MD5, like.parameters(), like.client(), Optional.of(source)),
              "1896.697170952");
      cram.step(null);
      try {
        assertThat(say(cram, "tim " + row[0].repeat(32))).isEqualTo(row[1]);
      } catch (AuthException e) {
        assertThat(e).hasMessage(row[1]);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "d388dad90d4bbd760a152321f2143af7, rspauth=ea40f60335c427b5527b84dbabcdfffd",
    "d388dad90d4bbd760a152321f2143af8, fail chris 535"
  })
  void digestMd5AsInRfc2831(String proof, String answer) throws AuthException {
    Mechanism digest =
        new DigestMd5(
            attempt(
                AuthMechanism.DIGEST_MD5, "chris", clear("secret"), "imap", "elwood.innosoft.com"),
            "OA6MG9tEQGm2hh");
    assertThat(text(digest.step(null)))
        .isEqualTo(
            "realm=\"elwood.innosoft.com\",nonce=\"OA6MG9tEQGm2hh\",qop=\"auth\",charset=utf-8,"
                + "algorithm=md5-sess");
    String response =
        "charset=utf-8,username=\"chris\",realm=\"elwood.innosoft.com\",nonce=\"OA6MG9tEQGm2hh\","
            + "nc=00000001,cnonce=\"OA6MHXh6VqTrRk\",digest-uri=\"imap/elwood.innosoft.com\","
            + "response="
            + proof
            + ",qop=auth";
    assertThat(say(digest, response)).isEqualTo(answer);
    if (answer.startsWith("rspauth")) {
      assertThat(say(digest, "")).isEqualTo("pass chris 235");
    }
  }

  @Test
  void digestMd5AgainstStoredHash() throws AuthException {
    String hash = Hashes.userRealmPassword("chris", "elwood.innosoft.com", "secret");
    AuthParameters parameters = AuthParameters.parse(Map.of("uri", "test://"));
    Attempt with =
        attempt(AuthMechanism.DIGEST_MD5, "chris", clear("x"), "imap", "elwood.innosoft.com");
    Attempt attempt =
        new Attempt(
            AuthMechanism.DIGEST_MD5,
            parameters,
            with.client(),
            Optional.of(new One("chris", new StoredPassword.Digest("elwood.innosoft.com", hash))));
    Mechanism digest = new DigestMd5(attempt, "OA6MG9tEQGm2hh");
    digest.step(null);
    assertThat(
            say(
                digest,
                "charset=utf-8,username=\"chris\",realm=\"elwood.innosoft.com\","
                    + "nonce=\"OA6MG9tEQGm2hh\",nc=00000001,cnonce=\"OA6MHXh6VqTrRk\","
                    + "digest-uri=\"imap/elwood.innosoft.com\","
                    + "response=d388dad90d4bbd760a152321f2143af7,qop=auth"))
        .startsWith("rspauth=");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "username=\"chris", "a", "username=chris,username=chris", "=,=", ",,"})
  void digestMd5RefusesWhatIsNoDirectives(String response) throws AuthException {
    Mechanism digest =
        new DigestMd5(
            attempt(AuthMechanism.DIGEST_MD5, "chris", clear("secret"), "smtp", "a.example"), "n");
    digest.step(null);
    assertThat(say(digest, response)).endsWith(" 501");
  }

  @Test
  void scramSha1AsInRfc5802() throws AuthException {
    Mechanism scram =
        new Scram(
            attempt(AuthMechanism.SCRAM_SHA_1, "user", clear("pencil"), "smtp", "a.example"),
            "3rfcNHYJY1ZVvWVs7j",
            Base64.getDecoder().decode("QSXCR+Q6sek8bf92"),
            new byte[32]);
    assertThat(say(scram, "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL"))
        .isEqualTo("r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096");
    assertThat(
            say(
                scram,
                "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,"
                    + "p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts="))
        .isEqualTo("v=rmF9pqV8S7suAoZWja4dJRkFsKQ=");
    assertThat(say(scram, "")).isEqualTo("pass user 235");
  }

  private static Scram scram256(StoredPassword stored, Set<AuthMechanism> offered) {
    return new Scram(
        attempt(AuthMechanism.SCRAM_SHA_256, "user", stored, "smtp", "a.example", offered),
        "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
        Base64.getDecoder().decode("W22ZaJ0SNY7soEsUEjb6gQ=="),
        new byte[32]);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void scramSha256AsInRfc7677(boolean keysStored) throws AuthException {
    byte[] salt = Base64.getDecoder().decode("W22ZaJ0SNY7soEsUEjb6gQ==");
    StoredPassword stored =
        keysStored ? ScramKeys.of("SHA-256", "pencil", salt, 4096) : clear("pencil");
    Mechanism scram = scram256(stored, Set.of());
    assertThat(say(scram, "n,,n=user,r=rOprNGfwEbeRWgbNEkqO"))
        .isEqualTo(
            "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
    assertThat(
            say(
                scram,
                "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                    + "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="))
        .isEqualTo("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
    assertThat(say(scram, "")).isEqualTo("pass user 235");
  }

  @Test
  void scramOfWrongPasswordFails() throws AuthException {
    Mechanism scram = scram256(clear("pen"), Set.of());
    say(scram, "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
    assertThat(
            say(
                scram,
                "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                    + "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="))
        .isEqualTo("fail user 535");
  }

  @Test
  void scramGivesAnUnknownUserASaltThatStays() throws AuthException {
    String one = say(scram256(clear("x"), Set.of()), "n,,n=mallory,r=rOprNGfwEbeRWgbNEkqO");
    String again = say(scram256(clear("x"), Set.of()), "n,,n=mallory,r=rOprNGfwEbeRWgbNEkqO");
    String other = say(scram256(clear("x"), Set.of()), "n,,n=trent,r=rOprNGfwEbeRWgbNEkqO");
    assertThat(one).isEqualTo(again).isNotEqualTo(other).contains(",i=4096");
  }

  @Test
  void scramSeesThatItsPlusWasTakenAway() throws AuthException {
    Set<AuthMechanism> both = Set.of(AuthMechanism.SCRAM_SHA_256, AuthMechanism.SCRAM_SHA_256_PLUS);
    assertThat(say(scram256(clear("pencil"), both), "y,,n=user,r=rOprNGfwEbeRWgbNEkqO"))
        .isEqualTo("fail user 535");
    assertThat(say(scram256(clear("pencil"), both), "n,,n=user,r=rOprNGfwEbeRWgbNEkqO"))
        .startsWith("r=");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "n",
        "n,,",
        "n,,n=,r=abcdefgh",
        "n,,n=a=b,r=abcdefgh",
        "n,,r=abcdefgh,n=a",
        "n,,n=user,r=short",
        "n,,n=user"
      })
  void scramRefusesWhatIsNoFirstMessage(String first) throws AuthException {
    assertThat(say(scram256(clear("pencil"), Set.of()), first)).endsWith(" 501");
  }

  @ParameterizedTest
  @CsvSource({
    "'\u0000user\u0000pencil', pass user 235",
    "'user\u0000user\u0000pencil', pass user 235",
    "'root\u0000user\u0000pencil', fail user 535",
    "'\u0000user\u0000', fail user 535",
    "'\u0000user\u0000pencils', fail user 535",
    "'\u0000\u0000pencil', 'fail  501'",
    "'user\u0000pencil', 'fail  501'",
    "'\u0000user\u0000pencil\u0000', 'fail  501'",
    "'\u0000us\ner\u0000pencil', 'fail  501'"
  })
  void plain(String response, String outcome) throws AuthException {
    Mechanism plain =
        new Plain(attempt(AuthMechanism.PLAIN, "user", clear("pencil"), "smtp", "a.example"));
    assertThat(say(plain, response)).isEqualTo(outcome);
  }

  private static X509Certificate certificate() throws Exception {
    try (InputStream in = MechanismsTest.class.getResourceAsStream("certificate.pem")) {
      return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
    }
  }

  /** On a TLS connection where both ends have shown the same certificate. */
  private static Attempt secured(AuthMechanism mechanism, boolean verified, boolean listed)
      throws Exception {
    InboundTls tls =
        new InboundTls(
            "TLSv1.3",
            "TLS_AES_128_GCM_SHA256",
            128,
            128,
            "",
            Optional.of(certificate()),
            List.of(certificate()),
            verified);
    AuthClient client =
        new AuthClient(
            "smtp",
            "a.example",
            "a.example",
            Set.of(mechanism),
            Optional.empty(),
            Optional.empty(),
            Optional.of(tls),
            new TestScheduler(new ManualClock(0), 1).loops().getFirst());
    AuthParameters parameters = AuthParameters.parse(listed ? Map.of("uri", "test://") : Map.of());
    return new Attempt(
        mechanism, parameters, client, Optional.of(new One("alice", clear("pencil"))));
  }

  @ParameterizedTest
  @CsvSource({
    "'', true, false, pass alice@example.com 235",
    "alice, true, false, pass alice 235",
    "client.example.com, true, false, pass client.example.com 235",
    "bob, true, false, fail bob 535",
    "alice, false, false, fail alice 535",
    "alice, true, true, pass alice 235",
    "'', true, true, fail alice@example.com 535"
  })
  void externalIsWhoTheCertificateSays(
      String wanted, boolean verified, boolean listed, String outcome) throws Exception {
    External external = new External(secured(AuthMechanism.EXTERNAL, verified, listed));
    assertThat(say(external, wanted)).isEqualTo(outcome);
  }

  /** The client's side, as RFC 5802 section 3 and RFC 5929 section 4 have it. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void scramPlusIsBoundToTheCertificate(boolean sameCertificate) throws Exception {
    byte[] salt = new byte[16];
    Scram scram =
        new Scram(
            secured(AuthMechanism.SCRAM_SHA_256_PLUS, true, true), "server", salt, new byte[32]);
    String gs2 = "p=tls-server-end-point,,";
    String first = "n=alice,r=clientnonce";
    String serverFirst = say(scram, gs2 + first);
    byte[] end = Hashes.digest("SHA-256", certificate().getEncoded());
    if (!sameCertificate) {
      end[0] ^= 1;
    }
    byte[] header = gs2.getBytes(StandardCharsets.UTF_8);
    byte[] binding = Arrays.copyOf(header, header.length + end.length);
    System.arraycopy(end, 0, binding, header.length, end.length);
    String last = "c=" + Base64.getEncoder().encodeToString(binding) + ",r=clientnonceserver";
    byte[] message = (first + "," + serverFirst + "," + last).getBytes(StandardCharsets.UTF_8);
    byte[] salted =
        Hashes.salted("HmacSHA256", "pencil".getBytes(StandardCharsets.UTF_8), salt, 4096);
    byte[] proof = Hashes.hmac("HmacSHA256", salted, "Client Key".getBytes(StandardCharsets.UTF_8));
    byte[] signature = Hashes.hmac("HmacSHA256", Hashes.digest("SHA-256", proof), message);
    for (int i = 0; i < proof.length; i++) {
      proof[i] ^= signature[i];
    }
    String answer = say(scram, last + ",p=" + Base64.getEncoder().encodeToString(proof));
    assertThat(answer).startsWith(sameCertificate ? "v=" : "fail alice 535");
  }

  @Test
  void scramPlusWithoutBindingIsRefused() throws Exception {
    Scram scram =
        new Scram(
            secured(AuthMechanism.SCRAM_SHA_256_PLUS, true, true),
            "server",
            new byte[16],
            new byte[32]);
    assertThat(say(scram, "n,,n=alice,r=clientnonce")).isEqualTo("fail alice 535");
  }

  @Test
  void oauthBearerTellsInJsonAndFailsThen() throws AuthException {
    OAuthBearer bearer =
        new OAuthBearer(
            attempt(AuthMechanism.OAUTHBEARER, "user", clear("token"), "smtp", "a.example"));
    assertThat(say(bearer, "n,a=user,\u0001auth=Bearer wrong\u0001\u0001"))
        .isEqualTo("{\"status\":\"invalid_token\"}");
    assertThat(say(bearer, "\u0001")).isEqualTo("fail user 535");
    OAuthBearer right =
        new OAuthBearer(
            attempt(AuthMechanism.OAUTHBEARER, "user", clear("token"), "smtp", "a.example"));
    assertThat(say(right, "n,,\u0001host=a.example\u0001auth=bearer token\u0001\u0001"))
        .isEqualTo("pass user 235");
  }

  @ParameterizedTest
  @CsvSource({
    "CRAM-MD5, secret, secret, true",
    "CRAM-MD5, secret, sekret, false",
    "CRAM-MD5, pässword€, pässword€, true",
    "DIGEST-MD5, secret, secret, true",
    "DIGEST-MD5, secret, sekret, false",
    "DIGEST-MD5, pässword, pässword, true",
    "DIGEST-MD5, pass€word, pass€word, true"
  })
  void clientsOfThisJava(String name, String stored, String typed, boolean right)
      throws SaslException, AuthException {
    SaslClient client =
        Sasl.createSaslClient(
            new String[] {name},
            null,
            "smtp",
            "mx.example.net",
            Map.of(),
            callbacks -> {
              for (Callback callback : callbacks) {
                switch (callback) {
                  case NameCallback user -> user.setName("alice");
                  case PasswordCallback password -> password.setPassword(typed.toCharArray());
                  case RealmCallback realm -> realm.setText("mx.example.net");
                  default -> throw new IllegalStateException(callback.toString());
                }
              }
            });
    AuthMechanism mechanism = AuthMechanism.of(name).orElseThrow();
    Attempt attempt = attempt(mechanism, "alice", clear(stored), "smtp", "mx.example.net");
    Mechanism server =
        mechanism == AuthMechanism.CRAM_MD5
            ? new CramMd5(attempt, "17")
            : new DigestMd5(attempt, "4711");
    Step step = server.step(null);
    while (step instanceof Step.Challenge(byte[] octets)) {
      byte[] response = client.evaluateChallenge(octets);
      step = server.step(response == null ? new byte[0] : response);
    }
    assertThat(text(step)).isEqualTo(right ? "pass alice 235" : "fail alice 535");
  }
}
