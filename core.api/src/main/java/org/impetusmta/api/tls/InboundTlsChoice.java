package org.impetusmta.api.tls;

import java.util.Optional;

/**
 * What policy wants of TLS on one inbound connection in place of the options of the same names;
 * empty: as configured. Immutable. Source: structs-ec-ssl-ctx-params.
 *
 * @param certificate file of the certificate, {@code tls_certificate}
 * @param key file of its key, {@code tls_key}
 * @param clientCa file of the authorities for clients, {@code tls_client_ca}
 * @param ciphers {@code tls_ciphers}
 */
public record InboundTlsChoice(
    Optional<String> certificate,
    Optional<String> key,
    Optional<String> clientCa,
    Optional<String> ciphers) {
  /** As configured. */
  public static final InboundTlsChoice NONE =
      new InboundTlsChoice(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
}
