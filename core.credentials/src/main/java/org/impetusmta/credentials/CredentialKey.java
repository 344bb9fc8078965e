package org.impetusmta.credentials;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.spec.AlgorithmParameterSpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * A key, and what is done with it. A sealed password is the nonce, the password encrypted, and what
 * shows that neither it nor whose it is was changed: the tag of GCM, else HMAC-SHA-256 over all of
 * it, with a key of its own. Immutable; {@code toString} tells nothing.
 *
 * <p>As a line of a key file: {@code ID CIPHER KEY_SIZE BLOCK_MODE BASE64}; the id is the beginning
 * of the key's SHA-256.
 */
final class CredentialKey {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int TAG_BITS = 128;
  private static final int MAC = 32;

  private final CipherChoice choice;
  private final byte[] key;
  private final String id;

  private CredentialKey(CipherChoice choice, byte[] key) {
    this.choice = choice;
    this.key = key;
    this.id = HexFormat.of().formatHex(sha256(key), 0, 8);
  }

  /** A key that nobody can guess. */
  static CredentialKey random(CipherChoice choice) {
    return new CredentialKey(choice, octets(choice.keySize()));
  }

  /** The key of a line; empty where it is none. */
  static Optional<CredentialKey> parse(String line) {
    String[] parts = line.split(" ", -1);
    if (parts.length != 5 || !parts[2].matches("\\d{1,3}")) {
      return Optional.empty();
    }
    try {
      CipherChoice choice = new CipherChoice(parts[1], Integer.parseInt(parts[2]), parts[3]);
      CredentialKey key = new CredentialKey(choice, Base64.getDecoder().decode(parts[4]));
      return key.id.equals(parts[0]) && key.key.length == choice.keySize()
          ? Optional.of(key)
          : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  String line() {
    return "%s %s %d %s %s"
        .formatted(
            id,
            choice.cipher(),
            choice.keySize(),
            choice.blockMode(),
            Base64.getEncoder().encodeToString(key));
  }

  String id() {
    return id;
  }

  CipherChoice choice() {
    return choice;
  }

  private static byte[] octets(int count) {
    byte[] octets = new byte[count];
    RANDOM.nextBytes(octets);
    return octets;
  }

  /**
   * @param owner whose it is
   */
  byte[] seal(byte[] password, byte[] owner) throws IOException {
    byte[] nonce = octets(choice.nonceSize());
    try {
      byte[] hidden = cipher(Cipher.ENCRYPT_MODE, nonce, owner).doFinal(password);
      byte[] kept = Arrays.copyOf(nonce, nonce.length + hidden.length);
      System.arraycopy(hidden, 0, kept, nonce.length, hidden.length);
      if (authenticates()) {
        return kept;
      }
      byte[] all = Arrays.copyOf(kept, kept.length + MAC);
      System.arraycopy(mac(owner, kept), 0, all, kept.length, MAC);
      return all;
    } catch (GeneralSecurityException e) {
      throw new IOException("cannot encrypt: " + e.getMessage(), e);
    }
  }

  /**
   * @throws IOException where it is not what {@link #seal} made for that owner
   */
  byte[] open(byte[] kept, byte[] owner) throws IOException {
    int nonce = choice.nonceSize();
    int end = authenticates() ? kept.length : kept.length - MAC;
    try {
      if (end < nonce) {
        throw new GeneralSecurityException("too short");
      }
      if (!authenticates()) {
        byte[] said = Arrays.copyOfRange(kept, end, kept.length);
        if (!MessageDigest.isEqual(mac(owner, Arrays.copyOf(kept, end)), said)) {
          throw new GeneralSecurityException("changed");
        }
      }
      return cipher(Cipher.DECRYPT_MODE, Arrays.copyOf(kept, nonce), owner)
          .doFinal(kept, nonce, end - nonce);
    } catch (GeneralSecurityException e) {
      throw new IOException("a record was changed, or the key is another", e);
    }
  }

  private boolean authenticates() {
    return choice.blockMode().equals("gcm");
  }

  private Cipher cipher(int mode, byte[] nonce, byte[] owner) throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance(choice.transformation());
    byte[] own = authenticates() ? key : Arrays.copyOf(derived("encrypt"), choice.keySize());
    SecretKeySpec with = new SecretKeySpec(own, choice.algorithm());
    if (authenticates()) {
      AlgorithmParameterSpec gcm = new GCMParameterSpec(TAG_BITS, nonce);
      cipher.init(mode, with, gcm);
      cipher.updateAAD(owner);
    } else if (nonce.length == 0) {
      cipher.init(mode, with, (AlgorithmParameters) null);
    } else {
      cipher.init(mode, with, new IvParameterSpec(nonce));
    }
    return cipher;
  }

  private byte[] mac(byte[] owner, byte[] kept) throws GeneralSecurityException {
    Mac mac = hmac(derived("authenticate"));
    mac.update(owner);
    return mac.doFinal(kept);
  }

  private byte[] derived(String purpose) throws GeneralSecurityException {
    return hmac(key).doFinal(purpose.getBytes(StandardCharsets.US_ASCII));
  }

  private static Mac hmac(byte[] key) throws GeneralSecurityException {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, "HmacSHA256"));
    return mac;
  }

  private static byte[] sha256(byte[] octets) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(octets);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Java has no SHA-256", e);
    }
  }

  @Override
  public String toString() {
    return "key " + id;
  }
}
