package org.impetusmta.api.tls;

import java.util.Optional;

/**
 * What is known of TLS on one outbound connection, for loggers. Made anew for each connection.
 * Immutable. Source: tls_macros.
 *
 * @param type what {@code tls} is for the connection: {@code no}, {@code ifavailable} or {@code
 *     required}, whoever demanded it
 * @param cipher the cipher suite as OpenSSL calls it; empty without TLS, as all that follows
 * @param algorithmBits bits of the cipher's key
 * @param usedBits bits of it that are secret
 * @param protocol {@code TLSv1.3}
 * @param verified whether the certificate passed what was demanded of it, its name included
 * @param issuer the common name of who issued the certificate, without control characters
 * @param subject the common name of whose certificate it is, without control characters
 */
public record OutboundTls(
    String type,
    String cipher,
    int algorithmBits,
    int usedBits,
    String protocol,
    boolean verified,
    String issuer,
    String subject) {

  /** A connection without TLS. */
  public static OutboundTls plain(String type) {
    return new OutboundTls(type, "", 0, 0, "", false, "", "");
  }

  /** Whether the connection is encrypted. */
  public boolean encrypted() {
    return !protocol.isEmpty();
  }

  /**
   * The value of a logging macro of the namespace {@code outbound_tls} for an attempt over this
   * connection; empty where there is no such macro.
   *
   * @param name {@code outbound_tls_cipher}
   */
  public Optional<String> macro(String name) {
    return switch (name) {
      case "outbound_tls" -> Optional.of(encrypted() ? "TLS" : "SMTP");
      case "outbound_tls_type" -> Optional.of(type);
      case "outbound_tls_cipher" -> Optional.of(cipher);
      case "outbound_tls_cipher_algbits" -> Optional.of(bits(algorithmBits));
      case "outbound_tls_cipher_usebits" -> Optional.of(bits(usedBits));
      case "outbound_tls_protocol" -> Optional.of(protocol);
      case "outbound_tls_verified" ->
          Optional.of(encrypted() ? verified ? "verified" : "unverified" : "");
      case "outbound_tls_issuer" -> Optional.of(issuer);
      case "outbound_tls_subject" -> Optional.of(subject);
      default -> Optional.empty();
    };
  }

  private static String bits(int bits) {
    return bits == 0 ? "" : Integer.toString(bits);
  }
}
