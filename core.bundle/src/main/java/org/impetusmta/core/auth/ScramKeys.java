package org.impetusmta.core.auth;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.impetusmta.api.auth.StoredPassword;

/**
 * Makes, writes and reads what SCRAM keeps of a password: {@code
 * SCRAM-SHA-256$ITERATIONS:SALT$STOREDKEY:SERVERKEY} with base64 (RFC 5803). Stateless.
 */
final class ScramKeys {
  /** What RFC 7677 section 4 asks for at least. */
  static final int ITERATIONS = 4096;

  private static final int MOST_ITERATIONS = 10_000_000;

  private static final Pattern WRITTEN =
      Pattern.compile(
          "SCRAM-(SHA-1|SHA-256)\\$(\\d{1,8}):([A-Za-z0-9+/=]+)\\$([A-Za-z0-9+/=]+):([A-Za-z0-9+/=]+)");

  private ScramKeys() {}

  /** {@code HmacSHA256} of {@code SHA-256}. */
  static String hmac(String hash) {
    return "Hmac" + hash.replace("-", "");
  }

  /**
   * @throws IllegalArgumentException when the password holds what is prohibited
   */
  static StoredPassword.Scram of(String hash, String password, byte[] salt, int iterations) {
    String hmac = hmac(hash);
    byte[] octets = Prepared.of(password).getBytes(StandardCharsets.UTF_8);
    byte[] salted = Hashes.salted(hmac, octets, salt, iterations);
    byte[] clientKey = Hashes.hmac(hmac, salted, "Client Key".getBytes(StandardCharsets.US_ASCII));
    byte[] serverKey = Hashes.hmac(hmac, salted, "Server Key".getBytes(StandardCharsets.US_ASCII));
    return new StoredPassword.Scram(
        hash, salt, iterations, Hashes.digest(hash, clientKey), serverKey);
  }

  static Optional<StoredPassword.Scram> parse(String written) {
    Matcher parts = WRITTEN.matcher(written);
    if (!parts.matches()) {
      return Optional.empty();
    }
    try {
      Base64.Decoder base64 = Base64.getDecoder();
      int iterations = Integer.parseInt(parts.group(2));
      if (iterations < 1 || iterations > MOST_ITERATIONS) {
        return Optional.empty();
      }
      return Optional.of(
          new StoredPassword.Scram(
              parts.group(1),
              base64.decode(parts.group(3)),
              iterations,
              base64.decode(parts.group(4)),
              base64.decode(parts.group(5))));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Whether the keys are those of the password. */
  static boolean fits(StoredPassword.Scram keys, String password) {
    try {
      StoredPassword.Scram made = of(keys.hash(), password, keys.salt(), keys.iterations());
      return MessageDigest.isEqual(made.storedKey(), keys.storedKey());
    } catch (IllegalArgumentException prohibited) {
      return false;
    }
  }
}
