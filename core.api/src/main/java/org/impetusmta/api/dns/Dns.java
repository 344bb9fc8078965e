package org.impetusmta.api.dns;

import java.util.concurrent.CompletableFuture;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The core's resolver and its cache; an OSGi service. CNAMEs are followed, answers are kept for as
 * long as {@code min_dns_ttl} and {@code max_dns_ttl} allow, and a question that is being asked is
 * not asked twice. Concurrent; never blocks.
 */
@ProviderType
public interface Dns {
  /**
   * Looks {@code name} up, as the resolver says it: nothing is validated and nothing is secure.
   *
   * @param name with or without a final dot; never relative to a search list
   * @param type the number of a record type (RFC 1035 section 3.2.2): 15 MX, 16 TXT, 52 TLSA, …
   * @return completed on a thread of the pool {@code IO}, never exceptionally
   */
  CompletableFuture<DnsAnswer> lookup(String name, int type);

  /**
   * Looks {@code name} up and validates the answer by DNSSEC, from the trust anchors of {@code
   * dnssec_trust_anchors} down. A question of its own, beside that of {@link #lookup}.
   *
   * @return completed on a thread of the pool {@code IO}, never exceptionally
   */
  CompletableFuture<DnsAnswer> validated(String name, int type);
}
