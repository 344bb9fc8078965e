package org.impetusmta.tls;

import io.netty.handler.ssl.OpenSsl;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * All of the options that a TLS context is made of: what has the same settings shares a context and
 * its sessions. How certificates of peers are judged is no part of it (a matter of those who use
 * it). Immutable.
 *
 * @param boringssl the engine; false: that of the JDK
 * @param certificate what this end shows; empty: nothing
 * @param key where the certificate's file does not hold it
 * @param ciphers what the configuration calls the suites, for the console
 * @param suites cipher suites by their names in the RFCs
 * @param groups empty: the engine's choice
 */
public record TlsSettings(
    boolean boringssl,
    Optional<Path> certificate,
    Optional<Path> key,
    String ciphers,
    List<String> suites,
    List<String> protocols,
    Optional<GroupList> groups) {

  /** The settings that these options ask for. */
  public static TlsSettings of(TlsParameters options) {
    return of(options, OpenSsl.isAvailable());
  }

  /**
   * @param available whether BoringSSL is built for this platform
   */
  public static TlsSettings of(TlsParameters options, boolean available) {
    List<String> suites = new ArrayList<>(options.tlsCiphers().suites());
    if (!options.tlsEnableDheCiphers()) {
      suites.removeIf(suite -> suite.startsWith("TLS_DHE_"));
    }
    boolean boringssl = available && boringssl(options, suites);
    List<String> all = new ArrayList<>(options.tls13Ciphersuites().suites());
    all.addAll(suites);
    Optional<Path> certificate =
        options.tlsCertificate().filter(file -> !file.equalsIgnoreCase("none")).map(Path::of);
    return new TlsSettings(
        boringssl,
        certificate,
        certificate.isEmpty() ? Optional.empty() : options.tlsKey().map(Path::of),
        options.tlsCiphers().isDefault() ? "default" : options.tlsCiphers().toString(),
        List.copyOf(all),
        options.tlsProtocols().names(),
        options.tlsEcCurveNames());
  }

  /** Whether BoringSSL has all that is asked for; it is the faster one. */
  private static boolean boringssl(TlsParameters options, List<String> suites) {
    if (options.tlsEngine() == TlsEngine.GNUTLS
        || !options.tlsEcCurveNames().map(GroupList::boringssl).orElse(true)) {
      return false;
    }
    if (!options.tlsEcCurveNames().map(GroupList::jdk).orElse(true)) {
      return true;
    }
    if (options.tlsProtocols().with13() && !options.tls13Ciphersuites().all()) {
      return false; // it always offers all three
    }
    return options.tlsProtocols().only13() || suites.stream().anyMatch(TlsSettings::inBoringssl);
  }

  /** BoringSSL has no DHE, and CBC with SHA-1 alone. */
  private static boolean inBoringssl(String suite) {
    return !suite.startsWith("TLS_DHE_") && !suite.matches(".*_CBC_SHA(256|384)");
  }

  /** The suites that the engine has. */
  public List<String> usableSuites() {
    return boringssl ? suites.stream().filter(TlsSettings::inBoringssl).toList() : suites;
  }
}
