package org.impetusmta.module.mta_sts;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManagerFactory;
import org.impetusmta.api.dns.Dns;
import org.impetusmta.api.dns.DnsAnswer;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.tls.TlsResult;
import org.impetusmta.module.mta_sts.PolicyRequest.Answer;
import org.impetusmta.module.mta_sts.StsPolicy.InvalidPolicy;

/**
 * Fetches policies over HTTPS: the certificate must be that of {@code mta-sts.DOMAIN}, whose
 * addresses the core's resolver finds; redirects are not followed, only status 200 with {@code
 * text/plain} counts, at most {@value #MOST_OCTETS} octets, in one minute altogether. At most
 * {@value #MOST_AT_ONCE} are fetched at once, each on a thread of the pool, the others wait.
 * Concurrent; never blocks. Source: RFC 8461 section 3.3.
 */
final class PolicyFetcher implements PolicySource {
  static final int MOST_OCTETS = 65_536;

  /** Half of the threads that the pool IO has by default. */
  private static final int MOST_AT_ONCE = 25;

  private static final int MOST_WAITING = 10_000;
  private static final int MOST_ADDRESSES = 8;
  private static final int A = 1;
  private static final int AAAA = 28;
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]+([.][A-Za-z0-9_-]+)+");

  private final int port;
  private final Duration timeout;
  private final Dns dns;
  private final Executor executor;
  private final EventLoop timers;
  private final Optional<SSLContext> trust;
  private final ArrayDeque<Wanted> waiting = new ArrayDeque<>();
  private final Set<PolicyRequest> running = new HashSet<>();
  private int busy;
  private boolean ended;

  private record Wanted(String domain, CompletableFuture<Fetched> answer) {}

  /**
   * @param trust what to trust instead of the authorities of the JDK
   * @param executor of threads that may block
   */
  PolicyFetcher(
      int port,
      Duration timeout,
      Optional<SSLContext> trust,
      Dns dns,
      Executor executor,
      EventLoop timers) {
    this.port = port;
    this.timeout = timeout;
    this.trust = trust;
    this.dns = dns;
    this.executor = executor;
    this.timers = timers;
  }

  /** Reads the authorities when they are first asked for, by a thread that may block. */
  private static SSLContext ofTheJdk() {
    try {
      return SSLContext.getDefault();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the JDK has no TLS", e);
    }
  }

  /** Trust in the certificates of a PEM file alone. Blocks. */
  static SSLContext trust(Path pem) throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    try (InputStream in = Files.newInputStream(pem)) {
      int count = 0;
      for (Certificate one : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        store.setCertificateEntry("ca" + count++, one);
      }
      if (count == 0) {
        throw new IOException("found no certificate in " + pem);
      }
    }
    TrustManagerFactory managers =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    managers.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, managers.getTrustManagers(), null);
    return context;
  }

  @Override
  public CompletableFuture<Fetched> fetch(String domain) {
    Wanted wanted = new Wanted(domain, new CompletableFuture<>());
    synchronized (this) {
      if (ended || waiting.size() >= MOST_WAITING) {
        return CompletableFuture.completedFuture(
            Fetched.failed(TlsResult.STS_POLICY_FETCH_ERROR, "too many policies wait"));
      }
      if (busy >= MOST_AT_ONCE) {
        waiting.add(wanted);
        return wanted.answer();
      }
      busy++;
    }
    begin(wanted);
    return wanted.answer();
  }

  private void begin(Wanted wanted) {
    String host = "mta-sts." + wanted.domain();
    if (!NAME.matcher(host).matches()) {
      finish(wanted, Fetched.failed(TlsResult.STS_POLICY_FETCH_ERROR, "this is no name of a host"));
      return;
    }
    PolicyRequest request =
        new PolicyRequest(
            host, port, trust.orElseGet(PolicyFetcher::ofTheJdk), (int) timeout.toMillis());
    synchronized (this) {
      running.add(request);
    }
    EventLoop.Timer timer = timers.schedule(request::cancel, timeout);
    dns.lookup(host, A)
        .thenCombine(dns.lookup(host, AAAA), PolicyFetcher::addresses)
        .thenAccept(
            addresses -> {
              try {
                executor.execute(() -> run(wanted, request, addresses, timer));
              } catch (RejectedExecutionException e) {
                timer.cancel();
                end(request);
                finish(wanted, Fetched.failed(TlsResult.STS_POLICY_FETCH_ERROR, "no thread"));
              }
            });
  }

  private void run(
      Wanted wanted, PolicyRequest request, List<InetAddress> addresses, EventLoop.Timer timer) {
    Fetched fetched;
    try {
      fetched = read(request.run(addresses));
    } catch (IOException | RuntimeException e) {
      fetched = failed(e, request.cancelled());
    } finally {
      timer.cancel();
      end(request);
    }
    finish(wanted, fetched);
  }

  private synchronized void end(PolicyRequest request) {
    running.remove(request);
  }

  private void finish(Wanted wanted, Fetched fetched) {
    Wanted next;
    synchronized (this) {
      next = waiting.poll();
      if (next == null) {
        busy--;
      }
    }
    wanted.answer().complete(fetched);
    if (next != null) {
      begin(next);
    }
  }

  private static List<InetAddress> addresses(DnsAnswer ipv4, DnsAnswer ipv6) {
    List<InetAddress> all = new ArrayList<>();
    add(ipv4, 4, all);
    add(ipv6, 16, all);
    return all.subList(0, Math.min(MOST_ADDRESSES, all.size()));
  }

  private static void add(DnsAnswer answer, int octets, List<InetAddress> all) {
    for (ByteBuffer rdata : answer.records()) {
      byte[] address = new byte[rdata.remaining()];
      rdata.duplicate().get(address);
      if (address.length == octets) {
        try {
          all.add(InetAddress.getByAddress(address));
        } catch (UnknownHostException e) {
          throw new IllegalArgumentException("an address of impossible length", e);
        }
      }
    }
  }

  private static Fetched read(Answer answer) {
    if (!answer.refused().isEmpty()) {
      return Fetched.failed(TlsResult.STS_POLICY_FETCH_ERROR, answer.refused());
    }
    try {
      return Fetched.of(StsPolicy.parse(answer.text()));
    } catch (InvalidPolicy e) {
      return Fetched.failed(TlsResult.STS_POLICY_INVALID, "" + e.getMessage());
    }
  }

  private static Fetched failed(Exception failure, boolean cancelled) {
    if (cancelled || failure instanceof InterruptedIOException) {
      return Fetched.failed(TlsResult.STS_POLICY_FETCH_ERROR, "no whole answer in time");
    }
    String said =
        failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
    boolean certificate =
        failure instanceof SSLException && !(failure.getCause() instanceof EOFException);
    return Fetched.failed(
        certificate ? TlsResult.STS_WEBPKI_INVALID : TlsResult.STS_POLICY_FETCH_ERROR, said);
  }

  /** What is being fetched fails. */
  void end() {
    List<PolicyRequest> open;
    List<Wanted> left;
    synchronized (this) {
      ended = true;
      open = List.copyOf(running);
      left = List.copyOf(waiting);
      waiting.clear();
    }
    open.forEach(PolicyRequest::cancel);
    left.forEach(
        wanted ->
            wanted
                .answer()
                .complete(
                    Fetched.failed(TlsResult.STS_POLICY_FETCH_ERROR, "the module is unloaded")));
  }
}
