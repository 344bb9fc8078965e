package org.impetusmta.core.auth;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import org.impetusmta.api.auth.AuthException;
import org.impetusmta.api.auth.Authentication.Step;
import org.jspecify.annotations.Nullable;

/**
 * EXTERNAL (RFC 4422 appendix A): who the client is, its certificate says. Names of a certificate
 * are its mail addresses, its domains and its common name, in this order; the client may choose
 * among them. With a {@code uri} the user has to be listed there too, whatever the password.
 * Single.
 */
final class External implements Mechanism {
  private static final Integer MAIL_ADDRESS = 1;
  private static final Integer DOMAIN = 2;

  private final Attempt attempt;

  External(Attempt attempt) {
    this.attempt = attempt;
  }

  @Override
  public Step step(byte @Nullable [] response) throws AuthException {
    if (response == null) {
      return new Step.Challenge(new byte[0]);
    }
    String wanted = Attempt.text(response, 0, response.length);
    if (wanted == null || (!wanted.isEmpty() && !Attempt.isName(wanted))) {
      return attempt.malformed("EXTERNAL: no name");
    }
    attempt.user(wanted);
    Optional<X509Certificate> certificate =
        attempt
            .client()
            .tls()
            .filter(tls -> tls.verified() && !tls.clientCertificates().isEmpty())
            .map(tls -> tls.clientCertificates().getFirst());
    if (certificate.isEmpty()) {
      return attempt.failed("no client certificate that was verified");
    }
    List<String> names = names(certificate.get());
    if (wanted.isEmpty() && !names.isEmpty()) {
      attempt.user(names.getFirst());
    }
    if (names.isEmpty() || !names.contains(attempt.user())) {
      return attempt.failed("the certificate has another name");
    }
    if (attempt.hasSource() && attempt.passwords().isEmpty()) {
      return attempt.failed("the user is not listed");
    }
    return attempt.passed();
  }

  static List<String> names(X509Certificate certificate) {
    List<String> mail = new ArrayList<>();
    List<String> domains = new ArrayList<>();
    try {
      Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
      for (List<?> one : alternatives == null ? List.<List<?>>of() : alternatives) {
        if (one.size() == 2 && one.get(1) instanceof String name && Attempt.isName(name)) {
          if (MAIL_ADDRESS.equals(one.get(0))) {
            mail.add(name);
          } else if (DOMAIN.equals(one.get(0))) {
            domains.add(name);
          }
        }
      }
    } catch (CertificateParsingException e) {
      return List.of();
    }
    mail.addAll(domains);
    commonName(certificate).filter(Attempt::isName).ifPresent(mail::add);
    return mail;
  }

  private static Optional<String> commonName(X509Certificate certificate) {
    try {
      for (Rdn part : new LdapName(certificate.getSubjectX500Principal().getName()).getRdns()) {
        if (part.getType().equalsIgnoreCase("CN") && part.getValue() instanceof String name) {
          return Optional.of(name);
        }
      }
    } catch (InvalidNameException e) {
      return Optional.empty();
    }
    return Optional.empty();
  }
}
