package org.impetusmta.tls;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * The file of {@code tls_dhparams_file}, as {@code openssl dhparam} writes it. TLS agrees on groups
 * by name today (RFC 7919), and a group that somebody made cannot be judged by the peer: so the
 * file says how large a group is wanted, and the named one that is at least as large is used.
 * Thread-safety: read-only; reads files.
 */
final class DhParameters {
  private static final int[] NAMED = {2048, 3072, 4096, 6144, 8192};

  private static final byte SEQUENCE = 0x30;
  private static final byte INTEGER = 2;

  private DhParameters() {}

  /**
   * The name of the group, {@code ffdhe2048}.
   *
   * @throws IOException when the file holds none; names the file
   */
  static String group(Path file) throws IOException {
    int bits = primeBits(file, PemFile.block(file, "DH PARAMETERS", "X9.42 DH PARAMETERS"));
    for (int size : NAMED) {
      if (bits <= size) {
        return "ffdhe" + size;
      }
    }
    throw new IOException(file + ": a prime of " + bits + " bits; at most 8192 can be used");
  }

  /** Both forms are a SEQUENCE whose first INTEGER is the prime. */
  private static int primeBits(Path file, byte[] octets) throws IOException {
    ByteBuffer der = ByteBuffer.wrap(octets);
    try {
      if (der.get() == SEQUENCE) {
        length(der);
        if (der.get() == INTEGER) {
          byte[] prime = new byte[Math.min(length(der), der.remaining())];
          der.get(prime);
          return new BigInteger(1, prime).bitLength();
        }
      }
    } catch (BufferUnderflowException _) {
      // cut off
    }
    throw new IOException(file + ": no parameters for Diffie-Hellman");
  }

  private static int length(ByteBuffer der) {
    int first = der.get() & 0xFF;
    if (first < 0x80) {
      return first;
    }
    int length = 0;
    for (int octets = Math.min(first & 0x7F, 3); octets > 0; octets--) {
      length = length << 8 | (der.get() & 0xFF);
    }
    return length;
  }
}
