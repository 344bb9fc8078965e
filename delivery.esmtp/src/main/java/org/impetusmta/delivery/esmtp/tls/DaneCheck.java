package org.impetusmta.delivery.esmtp.tls;

import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertStore;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.impetusmta.api.tls.TlsResult;
import org.impetusmta.api.tls.TlsaRecord;
import org.impetusmta.tls.HostNames;
import org.impetusmta.tls.PkixCheck;
import org.impetusmta.tls.Verdict;

/**
 * Judges a peer's certificate by TLSA records (RFC 6698, as RFC 7671 and RFC 7672 section 3 have
 * it):
 *
 * <ul>
 *   <li>DANE-EE(3): the record names the certificate or its key; neither its name nor its dates
 *       matter.
 *   <li>DANE-TA(2): the record names an authority of the chain that the peer shows, or holds one in
 *       full; the certificate must come from it, be in date and have one of the names.
 * </ul>
 *
 * <p>Other usages, unknown selectors and digests and records that cannot be one are unusable and
 * passed over (RFC 7672 section 3.1); where nothing is usable, nothing is checked (section 2.2).
 * Thread-safety: read-only; not for event loops.
 */
final class DaneCheck {
  private static final int TRUST_ANCHOR = 2;
  private static final int END_ENTITY = 3;
  private static final int CERTIFICATE = 0;
  private static final int KEY = 1;
  private static final int FULL = 0;

  private DaneCheck() {}

  /** Whether SMTP can use {@code record} at all. */
  static boolean usable(TlsaRecord record) {
    boolean known =
        (record.usage() == TRUST_ANCHOR || record.usage() == END_ENTITY)
            && (record.selector() == CERTIFICATE || record.selector() == KEY);
    if (!known || !record.association().matches("([0-9a-fA-F]{2})+")) {
      return false;
    }
    int octets = record.association().length() / 2;
    return switch (record.matchingType()) {
      case FULL -> record.selector() == CERTIFICATE ? certificate(record).isPresent() : octets > 16;
      case 1 -> octets == 32;
      case 2 -> octets == 64;
      default -> false;
    };
  }

  /**
   * @param chain what the peer showed, its own certificate first
   * @param names one of which the certificate must have where an authority vouches for it
   * @param now milliseconds since 1970
   */
  static Verdict judge(
      List<X509Certificate> chain, List<TlsaRecord> records, List<String> names, long now) {
    List<TlsaRecord> usable = records.stream().filter(DaneCheck::usable).toList();
    if (usable.isEmpty()) {
      return Verdict.GOOD;
    }
    if (chain.isEmpty()) {
      return new Verdict(TlsResult.VALIDATION_FAILURE, "the host showed no certificate");
    }
    X509Certificate own = chain.getFirst();
    Optional<Verdict> refused = Optional.empty();
    for (TlsaRecord record : usable) {
      if (record.usage() == END_ENTITY) {
        if (matches(record, own)) {
          return Verdict.GOOD;
        }
        continue;
      }
      for (TrustAnchor anchor : anchors(record, chain)) {
        Verdict verdict = byAuthority(chain, anchor, names, now);
        if (verdict.good()) {
          return verdict;
        }
        refused = refused.isPresent() ? refused : Optional.of(verdict);
      }
    }
    return refused.orElseGet(
        () ->
            new Verdict(
                TlsResult.VALIDATION_FAILURE, "no TLSA record matches the host's certificates"));
  }

  /** Whether {@code record} names {@code certificate}. */
  static boolean matches(TlsaRecord record, X509Certificate certificate) {
    try {
      byte[] selected =
          record.selector() == CERTIFICATE
              ? certificate.getEncoded()
              : certificate.getPublicKey().getEncoded();
      byte[] data =
          switch (record.matchingType()) {
            case FULL -> selected;
            case 1 -> MessageDigest.getInstance("SHA-256").digest(selected);
            default -> MessageDigest.getInstance("SHA-512").digest(selected);
          };
      return Arrays.equals(data, HexFormat.of().parseHex(record.association()));
    } catch (GeneralSecurityException _) {
      return false;
    }
  }

  /** The authorities that {@code record} names: of the chain, or the one that it holds. */
  private static List<TrustAnchor> anchors(TlsaRecord record, List<X509Certificate> chain) {
    List<TrustAnchor> anchors = new ArrayList<>();
    for (X509Certificate authority : chain.subList(1, chain.size())) {
      if (matches(record, authority)) {
        anchors.add(new TrustAnchor(authority, null));
      }
    }
    if (anchors.isEmpty() && record.matchingType() == FULL) {
      if (record.selector() == CERTIFICATE) {
        certificate(record).ifPresent(held -> anchors.add(new TrustAnchor(held, null)));
      } else {
        // a bare key: it must have signed one of the chain, under whatever name
        for (X509Certificate signed : chain) {
          key(record, signed)
              .ifPresent(
                  key -> anchors.add(new TrustAnchor(signed.getIssuerX500Principal(), key, null)));
        }
      }
    }
    return anchors;
  }

  @SuppressWarnings("JavaUtilDate") // the library wants one
  private static Verdict byAuthority(
      List<X509Certificate> chain, TrustAnchor anchor, List<String> names, long now) {
    X509Certificate own = chain.getFirst();
    try {
      X509CertSelector target = new X509CertSelector();
      target.setCertificate(own);
      PKIXBuilderParameters parameters = new PKIXBuilderParameters(Set.of(anchor), target);
      parameters.setRevocationEnabled(false);
      parameters.setDate(new Date(now));
      parameters.addCertStore(
          CertStore.getInstance("Collection", new CollectionCertStoreParameters(chain)));
      CertPathBuilder.getInstance("PKIX").build(parameters);
    } catch (GeneralSecurityException e) {
      boolean expired = chain.stream().anyMatch(one -> !inDate(one, new Date(now)));
      return new Verdict(
          expired ? TlsResult.CERTIFICATE_EXPIRED : TlsResult.CERTIFICATE_NOT_TRUSTED,
          PkixCheck.words(e));
    }
    return HostNames.match(own, names, true)
        ? Verdict.GOOD
        : new Verdict(
            TlsResult.CERTIFICATE_HOST_MISMATCH,
            "the certificate is for "
                + HostNames.of(own)
                + ", not for "
                + String.join(", ", names));
  }

  @SuppressWarnings("JavaUtilDate") // the library wants one
  private static boolean inDate(X509Certificate certificate, Date date) {
    try {
      certificate.checkValidity(date);
      return true;
    } catch (CertificateExpiredException | CertificateNotYetValidException _) {
      return false;
    }
  }

  private static Optional<X509Certificate> certificate(TlsaRecord record) {
    try {
      return Optional.of(
          (X509Certificate)
              CertificateFactory.getInstance("X.509")
                  .generateCertificate(
                      new ByteArrayInputStream(HexFormat.of().parseHex(record.association()))));
    } catch (GeneralSecurityException _) {
      return Optional.empty();
    }
  }

  /** The key in {@code record}, if it signed {@code certificate}. */
  private static Optional<PublicKey> key(TlsaRecord record, X509Certificate certificate) {
    byte[] octets = HexFormat.of().parseHex(record.association());
    for (String algorithm : List.of("RSA", "EC", "Ed25519")) {
      try {
        PublicKey key =
            KeyFactory.getInstance(algorithm).generatePublic(new X509EncodedKeySpec(octets));
        certificate.verify(key);
        return Optional.of(key);
      } catch (GeneralSecurityException _) {
        // not of this kind, or not its signature
      }
    }
    return Optional.empty();
  }
}
