package org.impetusmta.api.tls;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What is known of TLS on one inbound connection. Immutable. Source: policy.context.variables,
 * whose names are those of {@code tls…}.
 *
 * @param protocol {@code TLSv1.3}
 * @param cipher the cipher suite as OpenSSL calls it
 * @param algorithmBits bits of the cipher's key; 0: unknown
 * @param usedBits bits of it that are secret; 0: unknown
 * @param serverName the name that the client asked for (RFC 6066 section 3), in lower case; empty:
 *     none
 * @param ownCertificate what this end showed
 * @param clientCertificates what the client showed, its own first; empty: nothing
 * @param verified whether the client's certificate comes from one of the authorities in {@code
 *     tls_client_ca} and is in date, and policy has nothing against it
 */
public record InboundTls(
    String protocol,
    String cipher,
    int algorithmBits,
    int usedBits,
    String serverName,
    Optional<X509Certificate> ownCertificate,
    List<X509Certificate> clientCertificates,
    boolean verified) {

  public InboundTls {
    clientCertificates = List.copyOf(clientCertificates);
  }

  /** The same with another verdict on the client's certificate. */
  public InboundTls verified(boolean good) {
    return new InboundTls(
        protocol,
        cipher,
        algorithmBits,
        usedBits,
        serverName,
        ownCertificate,
        clientCertificates,
        good);
  }

  /**
   * The channel binding {@code tls-server-end-point} (RFC 5929 section 4): a digest of the
   * certificate that this end showed; empty where its signature names no digest.
   */
  public Optional<byte[]> serverEndPoint() {
    if (ownCertificate.isEmpty()) {
      return Optional.empty();
    }
    String signature = ownCertificate.get().getSigAlgName().toUpperCase(Locale.ROOT);
    int with = signature.indexOf("WITH");
    if (with < 0) {
      return Optional.empty(); // EdDSA and RSASSA-PSS: undefined there
    }
    String digest =
        switch (signature.substring(0, with)) {
          case "MD5", "SHA1" -> "SHA-256";
          case String name -> name.startsWith("SHA") ? "SHA-" + name.substring(3) : name;
        };
    try {
      return Optional.of(
          MessageDigest.getInstance(digest).digest(ownCertificate.get().getEncoded()));
    } catch (GeneralSecurityException _) {
      return Optional.empty();
    }
  }
}
