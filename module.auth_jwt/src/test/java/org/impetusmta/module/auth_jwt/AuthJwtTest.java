package org.impetusmta.module.auth_jwt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.auth.AuthAnswer;
import org.impetusmta.api.auth.AuthException;
import org.impetusmta.api.auth.AuthMechanism;
import org.impetusmta.api.auth.AuthParameters;
import org.impetusmta.api.auth.AuthQuery;
import org.impetusmta.api.auth.AuthStatus;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.testkit.ManualClock;
import org.impetusmta.testkit.io.FileWrappers;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which tokens pass. */
class AuthJwtTest {
  @TempDir
  @SuppressWarnings("NullAway.Init")
  Path folder;

  private final ManualClock clock = new ManualClock(1_800_000_000_000L);

  @SuppressWarnings("NullAway.Init")
  private ECKey key;

  @BeforeEach
  void keys() throws JOSEException, IOException {
    key = new ECKeyGenerator(Curve.P_256).keyID("one").generate();
    publish(key);
  }

  private void publish(ECKey published) throws IOException {
    Files.writeString(folder.resolve("jwks"), new JWKSet(published.toPublicJWK()).toString());
  }

  private AuthJwt module(String keys) throws ConfigException {
    AuthJwt.Options options =
        new AuthJwt.Options(
            Optional.of(keys),
            Duration.ofSeconds(100),
            Optional.of("https://id.example.com"),
            Optional.of("smtp"),
            "email",
            Duration.ofSeconds(60));
    return new AuthJwt(options, new FileWrappers(), clock);
  }

  private JWTClaimsSet.Builder claims() {
    return new JWTClaimsSet.Builder()
        .issuer("https://id.example.com")
        .audience("smtp")
        .claim("email", "alice@example.com")
        .expirationTime(in(300));
  }

  private Date in(long seconds) {
    return Date.from(Instant.ofEpochMilli(clock.millis()).plusSeconds(seconds));
  }

  private String signed(JWTClaimsSet claims, ECKey with) throws JOSEException {
    return signed(claims, JWSAlgorithm.ES256, new ECDSASigner(with));
  }

  private String signed(JWTClaimsSet claims, JWSAlgorithm algorithm, JWSSigner signer)
      throws JOSEException {
    SignedJWT token = new SignedJWT(new JWSHeader.Builder(algorithm).keyID("one").build(), claims);
    token.sign(signer);
    return token.serialize();
  }

  private static AuthQuery query(String user) {
    return new AuthQuery(
        AuthMechanism.OAUTHBEARER,
        AuthParameters.parse(Map.of("uri", "jwt://")),
        user,
        "",
        Optional.empty());
  }

  private static AuthStatus status(AuthJwt module, String user, String token) throws AuthException {
    return module.authenticate(query(user), token).status();
  }

  @Test
  void aGoodTokenSaysWhoItIsOf() throws Exception {
    AuthJwt module = module(folder.resolve("jwks").toString());
    String token = signed(claims().build(), key);
    AuthAnswer answer = module.authenticate(query(""), token);
    assertThat(answer.status()).isEqualTo(AuthStatus.PASS);
    assertThat(answer.user()).contains("alice@example.com");
    assertThat(status(module, "alice@example.com", token)).isEqualTo(AuthStatus.PASS);
    assertThat(status(module, "bob@example.com", token)).isEqualTo(AuthStatus.FAIL);
  }

  @Test
  void whatIsWrongWithOthers() throws Exception {
    AuthJwt module = module(folder.resolve("jwks").toString());
    ECKey other = new ECKeyGenerator(Curve.P_256).keyID("one").generate();
    String[] wrong = {
      "",
      "a.b.c",
      signed(claims().build(), other),
      signed(claims().audience("imap").build(), key),
      signed(claims().issuer("https://evil.example").build(), key),
      signed(claims().expirationTime(in(-61)).build(), key),
      signed(claims().expirationTime(null).build(), key),
      signed(claims().notBeforeTime(in(61)).build(), key),
      signed(claims().claim("email", null).build(), key),
      signed(claims().claim("email", 17).build(), key),
      new PlainJWT(claims().build()).serialize(),
      signed(claims().build(), JWSAlgorithm.HS256, new MACSigner(new byte[32]))
    };
    for (String token : wrong) {
      assertThat(status(module, "", token)).as(token).isEqualTo(AuthStatus.FAIL);
    }
    assertThat(status(module, "", signed(claims().expirationTime(in(-59)).build(), key)))
        .isEqualTo(AuthStatus.PASS);
  }

  @Test
  void keysAreReadAgainAndOldOnesStay() throws Exception {
    AuthJwt module = module("file://" + folder.resolve("jwks"));
    ECKey next = new ECKeyGenerator(Curve.P_256).keyID("one").generate();
    publish(next);
    assertThat(status(module, "", signed(claims().build(), next))).isEqualTo(AuthStatus.FAIL);
    clock.advance(Duration.ofSeconds(100));
    assertThat(status(module, "", signed(claims().build(), next))).isEqualTo(AuthStatus.PASS);
    Files.writeString(folder.resolve("jwks"), "broken");
    clock.advance(Duration.ofSeconds(100));
    assertThat(status(module, "", signed(claims().build(), next))).isEqualTo(AuthStatus.PASS);
  }

  @Test
  void doesNotStartWithoutKeys() {
    assertThatThrownBy(() -> module(folder.resolve("none").toString()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("keys = file://");
  }
}
