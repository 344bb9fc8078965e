package org.impetusmta.core.route;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.api.message.AsciiDomain;
import org.impetusmta.core.route.DnsCache.Answer;
import org.impetusmta.core.route.DnsCache.Question;
import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/** Reads what is typed behind the commands of the DNS. Stateless; may block: it may read a file. */
final class DnsConsole {
  /** Most entries that are shown. */
  static final int MOST_LINES = 1_000;

  private DnsConsole() {}

  static void nothing(ConsoleInvocation invocation) throws ConsoleException {
    if (!invocation.arguments().isEmpty()) {
      throw new ConsoleException("nothing follows this command: " + invocation.text());
    }
  }

  static String domain(ConsoleInvocation invocation) throws ConsoleException {
    List<String> words = invocation.arguments();
    if (words.size() != 1) {
      throw new ConsoleException("expected one domain name");
    }
    return AsciiDomain.of(words.getFirst());
  }

  /** A name and a type; the manual's X and X_AAAA are the addresses of an MX host. */
  static Question question(ConsoleInvocation invocation) throws ConsoleException {
    List<String> words = invocation.arguments();
    if (words.size() != 2) {
      throw new ConsoleException("expected a record and its type");
    }
    String written = words.get(1).toUpperCase(Locale.ROOT);
    int type =
        switch (written) {
          case "X" -> Type.A;
          case "X_AAAA" -> Type.AAAA;
          default -> Type.value(written);
        };
    if (type < 0) {
      throw new ConsoleException("no type of record: " + words.get(1));
    }
    try {
      return new Question(Name.fromString(AsciiDomain.of(words.getFirst()), Name.root), type);
    } catch (TextParseException e) {
      throw new ConsoleException("no name: " + words.getFirst());
    }
  }

  /** The cache in force; empty where resolv.conf cannot be read. */
  static Optional<DnsCache> cache(DnsService dns) {
    try {
      return Optional.of(dns.resolver().cache());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** For how many seconds it is good. */
  static long ttl(DnsService dns, Answer answer) {
    return Math.max(0, (answer.expiresMillis() - dns.now()) / 1_000);
  }
}
