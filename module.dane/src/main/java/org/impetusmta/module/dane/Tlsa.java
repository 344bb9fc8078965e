package org.impetusmta.module.dane;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.impetusmta.api.dns.DnsAnswer;
import org.impetusmta.api.tls.TlsaRecord;

/**
 * What was found at one name: TLSA records that DNSSEC proves, none that count, or that it cannot
 * be told. Immutable. Source: RFC 7672 sections 2.1 and 3.1.
 *
 * @param usable records by which a certificate can be checked
 * @param text all records as reports write them
 * @param expiresMillis until when it holds
 */
record Tlsa(State state, List<TlsaRecord> usable, List<String> text, long expiresMillis) {
  /** What it means for the host. */
  enum State {
    /** There are records, usable or not: TLS is a must. */
    SECURE,
    /** There are none, or they are not proven: nothing is demanded. */
    NONE,
    /** The lookup failed, or what it found is forged: the host may not be used. */
    FAILED
  }

  Tlsa {
    usable = List.copyOf(usable);
    text = List.copyOf(text);
  }

  static Tlsa of(DnsAnswer answer) {
    return switch (answer.status()) {
      case FOUND ->
          answer.secure()
              ? found(answer)
              : new Tlsa(State.NONE, List.of(), List.of(), answer.expiresMillis());
      case NO_SUCH_DOMAIN, NO_SUCH_RECORD ->
          new Tlsa(State.NONE, List.of(), List.of(), answer.expiresMillis());
      case TEMPORARY, BOGUS -> new Tlsa(State.FAILED, List.of(), List.of(), answer.expiresMillis());
    };
  }

  private static Tlsa found(DnsAnswer answer) {
    List<TlsaRecord> usable = new ArrayList<>();
    List<String> text = new ArrayList<>();
    for (ByteBuffer rdata : answer.records()) {
      ByteBuffer from = rdata.duplicate();
      if (from.remaining() < 3) {
        continue;
      }
      int usage = from.get() & 0xff;
      int selector = from.get() & 0xff;
      int matching = from.get() & 0xff;
      byte[] data = new byte[from.remaining()];
      from.get(data);
      String association = HexFormat.of().formatHex(data);
      text.add(usage + " " + selector + " " + matching + " " + association);
      if (isUsable(usage, selector, matching, data.length)) {
        usable.add(new TlsaRecord(usage, selector, matching, association));
      }
    }
    return new Tlsa(State.SECURE, usable, text, answer.expiresMillis());
  }

  /** Usages 0 and 1 are not for SMTP; a digest has the length of its kind. */
  private static boolean isUsable(int usage, int selector, int matching, int length) {
    boolean known = (usage == 2 || usage == 3) && selector <= 1;
    boolean fits =
        switch (matching) {
          case 0 -> length > 0;
          case 1 -> length == 32;
          case 2 -> length == 64;
          default -> false;
        };
    return known && fits;
  }
}
