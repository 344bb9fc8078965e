package org.impetusmta.module.auth_radius;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** What servers say, in octets. */
final class RadiusAnswers {
  private RadiusAnswers() {}

  /** Without Message-Authenticator. */
  static byte[] plain(int code, int id, byte[] authenticator, byte[] secret, byte[] attributes) {
    byte[] packet = packet(code, id, authenticator, attributes);
    System.arraycopy(RadiusPackets.md5(packet, secret), 0, packet, 4, 16);
    return packet;
  }

  /** With it, behind the attributes. */
  static byte[] signed(int code, int id, byte[] authenticator, byte[] secret, byte[] attributes) {
    byte[] all = Arrays.copyOf(attributes, attributes.length + 18);
    all[attributes.length] = 80;
    all[attributes.length + 1] = 18;
    byte[] sum = RadiusPackets.hmac(secret, packet(code, id, authenticator, all));
    System.arraycopy(sum, 0, all, attributes.length + 2, 16);
    return plain(code, id, authenticator, secret, all);
  }

  private static byte[] packet(int code, int id, byte[] authenticator, byte[] attributes) {
    return ByteBuffer.allocate(20 + attributes.length)
        .put((byte) code)
        .put((byte) id)
        .putShort((short) (20 + attributes.length))
        .put(authenticator)
        .put(attributes)
        .array();
  }
}
