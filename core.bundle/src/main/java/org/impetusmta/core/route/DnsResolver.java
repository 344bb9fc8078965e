package org.impetusmta.core.route;

import java.io.IOException;
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
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.LongAdder;
import org.impetusmta.api.dns.DnsAnswer.Status;
import org.impetusmta.core.metrics.Counters;
import org.impetusmta.core.route.DnsCache.Answer;
import org.impetusmta.core.route.DnsCache.Question;
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
 * Asks the DNS without blocking anybody (dnsjava; {@link Chase} follows CNAMEs), keeps
 * what it said, and asks {@code /etc/hosts} for addresses that the DNS does not know. One instance
 * serves one state of {@link DnsOptions}. Concurrent.
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
  private final HostsFileParser hosts = new HostsFileParser();

  /**
   * Reads the resolver's file. Blocks.
   *
   * @param ports how the name servers are reached by UDP
   * @param mxRate what MX lookups wait for
   */
  DnsResolver(
      DnsOptions options,
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
    this.askedAtOnce = new AskedAtOnce(executor);
    ResolvConf conf = ResolvConf.read(Path.of(options.resolvConf().orElse("/etc/resolv.conf")));
    this.chase = new Chase(servers(conf, ports), false, executor);
  }

  private ExtendedResolver servers(ResolvConf conf, UdpIoClient ports) {
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
    return options.useIpv6() ? a.thenCombine(find(name, Type.AAAA), DnsResolver::join) : a;
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
    Name name;
    try {
      name = Name.fromString(text, Name.root);
    } catch (TextParseException e) {
      return CompletableFuture.completedFuture(failed(Status.NO_SUCH_DOMAIN, false));
    }
    return cache.get(new Question(name, type), this::ask);
  }

  private CompletableFuture<Answer> ask(Question question) {
    LongAdder queries =
        question.type() == Type.MX ? counters.dnsMxQueries : counters.dnsAddressQueries;
    CompletableFuture<Answer> answer = new CompletableFuture<>();
    Runnable begin =
        () -> {
          queries.increment();
          figures.asked(question);
          counters.dnsPending.increment();
          askedAtOnce
              .ask(() -> chase.follow(question))
              .whenCompleteAsync(
                  (found, failure) -> {
                    counters.dnsPending.decrement();
                    if (failure != null) {
                      LOG.debug("lookup of {} failed", question, failure);
                    }
                    Chase.Found said = failure == null ? found : Chase.Found.TEMPORARY;
                    figures.answered(said.status());
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

  /** The one place where answers are made of what the servers said. */
  private Answer answer(Question question, Chase.Found found) {
    if (found.status() == Status.FOUND) {
      long seconds = Math.max(found.ttl(), options.minDnsTtl().toSeconds());
      seconds = Math.max(1, Math.min(seconds, options.maxDnsTtl().toSeconds()));
      return new Answer(
          Status.FOUND,
          found.records(),
          found.secure(),
          clock.millis() + Duration.ofSeconds(seconds).toMillis());
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
