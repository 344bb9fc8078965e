package org.impetusmta.tls;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;

/**
 * The little of DER (X.690) that makes PKCS#8 (RFC 5958) of the older forms of private keys: RSA
 * (RFC 8017 appendix A.1.2) and elliptic curves (RFC 5915). Thread-safety: read-only.
 */
final class Der {
  private static final int SEQUENCE = 0x30;
  private static final int OCTETS = 0x04;
  private static final int PARAMETERS = 0xA0;
  private static final byte[] VERSION_0 = {2, 1, 0};

  /** AlgorithmIdentifier of rsaEncryption. */
  static final byte[] RSA = {
    0x30, 0x0D, 6, 9, 0x2A, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xF7, 0x0D, 1, 1, 1, 5, 0
  };

  /** The object identifier id-ecPublicKey. */
  private static final byte[] EC_PUBLIC_KEY = {
    6, 7, 0x2A, (byte) 0x86, 0x48, (byte) 0xCE, 0x3D, 2, 1
  };

  private Der() {}

  /** PKCS#8 around {@code key}. */
  static byte[] pkcs8(byte[] algorithm, byte[] key) {
    return element(SEQUENCE, VERSION_0, algorithm, element(OCTETS, key));
  }

  /**
   * The AlgorithmIdentifier of a key in the form of RFC 5915: its curve is its first parameter.
   *
   * @throws IOException when it says no curve
   */
  static byte[] ellipticCurve(byte[] key) throws IOException {
    try {
      int at = header(key, 0);
      while (at < key.length) {
        int content = header(key, at);
        int end = content + length(key, at);
        if ((key[at] & 0xFF) == PARAMETERS) {
          return element(SEQUENCE, EC_PUBLIC_KEY, Arrays.copyOfRange(key, content, end));
        }
        at = end;
      }
    } catch (ArrayIndexOutOfBoundsException e) {
      throw new IOException("broken EC private key", e);
    }
    throw new IOException("an EC private key that does not name its curve");
  }

  /** Where the content of the element at {@code at} begins. */
  private static int header(byte[] octets, int at) {
    int first = octets[at + 1] & 0xFF;
    return at + 2 + (first < 0x80 ? 0 : first & 0x7F);
  }

  private static int length(byte[] octets, int at) {
    int first = octets[at + 1] & 0xFF;
    if (first < 0x80) {
      return first;
    }
    int length = 0;
    for (int i = 0; i < (first & 0x7F); i++) {
      length = (length << 8) | (octets[at + 2 + i] & 0xFF);
    }
    if (length < 0) {
      throw new ArrayIndexOutOfBoundsException("length");
    }
    return length;
  }

  private static byte[] element(int tag, byte[]... contents) {
    int length = 0;
    for (byte[] content : contents) {
      length += content.length;
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream(length + 4);
    out.write(tag);
    if (length < 0x80) {
      out.write(length);
    } else if (length < 0x100) {
      out.write(0x81);
      out.write(length);
    } else {
      out.write(0x82);
      out.write(length >> 8);
      out.write(length);
    }
    for (byte[] content : contents) {
      out.writeBytes(content);
    }
    return out.toByteArray();
  }
}
