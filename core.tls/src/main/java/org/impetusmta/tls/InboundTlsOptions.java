package org.impetusmta.tls;

import java.util.List;
import java.util.Optional;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Scopes;
import org.impetusmta.api.tls.InboundTlsChoice;

/**
 * What an operator can say about TLS on inbound connections. Immutable. Source: inbound_tls,
 * inbound_ssl and the page of each option; {@code tls_sni_certificates} is ours.
 */
@OptionSet({
  Scopes.ESMTP_LISTENER,
  Scopes.ECSTREAM_LISTENER,
  Scopes.HTTP_LISTENER,
  Scopes.LISTEN,
  Scopes.PEER,
  Scopes.PATHWAY,
  Scopes.PATHWAY_GROUP
})
public record InboundTlsOptions(
    @Option(
            name = "use_ssl",
            value = "false",
            doc = "Whether connections begin with a TLS handshake")
        boolean useSsl,
    @Option(
            scopes = {
              Scopes.GLOBAL,
              Scopes.ESMTP_LISTENER,
              Scopes.ECSTREAM_LISTENER,
              Scopes.HTTP_LISTENER,
              Scopes.LISTEN,
              Scopes.PEER,
              Scopes.PATHWAY,
              Scopes.PATHWAY_GROUP
            },
            doc =
                "file of the certificate (PEM), its chain and possibly its key, that is shown to"
                    + " clients; none: no TLS")
        Optional<String> tlsCertificate,
    @Option(
            scopes = {
              Scopes.GLOBAL,
              Scopes.ESMTP_LISTENER,
              Scopes.ECSTREAM_LISTENER,
              Scopes.HTTP_LISTENER,
              Scopes.LISTEN,
              Scopes.PEER,
              Scopes.PATHWAY,
              Scopes.PATHWAY_GROUP
            },
            doc = "file of the certificate's key (PEM) where tls_certificate does not hold it")
        Optional<String> tlsKey,
    @Option(
            doc =
                "files of further certificates (PEM), each with its chain and key: shown to clients"
                    + " that ask for a name in them (SNI)")
        Optional<List<String>> tlsSniCertificates,
    @Option(
            value = "DEFAULT",
            scopes = {
              Scopes.GLOBAL,
              Scopes.ESMTP_LISTENER,
              Scopes.ECSTREAM_LISTENER,
              Scopes.HTTP_LISTENER,
              Scopes.LISTEN,
              Scopes.PEER,
              Scopes.PATHWAY,
              Scopes.PATHWAY_GROUP
            },
            doc = "cipher suites of TLS 1.2, as OpenSSL or GnuTLS notes them down")
        CipherList tlsCiphers,
    @Option(
            name = "tlsv13_ciphersuites",
            value = "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256",
            scopes = {
              Scopes.GLOBAL,
              Scopes.ESMTP_LISTENER,
              Scopes.ECSTREAM_LISTENER,
              Scopes.HTTP_LISTENER,
              Scopes.LISTEN,
              Scopes.PEER,
              Scopes.PATHWAY,
              Scopes.PATHWAY_GROUP
            },
            doc = "cipher suites of TLS 1.3, the preferred first")
        CipherSuites13 tls13Ciphersuites,
    @Option(
            value = "+ALL",
            scopes = {
              Scopes.GLOBAL,
              Scopes.ESMTP_LISTENER,
              Scopes.ECSTREAM_LISTENER,
              Scopes.HTTP_LISTENER,
              Scopes.LISTEN,
              Scopes.PEER,
              Scopes.PATHWAY,
              Scopes.PATHWAY_GROUP
            },
            doc = "TLS versions that are spoken; none before TLS 1.2 is")
        ProtocolList tlsProtocols,
    @Option(
            scopes = {
              Scopes.GLOBAL,
              Scopes.ESMTP_LISTENER,
              Scopes.ECSTREAM_LISTENER,
              Scopes.HTTP_LISTENER,
              Scopes.LISTEN,
              Scopes.PEER,
              Scopes.PATHWAY,
              Scopes.PATHWAY_GROUP
            },
            doc =
                "file of the authorities (PEM) that certificates of clients are checked against;"
                    + " clients are asked for one where it is set")
        Optional<String> tlsClientCa,
    @Option(
            doc =
                "none: clients are asked for no certificate; require: a handshake without one"
                    + " fails; unset: they may show one")
        Optional<VerifyMode> tlsVerifyMode,
    @Option(
            value = "true",
            doc =
                "whether a client may negotiate a session of TLS 1.2 anew (the Java platform's"
                    + " engine; BoringSSL never does)")
        boolean tlsAllowRenegotiation,
    @Option(
            scopes = Scopes.GLOBAL,
            doc =
                "file of parameters for Diffie-Hellman (PEM): DHE suites are offered to clients,"
                    + " with the group of RFC 7919 that is at least as large")
        Optional<String> tlsDhparamsFile,
    @Option(
            scopes = Scopes.GLOBAL,
            doc =
                "groups for the key exchange, the preferred first, separated by colons; unset: the"
                    + " engine's choice")
        Optional<GroupList> tlsEcCurveNames,
    @Option(
            value = "true",
            scopes = Scopes.GLOBAL,
            doc = "whether cipher suites with ephemeral Diffie-Hellman (DHE) may be used")
        boolean tlsEnableDheCiphers,
    @Option(
            value = "openssl",
            scopes = Scopes.GLOBAL,
            dynamic = false,
            doc =
                "openssl: BoringSSL, where it is built for this platform and has all that is asked"
                    + " for; gnutls: the Java platform's engine")
        TlsEngine tlsEngine)
    implements TlsParameters {

  /** Values of {@code tls_verify_mode}. */
  public enum VerifyMode {
    NONE,
    REQUIRE
  }

  /** Whether there is a certificate to show, without which there is no TLS. */
  public boolean available() {
    return tlsCertificate.filter(file -> !file.equalsIgnoreCase("none")).isPresent();
  }

  /**
   * These, but what policy wants otherwise.
   *
   * @throws IllegalArgumentException when its cipher list is none
   */
  InboundTlsOptions with(InboundTlsChoice choice) {
    return new InboundTlsOptions(
        useSsl,
        choice.certificate().or(() -> tlsCertificate),
        choice.certificate().isPresent() ? choice.key() : choice.key().or(() -> tlsKey),
        tlsSniCertificates,
        choice.ciphers().map(CipherList::parse).orElse(tlsCiphers),
        tls13Ciphersuites,
        tlsProtocols,
        choice.clientCa().or(() -> tlsClientCa),
        tlsVerifyMode,
        tlsAllowRenegotiation,
        tlsDhparamsFile,
        tlsEcCurveNames,
        tlsEnableDheCiphers,
        tlsEngine);
  }
}
