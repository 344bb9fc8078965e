package org.impetusmta.tls;

import io.netty.handler.ssl.OpenSsl;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.impetusmta.tls.InboundTlsOptions.VerifyMode;

/**
 * All of the options that a server's TLS context is made of: what has the same settings shares a
 * context and its sessions. Immutable.
 *
 * @param named files of the certificates that are shown to who asks for a name in them
 * @param clientCa authorities of clients
 * @param asks whether clients are asked for a certificate
 * @param requires whether a handshake without one fails
 * @param dhParameters file that says how large a group for Diffie-Hellman is wanted
 */
record ServerSettings(
    TlsSettings common,
    List<Path> named,
    Optional<Path> clientCa,
    boolean asks,
    boolean requires,
    boolean renegotiation,
    Optional<Path> dhParameters) {

  /** The settings that these options ask for. */
  static ServerSettings of(InboundTlsOptions options) {
    return of(options, OpenSsl.isAvailable());
  }

  static ServerSettings of(InboundTlsOptions options, boolean available) {
    Optional<Path> dh =
        options.tlsDhparamsFile().filter(file -> options.tlsEnableDheCiphers()).map(Path::of);
    boolean dhe =
        dh.isPresent()
            && options.tlsCiphers().suites().stream().anyMatch(one -> one.startsWith("TLS_DHE_"));
    Optional<VerifyMode> mode = options.tlsVerifyMode();
    boolean requires = mode.equals(Optional.of(VerifyMode.REQUIRE));
    return new ServerSettings(
        // BoringSSL has no DHE, and who names a file for it wants it
        TlsSettings.of(options, available && !dhe),
        options.tlsSniCertificates().orElse(List.of()).stream().map(Path::of).toList(),
        options.tlsClientCa().map(Path::of),
        requires || (mode.isEmpty() && options.tlsClientCa().isPresent()),
        requires,
        options.tlsAllowRenegotiation(),
        dhe ? dh : Optional.empty());
  }

  /** The files that a context is made of. */
  List<Path> files() {
    List<Path> files = new ArrayList<>(named);
    common.certificate().ifPresent(files::add);
    common.key().ifPresent(files::add);
    clientCa.ifPresent(files::add);
    dhParameters.ifPresent(files::add);
    return files;
  }
}
