package org.impetusmta.core.route;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.impetusmta.api.dns.DnsAnswer.Status;
import org.impetusmta.core.metrics.Counters;
import org.impetusmta.core.metrics.DnsCounts;
import org.impetusmta.core.route.DnsCache.Answer;
import org.impetusmta.core.route.DnsCache.Question;
import org.jspecify.annotations.Nullable;
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
import org.xbill.DNS.io.DefaultIoClientFactory;
import org.xbill.DNS.io.IoClientFactory;
import org.xbill.DNS.io.TcpIoClient;
import org.xbill.DNS.io.UdpIoClient;

/**
 * Asks the DNS without blocking anybody (dnsjava; {@link Chase} follows CNAMEs), keeps what it
 * said, and asks {@code /etc/hosts} for addresses that the DNS does not know. One instance serves
 * one state of {@link DnsOptions}. Concurrent.
 */
final class DnsResolver {
  private static final Logger LOG = LoggerFactory.getLogger(DnsResolver.class);

  private final DnsOptions options;
  private final InstantSource clock;
  private final Counters counters;
  private final Executor executor;
  private final DnsCache cache;
  private final Chase chase;
  private final AskedAtOnce askedAtOnce;
  private final MxRate mxRate;
  private final DnsFigures figures;
  private final UdpIoClient ports;

  /** Answers and questions of their own, so that who needs no validation never waits for it. */
  private final DnsCache validatedCache;

  private final ResolvConf conf;
  private final DnssecOptions dnssec;
  private @Nullable Chase validatedChase;
  private final HostsFileParser hosts = new HostsFileParser();

  /**
   * Reads the resolver's file. Blocks.
   *
   * @param ports how the name servers are reached by UDP
   * @param mxRate what MX lookups wait for
   */
  DnsResolver(
      DnsOptions options,
      DnssecOptions dnssec,
      InstantSource clock,
      Counters counters,
      Executor executor,
      UdpIoClient ports,
      MxRate mxRate,
      DnsFigures figures)
      throws IOException {
    this.options = options;
    this.clock = clock;
    this.counters = counters;
    this.executor = executor;
    this.mxRate = mxRate;
    this.figures = figures;
    this.cache = new DnsCache(clock);
    this.ports = ports;
    this.askedAtOnce = new AskedAtOnce(executor);
    this.dnssec = dnssec;
    this.conf = ResolvConf.read(Path.of(options.resolvConf().orElse("/etc/resolv.conf")));
    this.chase = new Chase(servers(), false, executor);
    this.validatedCache = new DnsCache(clock);
  }

  private ExtendedResolver servers() {
    IoClientFactory sockets = new Sockets(ports);
    List<SimpleResolver> servers = new ArrayList<>();
    for (InetSocketAddress address : conf.nameservers()) {
      SimpleResolver server = new SimpleResolver(address);
      server.setTimeout(conf.timeout());
      server.setIgnoreTruncation(!options.dnsFallbackToTcp());
      server.setIoClientFactory(sockets);
      servers.add(server);
    }
    // a limit of the rate would be none if every lookup were made several times
    int attempts = mxRate.enabled() ? 1 : conf.attempts();
    ExtendedResolver all = new ExtendedResolver(servers.toArray(new SimpleResolver[0]));
    all.setRetries(attempts);
    all.setTimeout(conf.timeout().multipliedBy((long) attempts * servers.size()));
    return all;
  }

  /** Our sockets for UDP, the library's for TCP. */
  private record Sockets(UdpIoClient ports) implements IoClientFactory {
    @Override
    public TcpIoClient createOrGetTcpClient() {
      return new DefaultIoClientFactory().createOrGetTcpClient();
    }

    @Override
    public UdpIoClient createOrGetUdpClient() {
      return ports;
    }
  }

  DnsCache cache() {
    return cache;
  }

  /** An answer that somebody else gives, for as long as the options let it live. */
  Answer given(Name name, List<InetAddress> addresses, Duration ttl) {
    List<Record> records = new ArrayList<>();
    for (InetAddress address : addresses) {
      boolean ipv4 = address instanceof Inet4Address;
      if (ipv4 || options.useIpv6()) {
        records.add(
            ipv4
                ? new ARecord(name, DClass.IN, 0, address)
                : new AAAARecord(name, DClass.IN, 0, address));
      }
    }
    return records.isEmpty()
        ? failed(Status.NO_SUCH_RECORD, false)
        : new Answer(
            Status.FOUND, records, false, clock.millis() + clamped(ttl.toSeconds()) * 1_000);
  }

  private long clamped(long ttl) {
    long seconds = Math.max(ttl, options.minDnsTtl().toSeconds());
    return Math.max(1, Math.min(seconds, options.maxDnsTtl().toSeconds()));
  }

  /** Forgets what is known of {@code text}. */
  void forget(String text) {
    try {
      Name name = Name.fromString(text, Name.root);
      for (int type : new int[] {Type.MX, Type.A, Type.AAAA}) {
        cache.forget(new Question(name, type));
        validatedCache.forget(new Question(name, type));
      }
    } catch (TextParseException e) {
      LOG.debug("no name: {}", text);
    }
  }

  /** Removes answers whose time is over. */
  void purge() {
    cache.purge();
    validatedCache.purge();
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
    return addresses(name, false);
  }

  /**
   * @param validated whether only what DNSSEC does not contradict counts
   */
  CompletableFuture<Answer> exchangers(String name, boolean validated) {
    return find(name, Type.MX, validated);
  }

  /** The addresses of {@code name}, A before AAAA. */
  CompletableFuture<Answer> addresses(String name, boolean validated) {
    if (name.equals("localhost")) {
      return CompletableFuture.completedFuture(loopback());
    }
    CompletableFuture<Answer> a = find(name, Type.A, validated);
    return options.useIpv6()
        ? a.thenCombine(find(name, Type.AAAA, validated), DnsResolver::join)
        : a;
  }

  /** RFC 6761 section 6.3: never asked of the DNS. */
  private Answer loopback() {
    Record record =
        new ARecord(
            Name.fromConstantString("localhost."),
            DClass.IN,
            0,
            InetAddress.getLoopbackAddress() instanceof Inet4Address v4
                ? v4
                : Addresses.parse("127.0.0.1").orElseThrow());
    return new Answer(Status.FOUND, List.of(record), false, clock.millis() + 60_000);
  }

  private static Answer join(Answer a, Answer b) {
    if (a.status() == Status.FOUND && b.status() == Status.FOUND) {
      List<Record> both = new ArrayList<>(a.records());
      both.addAll(b.records());
      return new Answer(
          Status.FOUND,
          both,
          a.secure() && b.secure(),
          Math.min(a.expiresMillis(), b.expiresMillis()));
    }
    if (a.status() == Status.FOUND || b.status() == Status.FOUND) {
      return a.status() == Status.FOUND ? a : b;
    }
    return a.status() == Status.TEMPORARY || a.status() == Status.BOGUS ? a : b;
  }

  /** What is kept about {@code text}, or what the DNS says now. */
  CompletableFuture<Answer> find(String text, int type) {
    return find(text, type, false);
  }

  CompletableFuture<Answer> find(String text, int type, boolean validated) {
    Name name;
    try {
      name = Name.fromString(text, Name.root);
    } catch (TextParseException e) {
      return CompletableFuture.completedFuture(failed(Status.NO_SUCH_DOMAIN, false));
    }
    Question question = new Question(name, type);
    return validated
        ? validatedCache.get(question, asked -> ask(asked, this::followValidated))
        : cache.get(question, asked -> ask(asked, chase::follow));
  }

  private CompletionStage<Chase.Found> followValidated(Question question) {
    return CompletableFuture.supplyAsync(this::validating, executor)
        .thenCompose(chasing -> chasing.follow(question));
  }

  /** Made when it is wanted first, for most never want it. Reads the trust anchors; blocks. */
  private synchronized Chase validating() {
    Chase made = validatedChase;
    if (made == null) {
      try {
        made =
            new Chase(
                Validation.over(servers(), dnssec.dnssecTrustAnchors(), clock), true, executor);
      } catch (IOException e) {
        LOG.error("nothing can be validated by DNSSEC: {}", e.toString());
        throw new UncheckedIOException(e);
      }
      validatedChase = made;
    }
    return made;
  }

  private CompletableFuture<Answer> ask(
      Question question, Function<Question, CompletionStage<Chase.Found>> follow) {
    LongAdder queries =
        question.type() == Type.MX ? counters.dnsMxQueries : counters.dnsAddressQueries;
    DnsCounts.Kind kind = kind(question.type());
    CompletableFuture<Answer> answer = new CompletableFuture<>();
    Runnable begin =
        () -> {
          long began = System.nanoTime();
          queries.increment();
          counters.dns.asked(kind);
          figures.asked(question);
          counters.dnsPending.increment();
          askedAtOnce
              .ask(() -> follow.apply(question))
              .whenCompleteAsync(
                  (found, failure) -> {
                    counters.dnsPending.decrement();
                    if (failure != null) {
                      LOG.debug("lookup of {} failed", question, failure);
                    }
                    Chase.Found said = failure == null ? found : Chase.Found.TEMPORARY;
                    figures.answered(said.status());
                    counters.dns.answered(
                        kind, said.status() == Status.TEMPORARY, System.nanoTime() - began);
                    answer.complete(answer(question, said));
                  },
                  executor);
        };
    try {
      // whoever asks may be an event loop, and sockets are opened here
      executor.execute(question.type() == Type.MX ? () -> mxRate.admit(begin) : begin);
    } catch (RejectedExecutionException e) {
      LOG.warn("no thread to look up {}: {}", question, e.toString());
      answer.complete(failed(Status.TEMPORARY, false));
    }
    return answer;
  }

  private static DnsCounts.Kind kind(int type) {
    return switch (type) {
      case Type.A -> DnsCounts.Kind.A;
      case Type.AAAA -> DnsCounts.Kind.AAAA;
      case Type.MX -> DnsCounts.Kind.MX;
      case Type.TXT -> DnsCounts.Kind.TXT;
      default -> DnsCounts.Kind.OTHER;
    };
  }

  /** The one place where answers are made of what the servers said. */
  private Answer answer(Question question, Chase.Found found) {
    if (found.status() == Status.FOUND) {
      return new Answer(
          Status.FOUND,
          found.records(),
          found.secure(),
          clock.millis() + clamped(found.ttl()) * 1_000,
          found.aliases());
    }
    return fromHostsFile(question).orElseGet(() -> failed(found.status(), found.secure()));
  }

  private Answer failed(Status status, boolean secure) {
    return new Answer(
        status,
        List.of(),
        secure,
        clock.millis() + Math.max(1_000, options.dnsExpireInterval().toMillis()));
  }

  private Optional<Answer> fromHostsFile(Question question) {
    if (question.type() != Type.A && question.type() != Type.AAAA) {
      return Optional.empty();
    }
    try {
      return hosts
          .getAddressForHost(question.name(), question.type())
          .map(
              address -> {
                Record record =
                    question.type() == Type.A
                        ? new ARecord(question.name(), DClass.IN, 0, address)
                        : new AAAARecord(question.name(), DClass.IN, 0, address);
                return new Answer(Status.FOUND, List.of(record), false, clock.millis() + 60_000);
              });
    } catch (IOException e) {
      LOG.debug("the hosts file cannot be read", e);
      return Optional.empty();
    }
  }
}
