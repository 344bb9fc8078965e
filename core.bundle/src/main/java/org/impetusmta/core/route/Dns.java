package org.impetusmta.core.route;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.LongAdder;
import org.impetusmta.core.metrics.Counters;
import org.impetusmta.core.route.DnsCache.Answer;
import org.impetusmta.core.route.DnsCache.Question;
import org.impetusmta.core.route.DnsCache.Status;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.ExtendedResolver;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;
import org.xbill.DNS.hosts.HostsFileParser;
import org.xbill.DNS.lookup.LookupResult;
import org.xbill.DNS.lookup.LookupSession;
import org.xbill.DNS.lookup.NoSuchDomainException;
import org.xbill.DNS.lookup.NoSuchRRSetException;

/**
 * Asks the DNS without blocking anybody (dnsjava over NIO; CNAMEs are followed), keeps what it
 * said, and asks {@code /etc/hosts} for addresses that the DNS does not know. One instance serves
 * one state of {@link DnsOptions}. Concurrent.
 */
final class Dns {
  private static final Logger LOG = LoggerFactory.getLogger(Dns.class);

  private final DnsOptions options;
  private final InstantSource clock;
  private final Counters counters;
  private final Executor executor;
  private final DnsCache cache;
  private final LookupSession session;
  private final HostsFileParser hosts = new HostsFileParser();

  /** Reads the resolver's file. Blocks. */
  Dns(DnsOptions options, InstantSource clock, Counters counters, Executor executor)
      throws IOException {
    this.options = options;
    this.clock = clock;
    this.counters = counters;
    this.executor = executor;
    this.cache = new DnsCache(clock);
    this.session =
        session(ResolvConf.read(Path.of(options.resolvConf().orElse("/etc/resolv.conf"))));
  }

  private LookupSession session(ResolvConf conf) {
    List<SimpleResolver> servers = new ArrayList<>();
    for (InetSocketAddress address : conf.nameservers()) {
      SimpleResolver server = new SimpleResolver(address);
      server.setTimeout(conf.timeout());
      server.setIgnoreTruncation(!options.dnsFallbackToTcp());
      servers.add(server);
    }
    ExtendedResolver all = new ExtendedResolver(servers.toArray(new SimpleResolver[0]));
    all.setRetries(conf.attempts());
    all.setTimeout(conf.timeout().multipliedBy((long) conf.attempts() * servers.size()));
    return LookupSession.builder().resolver(all).executor(executor).ndots(1).build();
  }

  DnsOptions options() {
    return options;
  }

  /** The MX records of {@code name}. */
  CompletableFuture<Answer> exchangers(String name) {
    return find(name, Type.MX);
  }

  /** The addresses of {@code name}, A before AAAA. */
  CompletableFuture<Answer> addresses(String name) {
    if (name.equals("localhost")) {
      return CompletableFuture.completedFuture(loopback());
    }
    CompletableFuture<Answer> a = find(name, Type.A);
    return options.useIpv6() ? a.thenCombine(find(name, Type.AAAA), Dns::join) : a;
  }

  /** RFC 6761 section 6.3: never asked of the DNS. */
  private Answer loopback() {
    Record record =
        new ARecord(
            Name.fromConstantString("localhost."),
            DClass.IN,
            0,
            InetAddress.getLoopbackAddress() instanceof java.net.Inet4Address v4
                ? v4
                : Addresses.parse("127.0.0.1").orElseThrow());
    return new Answer(Status.FOUND, List.of(record), clock.millis() + 60_000);
  }

  private static Answer join(Answer a, Answer b) {
    if (a.status() == Status.FOUND && b.status() == Status.FOUND) {
      List<Record> both = new ArrayList<>(a.records());
      both.addAll(b.records());
      return new Answer(Status.FOUND, both, Math.min(a.expiresMillis(), b.expiresMillis()));
    }
    if (a.status() == Status.FOUND || b.status() == Status.FOUND) {
      return a.status() == Status.FOUND ? a : b;
    }
    return a.status() == Status.TEMPORARY ? a : b;
  }

  private CompletableFuture<Answer> find(String text, int type) {
    Name name;
    try {
      name = Name.fromString(text, Name.root);
    } catch (TextParseException e) {
      return CompletableFuture.completedFuture(negative(Status.NO_SUCH_DOMAIN));
    }
    return cache.get(new Question(name, type), this::ask);
  }

  private CompletableFuture<Answer> ask(Question question) {
    LongAdder queries =
        question.type() == Type.MX ? counters.dnsMxQueries : counters.dnsAddressQueries;
    queries.increment();
    counters.dnsPending.increment();
    return session
        .lookupAsync(question.name(), question.type())
        .handleAsync(
            (result, failure) -> {
              counters.dnsPending.decrement();
              return answer(question, result, failure);
            },
            executor)
        .toCompletableFuture();
  }

  private Answer answer(Question question, LookupResult result, Throwable failure) {
    Answer said = failure == null ? positive(result) : negative(status(question, failure));
    if (said.status() != Status.FOUND && question.type() != Type.MX) {
      return fromHostsFile(question).orElse(said);
    }
    return said;
  }

  private Answer positive(LookupResult result) {
    if (result.getRecords().isEmpty()) {
      return negative(Status.NO_SUCH_RECORD);
    }
    long seconds = Long.MAX_VALUE;
    for (Record record : result.getRecords()) {
      seconds = Math.min(seconds, record.getTTL());
    }
    seconds = Math.max(seconds, options.minDnsTtl().toSeconds());
    seconds = Math.max(1, Math.min(seconds, options.maxDnsTtl().toSeconds()));
    return new Answer(
        Status.FOUND, result.getRecords(), clock.millis() + Duration.ofSeconds(seconds).toMillis());
  }

  private Answer negative(Status status) {
    return new Answer(
        status,
        List.of(),
        clock.millis() + Math.max(1_000, options.dnsExpireInterval().toMillis()));
  }

  private static Status status(Question question, Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return switch (cause) {
      case NoSuchDomainException e -> Status.NO_SUCH_DOMAIN;
      case NoSuchRRSetException e -> Status.NO_SUCH_RECORD;
      default -> {
        LOG.debug("lookup of {} failed", question, cause);
        yield Status.TEMPORARY;
      }
    };
  }

  private Optional<Answer> fromHostsFile(Question question) {
    try {
      return hosts
          .getAddressForHost(question.name(), question.type())
          .map(
              address -> {
                Record record =
                    question.type() == Type.A
                        ? new ARecord(question.name(), DClass.IN, 0, address)
                        : new AAAARecord(question.name(), DClass.IN, 0, address);
                return new Answer(Status.FOUND, List.of(record), clock.millis() + 60_000);
              });
    } catch (IOException e) {
      LOG.debug("the hosts file cannot be read", e);
      return Optional.empty();
    }
  }
}
