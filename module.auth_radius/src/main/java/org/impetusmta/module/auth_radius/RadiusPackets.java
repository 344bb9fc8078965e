package org.impetusmta.module.auth_radius;

import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Access-Request and what answers it (RFC 2865 section 3): code, identifier, two octets of length,
 * 16 of authenticator, attributes of type, length and value. Message-Authenticator (RFC 3579
 * section 3.2) comes first in a request; in an answer it is wanted, since without it whoever is
 * between the two can make a refusal an acceptance (CVE-2024-3596). Stateless.
 */
final class RadiusPackets {
  static final int USER_NAME = 1;
  static final int USER_PASSWORD = 2;
  static final int NAS_IP_ADDRESS = 4;
  static final int NAS_IDENTIFIER = 32;
  static final int MESSAGE_AUTHENTICATOR = 80;
  static final int NAS_IPV6_ADDRESS = 95;

  /** Octets of a value. */
  static final int LONGEST_VALUE = 253;

  static final int LONGEST_PASSWORD = 128;
  static final int LONGEST_PACKET = 4096;

  private static final int ACCESS_REQUEST = 1;
  private static final int HEADER = 20;
  private static final int AUTHENTICATOR = 4;
  private static final int HASH = 16;

  private RadiusPackets() {}

  /** What a server says. */
  enum Answer {
    ACCEPT(2),
    REJECT(3),
    CHALLENGE(11);

    private final int code;

    Answer(int code) {
      this.code = code;
    }
  }

  /** An attribute. The array is not to be changed. */
  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  record Attribute(int type, byte[] value) {}

  /**
   * An Access-Request.
   *
   * @param authenticator 16 octets that nobody can guess
   * @param attributes at most {@link #LONGEST_VALUE} octets each; the password is hidden already
   */
  static byte[] request(int id, byte[] authenticator, byte[] secret, List<Attribute> attributes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(256);
    out.write(ACCESS_REQUEST);
    out.write(id);
    out.write(0);
    out.write(0);
    out.writeBytes(authenticator);
    out.write(MESSAGE_AUTHENTICATOR);
    out.write(2 + HASH);
    out.writeBytes(new byte[HASH]);
    for (Attribute attribute : attributes) {
      out.write(attribute.type);
      out.write(2 + attribute.value.length);
      out.writeBytes(attribute.value);
    }
    byte[] packet = out.toByteArray();
    packet[2] = (byte) (packet.length >> 8);
    packet[3] = (byte) packet.length;
    byte[] sum = hmac(secret, packet);
    System.arraycopy(sum, 0, packet, HEADER + 2, HASH);
    return packet;
  }

  /**
   * The value of User-Password (RFC 2865 section 5.2).
   *
   * @param password 1 to {@link #LONGEST_PASSWORD} octets
   */
  static byte[] hidden(byte[] password, byte[] authenticator, byte[] secret) {
    byte[] hidden = Arrays.copyOf(password, (password.length + HASH - 1) / HASH * HASH);
    byte[] before = authenticator;
    for (int at = 0; at < hidden.length; at += HASH) {
      byte[] mask = md5(secret, before);
      for (int i = 0; i < HASH; i++) {
        hidden[at + i] ^= mask[i];
      }
      before = Arrays.copyOfRange(hidden, at, at + HASH);
    }
    return hidden;
  }

  /**
   * What an answer says; empty where it is not one to this request, or not by who knows the secret,
   * so that it has to be passed over.
   *
   * @param signed whether it has to have a Message-Authenticator
   */
  static Optional<Answer> answer(
      byte[] packet, int id, byte[] authenticator, byte[] secret, boolean signed) {
    if (packet.length < HEADER || Byte.toUnsignedInt(packet[1]) != id) {
      return Optional.empty();
    }
    int length = Byte.toUnsignedInt(packet[2]) << 8 | Byte.toUnsignedInt(packet[3]);
    if (length < HEADER || length > packet.length || length > LONGEST_PACKET) {
      return Optional.empty();
    }
    // what is behind the length is padding (RFC 2865 section 3)
    byte[] own = Arrays.copyOf(packet, length);
    byte[] said = Arrays.copyOfRange(own, AUTHENTICATOR, HEADER);
    System.arraycopy(authenticator, 0, own, AUTHENTICATOR, HASH);
    if (!MessageDigest.isEqual(md5(own, secret), said) || !isSigned(own, secret, signed)) {
      return Optional.empty();
    }
    int code = Byte.toUnsignedInt(own[0]);
    return Arrays.stream(Answer.values()).filter(one -> one.code == code).findFirst();
  }

  /**
   * @param packet with the request's authenticator in the place of its own
   */
  private static boolean isSigned(byte[] packet, byte[] secret, boolean wanted) {
    int found = -1;
    int at = HEADER;
    while (at < packet.length) {
      int length = at + 1 < packet.length ? Byte.toUnsignedInt(packet[at + 1]) : 0;
      if (length < 2 || at + length > packet.length) {
        return false;
      }
      if (Byte.toUnsignedInt(packet[at]) == MESSAGE_AUTHENTICATOR) {
        if (found >= 0 || length != 2 + HASH) {
          return false;
        }
        found = at + 2;
      }
      at += length;
    }
    if (found < 0) {
      return !wanted;
    }
    byte[] said = Arrays.copyOfRange(packet, found, found + HASH);
    byte[] blank = packet.clone();
    Arrays.fill(blank, found, found + HASH, (byte) 0);
    return MessageDigest.isEqual(hmac(secret, blank), said);
  }

  static byte[] md5(byte[]... parts) {
    try {
      MessageDigest md5 = MessageDigest.getInstance("MD5");
      for (byte[] part : parts) {
        md5.update(part);
      }
      return md5.digest();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Java has no MD5", e);
    }
  }

  static byte[] hmac(byte[] secret, byte[] text) {
    try {
      Mac mac = Mac.getInstance("HmacMD5");
      mac.init(new SecretKeySpec(secret, "HmacMD5"));
      return mac.doFinal(text);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Java has no HmacMD5", e);
    }
  }
}
