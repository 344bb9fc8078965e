package org.impetusmta.api.dns;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * What the DNS said. Immutable.
 *
 * @param records the RDATA of each record as on the wire (RFC 1035 section 3.2.1), names
 *     uncompressed; read-only buffers; empty unless {@link Status#FOUND}
 * @param secure whether DNSSEC proves the answer, a denial of existence included (RFC 4035 section
 *     4.3); checked by the core itself
 * @param expiresMillis until when it may be used, milliseconds since 1970
 * @param aliases the names that CNAME records led to, in order, without a final dot: the last one
 *     has the records; empty where the name that was asked for has them itself
 */
public record DnsAnswer(
    Status status,
    List<ByteBuffer> records,
    boolean secure,
    long expiresMillis,
    List<String> aliases) {
  /** How a lookup ended. */
  public enum Status {
    FOUND,
    NO_SUCH_DOMAIN,
    NO_SUCH_RECORD,
    /** No server answered, or with a failure: asked again later. */
    TEMPORARY,
    /** DNSSEC proves that the answer is forged or broken. */
    BOGUS
  }

  public DnsAnswer {
    records = records.stream().map(ByteBuffer::asReadOnlyBuffer).toList();
    aliases = List.copyOf(aliases);
  }

  /** An answer that no CNAME record led to. */
  public DnsAnswer(Status status, List<ByteBuffer> records, boolean secure, long expiresMillis) {
    this(status, records, secure, expiresMillis, List.of());
  }
}
