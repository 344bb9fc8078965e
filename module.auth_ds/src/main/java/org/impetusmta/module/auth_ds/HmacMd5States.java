package org.impetusmta.module.auth_ds;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.apache.commons.codec.digest.DigestUtils;

/**
 * The states of MD5 after the outer and the inner pad of HMAC (RFC 2104), which Java's MD5 does not
 * give away: its function of one block (RFC 1321 section 3.4), used on a pad alone. Stateless.
 */
final class HmacMd5States {
  private static final int BLOCK = 64;
  private static final int[] INITIAL = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  private static final int[][] SHIFTS = {
    {7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}
  };

  private HmacMd5States() {}

  /** 32 octets: the outer state, then the inner one, each as MD5 writes its result. */
  static byte[] of(byte[] password) {
    byte[] key = password.length > BLOCK ? DigestUtils.md5(password) : password;
    ByteBuffer states = ByteBuffer.allocate(32).order(ByteOrder.LITTLE_ENDIAN);
    for (int pad : new int[] {0x5c, 0x36}) {
      byte[] block = Arrays.copyOf(key, BLOCK);
      for (int i = 0; i < BLOCK; i++) {
        block[i] ^= (byte) pad;
      }
      for (int word : compress(block)) {
        states.putInt(word);
      }
    }
    return states.array();
  }

  private static int[] compress(byte[] block) {
    ByteBuffer words = ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN);
    int a = INITIAL[0];
    int b = INITIAL[1];
    int c = INITIAL[2];
    int d = INITIAL[3];
    for (int i = 0; i < 64; i++) {
      int round = i / 16;
      int mixed =
          switch (round) {
            case 0 -> (b & c) | (~b & d);
            case 1 -> (d & b) | (~d & c);
            case 2 -> b ^ c ^ d;
            default -> c ^ (b | ~d);
          };
      int word =
          switch (round) {
            case 0 -> i;
            case 1 -> (5 * i + 1) % 16;
            case 2 -> (3 * i + 5) % 16;
            default -> 7 * i % 16;
          };
      int sine = (int) (long) Math.floor(Math.abs(Math.sin(i + 1.0)) * 4294967296.0);
      int sum = a + mixed + sine + words.getInt(4 * word);
      a = d;
      d = c;
      c = b;
      b += Integer.rotateLeft(sum, SHIFTS[round][i % 4]);
    }
    return new int[] {a + INITIAL[0], b + INITIAL[1], c + INITIAL[2], d + INITIAL[3]};
  }
}
