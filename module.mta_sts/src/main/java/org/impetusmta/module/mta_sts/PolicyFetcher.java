package org.impetusmta.module.mta_sts;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscribers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManagerFactory;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.tls.TlsResult;
import org.impetusmta.module.mta_sts.StsPolicy.InvalidPolicy;
import org.jspecify.annotations.Nullable;

/**
 * Fetches policies over HTTPS: the certificate must be that of {@code mta-sts.DOMAIN}, redirects
 * are not followed, only status 200 with {@code text/plain} counts, at most {@value #MOST_OCTETS}
 * octets, in one minute altogether. At most {@value #MOST_AT_ONCE} are fetched at once, the others
 * wait. Concurrent; never blocks. Source: RFC 8461 section 3.3.
 */
final class PolicyFetcher implements PolicySource {
  static final int MOST_OCTETS = 65_536;
  private static final int MOST_AT_ONCE = 64;
  private static final int MOST_WAITING = 10_000;

  private final int port;
  private final Duration timeout;
  private final Executor executor;
  private final EventLoop timers;
  private final Optional<SSLContext> trust;
  private final ArrayDeque<Wanted> waiting = new ArrayDeque<>();
  private @Nullable HttpClient client;
  private int running;
  private boolean ended;

  private record Wanted(String domain, CompletableFuture<Fetched> answer) {}

  /**
   * @param trust what to trust instead of the authorities of the JDK
   */
  PolicyFetcher(
      int port, Duration timeout, Optional<SSLContext> trust, Executor executor, EventLoop timers) {
    this.port = port;
    this.timeout = timeout;
    this.trust = trust;
    this.executor = executor;
    this.timers = timers;
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
      if (running >= MOST_AT_ONCE) {
        waiting.add(wanted);
        return wanted.answer();
      }
      running++;
    }
    begin(wanted);
    return wanted.answer();
  }

  private synchronized HttpClient client() {
    HttpClient made = client;
    if (made == null) {
      HttpClient.Builder builder =
          HttpClient.newBuilder()
              .version(HttpClient.Version.HTTP_1_1)
              .followRedirects(HttpClient.Redirect.NEVER)
              .connectTimeout(timeout)
              .executor(executor);
      trust.ifPresent(builder::sslContext);
      made = builder.build();
      client = made;
    }
    return made;
  }

  private void begin(Wanted wanted) {
    CompletableFuture<HttpResponse<Text>> response;
    try {
      String authority = "mta-sts." + wanted.domain() + (port == 443 ? "" : ":" + port);
      URI uri = URI.create("https://" + authority + "/.well-known/mta-sts.txt");
      HttpRequest request = HttpRequest.newBuilder(uri).timeout(timeout).GET().build();
      response = client().sendAsync(request, handler());
    } catch (IllegalArgumentException | java.io.UncheckedIOException e) {
      finish(wanted, failed(e));
      return;
    }
    EventLoop.Timer timer = timers.schedule(() -> response.cancel(true), timeout);
    response.whenComplete(
        (answer, failure) -> {
          timer.cancel();
          finish(wanted, failure == null ? read(answer) : failed(failure));
        });
  }

  private void finish(Wanted wanted, Fetched fetched) {
    Wanted next;
    synchronized (this) {
      next = waiting.poll();
      if (next == null) {
        running--;
      }
    }
    wanted.answer().complete(fetched);
    if (next != null) {
      begin(next);
    }
  }

  /** A body, or why it was not read. */
  private record Text(String text, String refused) {}

  private static BodyHandler<Text> handler() {
    return info -> {
      String type = info.headers().firstValue("Content-Type").orElse("").split(";", 2)[0].strip();
      String refused = "";
      if (info.statusCode() != 200) {
        refused = "status " + info.statusCode();
      } else if (!type.toLowerCase(Locale.ROOT).equals("text/plain")) {
        refused = "the media type is not text/plain";
      } else if (info.headers().firstValueAsLong("Content-Length").orElse(0) > MOST_OCTETS) {
        refused = "more than " + MOST_OCTETS + " octets";
      }
      return refused.isEmpty()
          ? BodySubscribers.mapping(
              BodySubscribers.limiting(
                  BodySubscribers.ofString(StandardCharsets.UTF_8), MOST_OCTETS),
              text -> new Text(text, ""))
          : BodySubscribers.replacing(new Text("", refused));
    };
  }

  private static Fetched read(HttpResponse<Text> response) {
    Text body = response.body();
    if (!body.refused().isEmpty()) {
      return Fetched.failed(TlsResult.STS_POLICY_FETCH_ERROR, body.refused());
    }
    try {
      return Fetched.of(StsPolicy.parse(body.text()));
    } catch (InvalidPolicy e) {
      return Fetched.failed(TlsResult.STS_POLICY_INVALID, "" + e.getMessage());
    }
  }

  private static Fetched failed(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    String said = cause.getMessage() == null ? "" : cause.getMessage();
    return switch (cause) {
      case SSLException _ -> Fetched.failed(TlsResult.STS_WEBPKI_INVALID, said);
      case HttpTimeoutException _, java.util.concurrent.CancellationException _ ->
          Fetched.failed(TlsResult.STS_POLICY_FETCH_ERROR, "no whole answer in time");
      default ->
          Fetched.failed(
              TlsResult.STS_POLICY_FETCH_ERROR,
              said.isEmpty() ? cause.getClass().getSimpleName() : said);
    };
  }

  /** What is being fetched fails. */
  void end() {
    HttpClient made;
    ArrayDeque<Wanted> left;
    synchronized (this) {
      ended = true;
      made = client;
      left = new ArrayDeque<>(waiting);
      waiting.clear();
    }
    if (made != null) {
      made.shutdownNow();
    }
    left.forEach(
        wanted ->
            wanted
                .answer()
                .complete(
                    Fetched.failed(TlsResult.STS_POLICY_FETCH_ERROR, "the module is unloaded")));
  }
}
