package org.impetusmta.module.smtp_cbv;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.impetusmta.api.dns.Dns;
import org.impetusmta.api.dns.DnsAnswer;

/**
 * The hosts that take mail for a domain (RFC 5321 section 5.1): its MX hosts in order, itself where
 * it has none, nobody where it says so (RFC 7505). Concurrent.
 */
final class MailHosts {
  /** Hosts that are asked in turn. */
  static final int MOST = 3;

  private static final int TYPE_MX = 15;

  private final Dns dns;

  MailHosts(Dns dns) {
    this.dns = dns;
  }

  /**
   * What was found.
   *
   * @param known whether the DNS could say; if not, who asks has to come again
   * @param hosts names or an address; empty: nobody takes mail
   */
  record Found(boolean known, List<String> hosts) {}

  private record Exchange(int preference, String host) {}

  CompletionStage<Found> of(String domain) {
    return dns.lookup(domain, TYPE_MX).thenApply(answer -> found(domain, answer));
  }

  private static Found found(String domain, DnsAnswer answer) {
    return switch (answer.status()) {
      case FOUND -> new Found(true, hosts(answer));
      case NO_SUCH_RECORD -> new Found(true, List.of(domain));
      case NO_SUCH_DOMAIN -> new Found(true, List.of());
      case TEMPORARY, BOGUS -> new Found(false, List.of());
    };
  }

  private static List<String> hosts(DnsAnswer answer) {
    List<Exchange> exchanges = new ArrayList<>();
    for (ByteBuffer record : answer.records()) {
      ByteBuffer data = record.duplicate();
      if (data.remaining() > 2) {
        exchanges.add(new Exchange(data.getShort() & 0xffff, name(data)));
      }
    }
    return exchanges.stream()
        .sorted(Comparator.comparingInt(Exchange::preference))
        .map(Exchange::host)
        .filter(host -> !host.isEmpty())
        .limit(MOST)
        .toList();
  }

  /** A name in its form on the wire, uncompressed; empty for the root. */
  private static String name(ByteBuffer data) {
    StringBuilder name = new StringBuilder();
    while (data.hasRemaining()) {
      int length = data.get() & 0xff;
      if (length == 0 || length > data.remaining()) {
        break;
      }
      byte[] label = new byte[length];
      data.get(label);
      name.append(name.isEmpty() ? "" : ".").append(new String(label, StandardCharsets.US_ASCII));
    }
    return name.toString();
  }
}
