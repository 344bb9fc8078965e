package org.impetusmta.delivery.esmtp.tls;

import java.util.Optional;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Scopes;
import org.impetusmta.tls.CipherList;
import org.impetusmta.tls.CipherSuites13;
import org.impetusmta.tls.GroupList;
import org.impetusmta.tls.ProtocolList;
import org.impetusmta.tls.TlsEngine;
import org.impetusmta.tls.TlsParameters;

/**
 * What an operator can say about TLS on outbound connections. Immutable. Source: tls_option and the
 * page of each option.
 */
@OptionSet({Scopes.BINDING, Scopes.BINDING_GROUP, Scopes.DOMAIN, Scopes.GLOBAL})
public record TlsOptions(
    @Option(
            value = "no",
            doc = "whether outbound connections use STARTTLS: no, if the peer offers it, or always")
        Use tls,
    @Option(
            value = "true",
            doc = "whether mail is delivered without TLS if a handshake that was optional fails")
        boolean tlsIfavailableFallback,
    @Option(
            value = "true",
            doc =
                "whether mail goes on without TLS on a new connection after STARTTLS was refused;"
                    + " false: on the same one")
        boolean tlsFallbackAlwaysNewConnection,
    @Option(
            value = "no",
            doc =
                "how the certificate of the remote host is checked: not, by its authority, by its"
                    + " name too, or only to be logged")
        Verify tlsVerify,
    @Option(
            doc =
                "file of the authorities (PEM) that certificates of remote hosts are checked"
                    + " against; unset: those of the Java platform")
        Optional<String> tlsCa,
    @Option(
            doc =
                "file of the certificate (PEM), its chain and possibly its key, that is shown to"
                    + " remote hosts; none: no certificate")
        Optional<String> tlsCertificate,
    @Option(doc = "file of the certificate's key (PEM) where tls_certificate does not hold it")
        Optional<String> tlsKey,
    @Option(
            value = "DEFAULT",
            doc = "cipher suites of TLS 1.2, as OpenSSL or GnuTLS notes them down")
        CipherList tlsCiphers,
    @Option(
            name = "tlsv13_ciphersuites",
            value = "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256",
            doc = "cipher suites of TLS 1.3, the preferred first")
        CipherSuites13 tls13Ciphersuites,
    @Option(value = "+ALL", doc = "TLS versions that are spoken; none before TLS 1.2 is")
        ProtocolList tlsProtocols,
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

  /** Values of {@code tls}. */
  public enum Use {
    NO,
    IFAVAILABLE,
    REQUIRED
  }

  /** Values of {@code tls_verify}. */
  public enum Verify {
    NO,
    CA,
    HOST,
    OPTIONAL
  }
}
