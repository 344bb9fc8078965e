package org.impetusmta.tls;

import java.util.Optional;

/** What options of either direction say of a TLS connection. Implemented by option sets. */
public interface TlsParameters {
  /** File of the certificate that is shown; {@code none} is none. */
  Optional<String> tlsCertificate();

  /** File of its key where the certificate's does not hold it. */
  Optional<String> tlsKey();

  /** Suites of TLS 1.2. */
  CipherList tlsCiphers();

  /** Suites of TLS 1.3. */
  CipherSuites13 tls13Ciphersuites();

  /** Versions. */
  ProtocolList tlsProtocols();

  /** Groups for the key exchange; empty: the engine's choice. */
  Optional<GroupList> tlsEcCurveNames();

  /** Whether DHE suites may be used. */
  boolean tlsEnableDheCiphers();

  /** The engine that is preferred. */
  TlsEngine tlsEngine();
}
