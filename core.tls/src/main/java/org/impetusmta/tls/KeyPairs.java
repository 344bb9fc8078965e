package org.impetusmta.tls;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;

/** Whether keys belong together. Thread-safety: read-only. */
final class KeyPairs {
  private static final byte[] PROBE = "whose key is it?".getBytes(StandardCharsets.US_ASCII);

  private KeyPairs() {}

  /**
   * Signs with one and checks with the other.
   *
   * @throws IOException when they are not a pair; names the files
   */
  static void requirePair(PrivateKey own, PublicKey shown, Path keyFile, Path certificateFile)
      throws IOException {
    String algorithm =
        switch (own.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          case "RSASSA-PSS" -> "RSASSA-PSS";
          default -> own.getAlgorithm();
        };
    if (algorithm.equals("RSASSA-PSS")) {
      return; // needs parameters that only the certificate has; the handshake will tell
    }
    boolean pair = false;
    try {
      Signature signature = Signature.getInstance(algorithm);
      signature.initSign(own);
      signature.update(PROBE);
      byte[] signed = signature.sign();
      signature.initVerify(shown);
      signature.update(PROBE);
      pair = signature.verify(signed);
    } catch (GeneralSecurityException _) {
      // keys of different kinds
    }
    if (!pair) {
      throw new IOException(keyFile + ": not the key of the certificate in " + certificateFile);
    }
  }
}
