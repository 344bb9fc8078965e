package org.impetusmta.api.auth;

import java.security.cert.X509Certificate;
import java.util.Optional;

/**
 * The TLS connection that a client authenticates on. Immutable.
 *
 * @param certificate the server's certificate on it, for {@code tls-server-end-point} (RFC 5929
 *     section 4)
 * @param client the client's certificate, where it has one that was verified
 */
public record SecureChannel(X509Certificate certificate, Optional<X509Certificate> client) {}
