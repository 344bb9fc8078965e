package org.impetusmta.core.route;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.impetusmta.api.dns.DnsAnswer.Status;
import org.impetusmta.core.route.DnsCache.Question;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Resolver;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * Follows a question to its answer: at most {@value #MOST_ALIASES} CNAMEs (RFC 1034 section 3.6.2),
 * asking again where a server's answer ends in an alias. A chain that is longer, a loop, a referral
 * and an answer of which nothing is left after truncation are failures for now, not denials.
 * Concurrent; never blocks.
 */
final class Chase {
  static final int MOST_ALIASES = 16;

  private static final Logger LOG = LoggerFactory.getLogger(Chase.class);

  private final Resolver servers;
  private final boolean validated;
  private final Executor executor;

  /**
   * @param validated whether the AD bit of what {@code servers} hand out means that this process
   *     itself has checked it
   */
  Chase(Resolver servers, boolean validated, Executor executor) {
    this.servers = servers;
    this.validated = validated;
    this.executor = executor;
  }

  /**
   * What a question led to.
   *
   * @param records empty unless {@link Status#FOUND}
   * @param ttl of the record on the way that expires first, in seconds
   * @param aliases the names that CNAMEs led to, in order
   */
  record Found(Status status, List<Record> records, boolean secure, long ttl, List<Name> aliases) {
    static final Found TEMPORARY = new Found(Status.TEMPORARY, List.of(), false, 0, List.of());
    static final Found BOGUS = new Found(Status.BOGUS, List.of(), false, 0, List.of());

    Found {
      records = List.copyOf(records);
      aliases = List.copyOf(aliases);
    }
  }

  /** How far a chain of aliases was followed. */
  private record Way(Name name, List<Name> aliases, boolean secure, long ttl) {}

  CompletionStage<Found> follow(Question question) {
    return step(new Way(question.name(), List.of(), true, Long.MAX_VALUE), question.type());
  }

  private CompletionStage<Found> step(Way way, int type) {
    Message query = Message.newQuery(Record.newRecord(way.name(), type, DClass.IN));
    return servers.sendAsync(query, executor).thenCompose(said -> read(way, type, said));
  }

  private CompletionStage<Found> read(Way before, int type, Message said) {
    boolean secure = before.secure() && validated && said.getHeader().getFlag(Flags.AD);
    Way way = new Way(before.name(), before.aliases(), secure, before.ttl());
    while (true) {
      List<Record> records = matching(said, way.name(), type);
      if (!records.isEmpty()) {
        long ttl = records.stream().mapToLong(Record::getTTL).min().orElse(0);
        return done(
            new Found(Status.FOUND, records, secure, Math.min(ttl, way.ttl()), way.aliases()));
      }
      Optional<Record> alias =
          matching(said, way.name(), Type.CNAME).stream().findFirst().filter(r -> type != Type.ANY);
      if (alias.isEmpty() || !(alias.get() instanceof CNAMERecord cname)) {
        break;
      }
      if (way.aliases().size() == MOST_ALIASES) {
        LOG.debug("too many aliases, or a loop, at {}", way.name());
        return done(Found.TEMPORARY);
      }
      way =
          new Way(
              cname.getTarget(),
              also(way.aliases(), cname.getTarget()),
              secure,
              Math.min(way.ttl(), cname.getTTL()));
    }
    boolean denied = has(said, Type.SOA);
    return switch (said.getRcode()) {
      case Rcode.NXDOMAIN ->
          done(new Found(Status.NO_SUCH_DOMAIN, List.of(), secure, 0, way.aliases()));
      case Rcode.NOERROR -> {
        if (way.aliases().size() > before.aliases().size() && !denied) {
          yield step(way, type);
        }
        boolean referral = has(said, Type.NS) && !denied;
        yield referral || said.getHeader().getFlag(Flags.TC)
            ? done(Found.TEMPORARY)
            : done(new Found(Status.NO_SUCH_RECORD, List.of(), secure, 0, way.aliases()));
      }
      default -> {
        LOG.debug("{} about {}", Rcode.string(said.getRcode()), way.name());
        // the servers' own failures never come this far where answers are validated
        yield done(validated && said.getRcode() == Rcode.SERVFAIL ? Found.BOGUS : Found.TEMPORARY);
      }
    };
  }

  private static List<Name> also(List<Name> names, Name next) {
    List<Name> more = new ArrayList<>(names);
    more.add(next);
    return more;
  }

  private static CompletionStage<Found> done(Found found) {
    return CompletableFuture.completedFuture(found);
  }

  private static List<Record> matching(Message said, Name name, int type) {
    List<Record> records = new ArrayList<>();
    for (Record record : said.getSection(Section.ANSWER)) {
      if (record.getName().equals(name)
          && (record.getType() == type || type == Type.ANY)
          && record.getDClass() == DClass.IN) {
        records.add(record);
      }
    }
    return records;
  }

  private static boolean has(Message said, int type) {
    return said.getSection(Section.AUTHORITY).stream().anyMatch(r -> r.getType() == type);
  }
}
