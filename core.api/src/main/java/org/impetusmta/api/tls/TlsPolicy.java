package org.impetusmta.api.tls;

import java.util.List;
import java.util.Optional;
import org.impetusmta.api.message.Reply;

/**
 * What one source demands of TLS to one host. Immutable.
 *
 * @param enforced whether mail waits rather than leave without it; a policy in testing mode is only
 *     reported on (RFC 8461 section 5)
 * @param verification how the peer's certificate is checked
 * @param tlsa the usable TLSA records, for {@link Verification#DANE}
 * @param names the names of which the certificate must have one; empty: that of the host
 * @param refusal why the host may not be used at all; no connection is made then
 * @param domain the policy domain of reports (RFC 8460 section 1.1); empty where nobody published
 *     anything
 * @param text what was published, line by line or record by record, for reports
 */
public record TlsPolicy(
    Source source,
    boolean enforced,
    Verification verification,
    List<TlsaRecord> tlsa,
    List<String> names,
    Optional<Reply> refusal,
    String domain,
    List<String> text) {
  /** Who demands it, as TLS reports call it (RFC 8460 section 4.2). */
  public enum Source {
    TLSA,
    STS,
    NO_POLICY_FOUND
  }

  /** How a certificate is checked. */
  public enum Verification {
    /** Not at all; the connection must be encrypted. */
    NONE,
    /** By a trusted authority and by name (PKIX; RFC 8461 section 4.2). */
    PKIX,
    /** By TLSA records (RFC 7672). */
    DANE
  }

  public TlsPolicy {
    tlsa = List.copyOf(tlsa);
    names = List.copyOf(names);
    text = List.copyOf(text);
  }

  /** A policy that nobody published. */
  public TlsPolicy(
      Source source,
      boolean enforced,
      Verification verification,
      List<TlsaRecord> tlsa,
      List<String> names,
      Optional<Reply> refusal) {
    this(source, enforced, verification, tlsa, names, refusal, "", List.of());
  }
}
