package org.impetusmta.tls;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.spec.InvalidParameterSpecException;
import javax.crypto.spec.DHParameterSpec;

/**
 * The file of {@code tls_dhparams_file}, as {@code openssl dhparam} writes it. TLS agrees on groups
 * by name today (RFC 7919), and a group that somebody made cannot be judged by the peer: so the
 * file says how large a group is wanted, and the named one that is at least as large is used.
 * Thread-safety: read-only; reads files.
 */
final class DhParameters {
  private static final int[] NAMED = {2048, 3072, 4096, 6144, 8192};

  private DhParameters() {}

  /**
   * The name of the group, {@code ffdhe2048}.
   *
   * @throws IOException when the file holds none; names the file
   */
  static String group(Path file) throws IOException {
    byte[] octets = PemFile.block(file, "DH PARAMETERS");
    int bits;
    try {
      AlgorithmParameters parameters = AlgorithmParameters.getInstance("DH");
      parameters.init(octets);
      BigInteger prime = parameters.getParameterSpec(DHParameterSpec.class).getP();
      bits = prime.bitLength();
    } catch (InvalidParameterSpecException e) {
      throw new IOException(file + ": no parameters for Diffie-Hellman", e);
    } catch (GeneralSecurityException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
    for (int size : NAMED) {
      if (bits <= size) {
        return "ffdhe" + size;
      }
    }
    throw new IOException(file + ": a prime of " + bits + " bits; at most 8192 can be used");
  }
}
