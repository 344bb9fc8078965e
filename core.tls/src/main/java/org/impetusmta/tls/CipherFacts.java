package org.impetusmta.tls;

import org.apache.tomcat.util.net.openssl.ciphers.Cipher;

/**
 * What is known of a cipher suite. Immutable.
 *
 * @param name as OpenSSL calls it; that of the RFCs where OpenSSL has no other
 * @param algorithmBits bits of the cipher's key; 0: unknown
 * @param usedBits bits of it that are secret; 0: unknown
 */
public record CipherFacts(String name, int algorithmBits, int usedBits) {
  /** Of a suite by its name in the RFCs. */
  public static CipherFacts of(String suite) {
    try {
      Cipher cipher = Cipher.valueOf(suite);
      return new CipherFacts(
          cipher.getOpenSSLAlias(), cipher.getAlg_bits(), cipher.getStrength_bits());
    } catch (IllegalArgumentException _) {
      // a suite that is newer than the table: its own name will do
      return new CipherFacts(suite, 0, 0);
    }
  }
}
