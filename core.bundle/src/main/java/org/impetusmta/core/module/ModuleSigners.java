package org.impetusmta.core.module;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Scopes;

/**
 * Whose modules may start: the certificates of {@code module_signers}. A certificate there is that
 * of a signer, or of an authority whose signers are all welcome. It is asked for what did not come
 * with the distribution only. Immutable.
 */
final class ModuleSigners {
  private static final String CODE_SIGNING = "1.3.6.1.5.5.7.3.3";
  private static final String ANY_USE = "2.5.29.37.0";

  /** The option is not said. */
  static final ModuleSigners ANYBODY = new ModuleSigners(List.of(), true);

  /** The option's name. */
  static final String OPTION = "module_signers";

  private final List<X509Certificate> allowed;
  private final boolean off;

  /** The option. */
  @OptionSet(Scopes.GLOBAL)
  record Options(
      @Option(
              doc =
                  "file with the certificates (PEM) of those whose modules may be loaded from"
                      + " partners/ and by module install; unset: anybody's")
          Optional<String> moduleSigners) {}

  private ModuleSigners(List<X509Certificate> allowed, boolean off) {
    this.allowed = List.copyOf(allowed);
    this.off = off;
  }

  /**
   * Reads the certificates that a generation names.
   *
   * @throws ConfigException when the file cannot be read, or holds none
   */
  static ModuleSigners of(Generation generation) throws ConfigException {
    return of(generation.options(Options.class, ScopePath.GLOBAL).moduleSigners().orElse(""));
  }

  /** As {@link #of(Generation)}, from the option's value. */
  static ModuleSigners of(String file) throws ConfigException {
    return file.isEmpty() ? ANYBODY : new ModuleSigners(read(file), false);
  }

  static ModuleSigners of(List<X509Certificate> allowed) {
    return new ModuleSigners(allowed, false);
  }

  private static List<X509Certificate> read(String file) throws ConfigException {
    List<X509Certificate> certificates = new ArrayList<>();
    try {
      byte[] text = Files.readAllBytes(Path.of(file));
      CertificateFactory.getInstance("X.509")
          .generateCertificates(new ByteArrayInputStream(text))
          .forEach(certificate -> certificates.add((X509Certificate) certificate));
    } catch (IOException | CertificateException e) {
      throw new ConfigException(
          "option module_signers: cannot read certificates from %s: %s".formatted(file, e), e);
    }
    if (certificates.isEmpty()) {
      throw new ConfigException(
          "option module_signers: found no certificate in %s, expected at least one in PEM"
              .formatted(file));
    }
    return certificates;
  }

  /**
   * Judges a jar.
   *
   * @param what where it came from
   * @throws ConfigException with the reason why it may not be loaded
   */
  void require(String what, JarSignature signature, Instant now) throws ConfigException {
    if (off) {
      return;
    }
    String why = "nobody signed all of it";
    if (signature.defect().isPresent()) {
      why = signature.defect().get();
    }
    for (List<X509Certificate> chain : signature.chains()) {
      try {
        check(chain, now);
        return;
      } catch (GeneralSecurityException e) {
        String signer = chain.getFirst().getSubjectX500Principal().getName();
        why = "its signer " + signer + " is not accepted: " + e.getMessage();
      }
    }
    throw new ConfigException(
        "%s is refused, as module_signers demands a signature: %s".formatted(what, why));
  }

  private void check(List<X509Certificate> chain, Instant now) throws GeneralSecurityException {
    X509Certificate signer = chain.getFirst();
    signer.checkValidity(Date.from(now));
    if (allowed.contains(signer)) {
      return;
    }
    List<String> uses = signer.getExtendedKeyUsage();
    if (uses != null && !uses.contains(CODE_SIGNING) && !uses.contains(ANY_USE)) {
      throw new CertificateException("its certificate is not meant for the signing of code");
    }
    for (int issuers = chain.size(); issuers > 0; issuers--) {
      // an authority that the jar brings along, self-signed, is no part of the path to one of ours
      if (leadsToAuthority(chain.subList(0, issuers), now)) {
        return;
      }
    }
    throw new CertificateException("it is neither listed nor issued by an authority that is");
  }

  private boolean leadsToAuthority(List<X509Certificate> path, Instant now) {
    return allowed.stream()
        .filter(certificate -> certificate.getBasicConstraints() >= 0)
        .anyMatch(authority -> leadsTo(authority, path, now));
  }

  private static boolean leadsTo(
      X509Certificate authority, List<X509Certificate> path, Instant now) {
    try {
      PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(authority, null)));
      parameters.setRevocationEnabled(false);
      parameters.setDate(Date.from(now));
      authority.checkValidity(Date.from(now));
      CertPathValidator.getInstance("PKIX")
          .validate(CertificateFactory.getInstance("X.509").generateCertPath(path), parameters);
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }
}
