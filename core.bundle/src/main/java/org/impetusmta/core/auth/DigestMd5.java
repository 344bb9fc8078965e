package org.impetusmta.core.auth;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.auth.AuthException;
import org.impetusmta.api.auth.AuthQuery;
import org.impetusmta.api.auth.Authentication.Step;
import org.impetusmta.api.auth.StoredPassword;
import org.jspecify.annotations.Nullable;

/**
 * DIGEST-MD5 (RFC 2831) with {@code qop=auth}, without subsequent authentication. Single.
 *
 * <p>What is stored is the password's digest; the password itself where the parameters say {@code
 * stored_cleartext}.
 */
final class DigestMd5 implements Mechanism {
  private static final byte[] COLON = {':'};

  private final Attempt attempt;
  private final String nonce;
  private boolean proved;

  DigestMd5(Attempt attempt, String nonce) {
    this.attempt = attempt;
    this.nonce = nonce;
  }

  @Override
  public Step step(byte @Nullable [] response) throws AuthException {
    if (proved) {
      return response == null || response.length == 0
          ? attempt.passed()
          : attempt.malformed("DIGEST-MD5: octets after the end");
    }
    if (response == null) {
      String challenge =
          "realm=\"%s\",nonce=\"%s\",qop=\"auth\",charset=utf-8,algorithm=md5-sess"
              .formatted(attempt.realm(), nonce);
      return new Step.Challenge(challenge.getBytes(StandardCharsets.UTF_8));
    }
    String text = new String(response, StandardCharsets.ISO_8859_1);
    Optional<Map<String, String>> read = directives(text);
    if (read.isEmpty()) {
      return attempt.malformed("DIGEST-MD5: no directives");
    }
    return prove(read.get());
  }

  private Step prove(Map<String, String> said) throws AuthException {
    boolean utf8 = said.getOrDefault("charset", "").equalsIgnoreCase("utf-8");
    Charset charset = utf8 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1;
    String user = decoded(said.getOrDefault("username", ""), charset);
    String realm = decoded(said.getOrDefault("realm", ""), charset);
    String uri = said.getOrDefault("digest-uri", "");
    String clientNonce = said.getOrDefault("cnonce", "");
    if (!Attempt.isName(user) || clientNonce.isEmpty() || said.get("response") == null) {
      return attempt.malformed("DIGEST-MD5: a directive is missing");
    }
    attempt.user(user);
    String identity = decoded(said.getOrDefault("authzid", ""), charset);
    if (!said.getOrDefault("nonce", "").equals(nonce)
        || !said.getOrDefault("nc", "").equals("00000001")
        || !said.getOrDefault("qop", "auth").equals("auth")
        || !uri.toLowerCase(Locale.ROOT).startsWith(attempt.client().service() + "/")) {
      return attempt.failed("DIGEST-MD5: not the answer to this challenge");
    }
    if (!realm.equals(attempt.realm())) {
      return attempt.failed("DIGEST-MD5: another realm");
    }
    if (!identity.isEmpty() && !identity.equals(user)) {
      return attempt.failed("one user does not act as another");
    }
    attempt.response(new AuthQuery.Response(said.getOrDefault("response", ""), nonce, uri));
    for (StoredPassword stored : attempt.passwords()) {
      byte[] secret = secret(user, realm, stored);
      String sessionHash = sessionHash(secret, clientNonce, said.getOrDefault("authzid", ""));
      if (Hashes.same(
          proof(sessionHash, clientNonce, "AUTHENTICATE:" + uri), said.get("response"))) {
        proved = true;
        String ours = "rspauth=" + proof(sessionHash, clientNonce, ":" + uri);
        return new Step.Challenge(ours.getBytes(StandardCharsets.US_ASCII));
      }
    }
    return attempt.failed("wrong user or password");
  }

  /** The 16 octets of MD5 of user, realm and password. */
  private byte[] secret(String user, String realm, StoredPassword stored) throws AuthException {
    String hash =
        switch (stored) {
          case StoredPassword.Digest digest when !attempt.parameters().storedCleartext() ->
              digest.hash();
          case StoredPassword.Digest digest -> Hashes.userRealmPassword(user, realm, digest.hash());
          case StoredPassword.Clear clear when attempt.parameters().storedCleartext() ->
              Hashes.userRealmPassword(user, realm, clear.password());
          case StoredPassword.Clear clear -> clear.password().strip();
          case StoredPassword.Scram scram -> "";
        };
    if (hash.length() != 32 || !hash.chars().allMatch(HexFormat::isHexDigit)) {
      throw new AuthException(
          "DIGEST-MD5: what is stored is no digest; is stored_cleartext = true meant?");
    }
    return HexFormat.of().parseHex(hash);
  }

  /** A1 of RFC 2831 section 2.1.2.1, hashed. */
  private String sessionHash(byte[] secret, String clientNonce, String identity) {
    byte[] session = (":" + nonce + ":" + clientNonce).getBytes(StandardCharsets.ISO_8859_1);
    byte[] as =
        identity.isEmpty() ? new byte[0] : (":" + identity).getBytes(StandardCharsets.ISO_8859_1);
    return Hashes.hex(Hashes.digest("MD5", secret, session, as));
  }

  private String proof(String sessionHash, String clientNonce, String about) {
    String hashed = Hashes.hex(Hashes.digest("MD5", about.getBytes(StandardCharsets.ISO_8859_1)));
    String rest = nonce + ":00000001:" + clientNonce + ":auth:" + hashed;
    return Hashes.hex(
        Hashes.digest(
            "MD5",
            sessionHash.getBytes(StandardCharsets.US_ASCII),
            COLON,
            rest.getBytes(StandardCharsets.ISO_8859_1)));
  }

  private static String decoded(String octets, Charset charset) {
    String text = new String(octets.getBytes(StandardCharsets.ISO_8859_1), charset);
    return text.indexOf('\uFFFD') >= 0 ? "" : text;
  }

  /** {@code name=value,name="value"}; a name said twice makes it none. */
  static Optional<Map<String, String>> directives(String text) {
    Map<String, String> found = new HashMap<>();
    int at = 0;
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == ',' || c == ' ' || c == '\t' || c == '\r' || c == '\n') {
        at++;
        continue;
      }
      int equals = text.indexOf('=', at);
      if (equals < 0) {
        return Optional.empty();
      }
      String name = text.substring(at, equals).strip().toLowerCase(Locale.ROOT);
      StringBuilder value = new StringBuilder();
      at = equals + 1;
      if (at < text.length() && text.charAt(at) == '"') {
        at++;
        while (at < text.length() && text.charAt(at) != '"') {
          at += text.charAt(at) == '\\' ? 1 : 0;
          if (at < text.length()) {
            value.append(text.charAt(at++));
          }
        }
        if (at >= text.length()) {
          return Optional.empty();
        }
        at++;
      } else {
        while (at < text.length() && text.charAt(at) != ',') {
          value.append(text.charAt(at++));
        }
      }
      if (found.putIfAbsent(name, value.toString().strip()) != null) {
        return Optional.empty();
      }
    }
    return found.isEmpty() ? Optional.empty() : Optional.of(found);
  }
}
