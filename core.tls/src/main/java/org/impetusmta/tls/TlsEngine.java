package org.impetusmta.tls;

/** Values of {@code tls_engine}. */
public enum TlsEngine {
  /** BoringSSL, where it is built for this platform and has all that is asked for. */
  OPENSSL,
  /** The engine of the Java platform. */
  GNUTLS
}
