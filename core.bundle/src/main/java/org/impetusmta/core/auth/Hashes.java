package org.impetusmta.core.auth;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** The hash functions that mechanisms are made of. Stateless. */
final class Hashes {
  private Hashes() {}

  static byte[] digest(String algorithm, byte[]... parts) {
    try {
      MessageDigest digest = MessageDigest.getInstance(algorithm);
      for (byte[] part : parts) {
        digest.update(part);
      }
      return digest.digest();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Java has no " + algorithm, e);
    }
  }

  static byte[] hmac(String algorithm, byte[] key, byte[]... parts) {
    try {
      Mac mac = Mac.getInstance(algorithm);
      mac.init(new SecretKeySpec(key, algorithm));
      for (byte[] part : parts) {
        mac.update(part);
      }
      return mac.doFinal();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Java has no " + algorithm, e);
    }
  }

  /** PBKDF2 with one block (RFC 5802 section 2.2). */
  static byte[] salted(String hmac, byte[] password, byte[] salt, int iterations) {
    try {
      Mac mac = Mac.getInstance(hmac);
      mac.init(new SecretKeySpec(password, hmac));
      mac.update(salt);
      byte[] round = mac.doFinal(new byte[] {0, 0, 0, 1});
      byte[] sum = round.clone();
      for (int i = 1; i < iterations; i++) {
        round = mac.doFinal(round);
        for (int j = 0; j < sum.length; j++) {
          sum[j] ^= round[j];
        }
      }
      return sum;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Java has no " + hmac, e);
    }
  }

  static String hex(byte[] octets) {
    return HexFormat.of().formatHex(octets);
  }

  /** MD5 of {@code user:realm:password}, as digest files have it, in hexadecimal. */
  static String userRealmPassword(String user, String realm, String password) {
    return hex(
        digest("MD5", text(user), new byte[] {':'}, text(realm), new byte[] {':'}, text(password)));
  }

  /** In ISO 8859-1 where that has all of it, else in UTF-8 (RFC 2831 section 2.1.2.1). */
  static byte[] text(String text) {
    boolean latin = text.chars().allMatch(c -> c <= 0xFF);
    Charset charset = latin ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8;
    return text.getBytes(charset);
  }

  /** Takes as long for a near miss as for any other. */
  static boolean same(String one, String other) {
    return MessageDigest.isEqual(
        one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8));
  }
}
