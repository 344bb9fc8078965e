package org.impetusmta.delivery.esmtp.tls;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.impetusmta.api.delivery.Delivery;
import org.impetusmta.api.tls.TlsPolicy;
import org.impetusmta.api.tls.TlsPolicy.Source;
import org.impetusmta.api.tls.TlsResult;
import org.impetusmta.delivery.esmtp.tls.TlsOptions.Use;
import org.impetusmta.tls.Verdict;

/**
 * What holds for TLS on one connection: the options, or the published policy of the host where that
 * asks for more. Records of DANE stand for themselves, whatever the options say; a policy of
 * MTA-STS makes the options stricter, never laxer. Immutable. Source: enable_mta_sts and
 * modules.dane (2026).
 *
 * @param check how the certificate is checked
 * @param fatal which findings end the connection
 * @param names of which the certificate must have one
 * @param commonName whether the name may be the common name of a certificate without any dNSName
 * @param fallback whether mail may leave without TLS where it was offered and does not work
 */
public record TlsDemand(
    Use use,
    Check check,
    Fatal fatal,
    List<String> names,
    boolean commonName,
    boolean fallback,
    Optional<TlsPolicy> policy) {

  /** How a certificate is checked. */
  public enum Check {
    NONE,
    AUTHORITY,
    NAME,
    DANE
  }

  /** Which findings end the connection. */
  public enum Fatal {
    NONE,
    /** All but that it is the certificate of another host. */
    AUTHORITY,
    ALL
  }

  public TlsDemand {
    names = List.copyOf(names);
  }

  /** What the options alone demand; {@code tls = no} without a policy demands nothing. */
  public static TlsDemand of(TlsOptions options, Optional<TlsPolicy> policy, Delivery delivery) {
    TlsDemand mine = ofOptions(options, delivery);
    return policy.map(published -> mine.with(published, delivery)).orElse(mine);
  }

  private static TlsDemand ofOptions(TlsOptions options, Delivery delivery) {
    List<String> names = new ArrayList<>();
    names.add(delivery.host());
    delivery.policyDomain().ifPresent(names::add);
    return new TlsDemand(
        options.tls(),
        switch (options.tlsVerify()) {
          case NO -> Check.NONE;
          case CA -> Check.AUTHORITY;
          case HOST, OPTIONAL -> Check.NAME;
        },
        switch (options.tlsVerify()) {
          case NO, OPTIONAL -> Fatal.NONE;
          case CA -> Fatal.AUTHORITY;
          case HOST -> Fatal.ALL;
        },
        names,
        true,
        options.tls() == Use.IFAVAILABLE && options.tlsIfavailableFallback(),
        Optional.empty());
  }

  private TlsDemand with(TlsPolicy published, Delivery delivery) {
    boolean dane = published.source() == Source.TLSA;
    boolean enforced = published.enforced();
    List<String> wanted =
        published.names().isEmpty() ? List.of(delivery.host()) : published.names();
    Use least = enforced ? Use.REQUIRED : Use.IFAVAILABLE;
    Use strictest = use.compareTo(least) > 0 ? use : least;
    Fatal ends = enforced ? Fatal.ALL : fatal;
    return new TlsDemand(
        dane && enforced ? Use.REQUIRED : strictest,
        switch (published.verification()) {
          case NONE -> dane ? Check.NONE : check;
          case PKIX -> Check.NAME;
          case DANE -> Check.DANE;
        },
        ends,
        wanted,
        dane,
        strictest == Use.IFAVAILABLE && (use == Use.NO || fallback),
        Optional.of(published));
  }

  /** Whether STARTTLS is of any use. */
  public boolean wanted() {
    return use != Use.NO;
  }

  public boolean required() {
    return use == Use.REQUIRED;
  }

  /** Whether {@code verdict} ends the connection. */
  public boolean ends(Verdict verdict) {
    return !verdict.good()
        && switch (fatal) {
          case NONE -> false;
          case AUTHORITY -> verdict.result() != TlsResult.CERTIFICATE_HOST_MISMATCH;
          case ALL -> true;
        };
  }

  /** Whether a good certificate has been checked by its name: what logs call verified. */
  public boolean byName() {
    return check == Check.NAME || check == Check.DANE;
  }
}
