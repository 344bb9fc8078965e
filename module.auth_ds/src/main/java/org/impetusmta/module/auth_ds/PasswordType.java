package org.impetusmta.module.auth_ds;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import org.apache.commons.codec.digest.Crypt;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.commons.codec.digest.Md5Crypt;
import org.impetusmta.api.auth.StoredPassword;

/**
 * The forms that passwords are stored in. Digits of hashes are hexadecimal in either case; those in
 * base64 may lack their padding. Stateless. Source: modules.auth_ds, type and type_map.
 */
enum PasswordType {
  /** The password itself. */
  CLEAR,
  /** MD5 of {@code user:realm:password}, in hexadecimal. */
  DIGEST_MD5,
  /**
   * The two states of MD5 that HMAC-MD5 begins with, the outer one first, 64 hexadecimal digits;
   * what {@code userdbpw -hmac-md5} writes, and Dovecot calls CRAM-MD5.
   */
  HMAC_MD5,
  /** MD5 in hexadecimal, of {@code user:realm:password} or of the password alone. */
  MD5,
  MD5_BASE64,
  MD5_HEX,
  /** {@code {SCHEME}} and what belongs to it (RFC 2307 section 5.3). */
  RFC2307,
  SHA1_BASE64,
  SHA1_HEX,
  /** Base64 of MD5 of password and salt, followed by the salt. */
  SMD5,
  /** Base64 of SHA-1 of password and salt, followed by the salt. */
  SSHA1,
  /** crypt(3): DES, {@code $1$}, {@code $5$}, {@code $6$}, {@code $apr1$}. */
  UCRYPT;

  /** As options name them. */
  static Optional<PasswordType> of(String name) {
    String constant = name.toUpperCase(Locale.ROOT).replace('-', '_');
    return Arrays.stream(values()).filter(type -> type.name().equals(constant)).findFirst();
  }

  /** Whether what is stored can be told to mechanisms that do not send the password. */
  boolean tellable() {
    return this == CLEAR || this == DIGEST_MD5 || this == MD5;
  }

  /** What is stored, for such a mechanism; empty where it cannot be told. */
  Optional<StoredPassword> told(String stored, String realm) {
    return switch (this) {
      case CLEAR -> Optional.of(new StoredPassword.Clear(stored));
      case DIGEST_MD5, MD5 -> Optional.of(new StoredPassword.Digest(realm, stored.strip()));
      default -> Optional.empty();
    };
  }

  /**
   * Whether it is the password of what is stored.
   *
   * @throws IllegalArgumentException where what is stored has not this form; the message does not
   *     tell it
   */
  boolean fits(String stored, String user, String realm, String password) {
    byte[] octets = password.getBytes(StandardCharsets.UTF_8);
    return switch (this) {
      case CLEAR -> same(stored.getBytes(StandardCharsets.UTF_8), octets);
      case DIGEST_MD5 -> same(hex(stored, 16), userRealmPassword(user, realm, password));
      case HMAC_MD5 -> same(hex(stored, 32), HmacMd5States.of(octets));
      case MD5 ->
          same(hex(stored, 16), userRealmPassword(user, realm, password))
              || same(hex(stored, 16), DigestUtils.md5(octets));
      case MD5_HEX -> same(hex(stored, 16), DigestUtils.md5(octets));
      case MD5_BASE64 -> same(base64(stored, 16), DigestUtils.md5(octets));
      case SHA1_HEX -> same(hex(stored, 20), DigestUtils.sha1(octets));
      case SHA1_BASE64 -> same(base64(stored, 20), DigestUtils.sha1(octets));
      case SMD5 -> salted("{SMD5}", stored, "MD5", 16, octets);
      case SSHA1 -> salted("{SSHA}", stored, "SHA-1", 20, octets);
      case UCRYPT -> crypt(stored, octets);
      case RFC2307 -> rfc2307(stored.strip(), octets);
    };
  }

  private static boolean rfc2307(String stored, byte[] password) {
    int end = stored.startsWith("{") ? stored.indexOf('}') : -1;
    if (end < 0) {
      throw new IllegalArgumentException("expected {SCHEME} at its beginning");
    }
    String rest = stored.substring(end + 1);
    return switch (stored.substring(1, end).toUpperCase(Locale.ROOT)) {
      case "CRYPT" -> crypt(rest, password);
      case "MD5" -> same(base64(rest, 16), DigestUtils.md5(password));
      case "SMD5" -> salted("", rest, "MD5", 16, password);
      case "SHA" -> same(base64(rest, 20), DigestUtils.sha1(password));
      case "SSHA" -> salted("", rest, "SHA-1", 20, password);
      case "SHA256" -> same(base64(rest, 32), DigestUtils.sha256(password));
      case "SSHA256" -> salted("", rest, "SHA-256", 32, password);
      case "SHA512" -> same(base64(rest, 64), DigestUtils.sha512(password));
      case "SSHA512" -> salted("", rest, "SHA-512", 64, password);
      default ->
          throw new IllegalArgumentException(
              "expected one of {CRYPT} {MD5} {SMD5} {SHA} {SSHA} {SHA256} {SSHA256} {SHA512}"
                  + " {SSHA512}");
    };
  }

  private static boolean crypt(String stored, byte[] password) {
    String salt = stored.strip();
    // a field with * or ! in it is that of a locked account
    if (salt.length() < 13 || salt.startsWith("*") || salt.startsWith("!")) {
      return false;
    }
    if (salt.startsWith("$") && !salt.matches("\\$(1|5|6|apr1)\\$.*")) {
      throw new IllegalArgumentException("expected crypt by DES, $1$, $5$, $6$ or $apr1$");
    }
    String made =
        salt.startsWith("$apr1$")
            ? Md5Crypt.apr1Crypt(password, salt)
            : Crypt.crypt(password.clone(), salt);
    return same(made.getBytes(StandardCharsets.US_ASCII), salt.getBytes(StandardCharsets.US_ASCII));
  }

  private static boolean salted(
      String prefix, String stored, String algorithm, int length, byte[] password) {
    String text = stored.strip();
    boolean prefixed = text.regionMatches(true, 0, prefix, 0, prefix.length());
    byte[] all = decoded(prefixed ? text.substring(prefix.length()) : text);
    if (all.length < length) {
      throw new IllegalArgumentException("expected base64 of a hash and its salt");
    }
    MessageDigest digest = DigestUtils.getDigest(algorithm);
    digest.update(password);
    digest.update(all, length, all.length - length);
    return same(Arrays.copyOf(all, length), digest.digest());
  }

  private static byte[] hex(String stored, int length) {
    try {
      byte[] octets = HexFormat.of().parseHex(stored.strip());
      if (octets.length == length) {
        return octets;
      }
    } catch (IllegalArgumentException e) {
      // told below, without what is stored
    }
    throw new IllegalArgumentException("expected " + 2 * length + " hexadecimal digits");
  }

  private static byte[] base64(String stored, int length) {
    byte[] octets = decoded(stored.strip());
    if (octets.length != length) {
      throw new IllegalArgumentException("expected base64 of " + length + " octets");
    }
    return octets;
  }

  private static byte[] decoded(String stored) {
    try {
      return Base64.getDecoder().decode(stored);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("expected base64");
    }
  }

  static byte[] userRealmPassword(String user, String realm, String password) {
    MessageDigest md5 = DigestUtils.getMd5Digest();
    md5.update(text(user));
    md5.update((byte) ':');
    md5.update(text(realm));
    md5.update((byte) ':');
    return md5.digest(text(password));
  }

  /** In ISO 8859-1 where that has all of it, else in UTF-8 (RFC 2831 section 2.1.2.1). */
  private static byte[] text(String text) {
    boolean latin = text.chars().allMatch(c -> c <= 0xFF);
    Charset charset = latin ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8;
    return text.getBytes(charset);
  }

  /** Takes as long for a near miss as for any other. */
  private static boolean same(byte[] one, byte[] other) {
    return MessageDigest.isEqual(one, other);
  }
}
