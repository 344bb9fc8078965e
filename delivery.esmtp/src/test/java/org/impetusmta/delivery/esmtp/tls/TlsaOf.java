package org.impetusmta.delivery.esmtp.tls;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import org.impetusmta.api.tls.TlsaRecord;

/** TLSA records made of certificates. Read-only. */
public final class TlsaOf {
  private TlsaOf() {}

  /** A record with the SHA-256 of the key. */
  public static TlsaRecord key(int usage, X509Certificate certificate) {
    return record(usage, 1, 1, certificate);
  }

  /** A record of any kind. */
  public static TlsaRecord record(
      int usage, int selector, int matchingType, X509Certificate certificate) {
    try {
      byte[] octets =
          selector == 0 ? certificate.getEncoded() : certificate.getPublicKey().getEncoded();
      byte[] data =
          switch (matchingType) {
            case 1 -> MessageDigest.getInstance("SHA-256").digest(octets);
            case 2 -> MessageDigest.getInstance("SHA-512").digest(octets);
            default -> octets;
          };
      return new TlsaRecord(usage, selector, matchingType, HexFormat.of().formatHex(data));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
