package org.impetusmta.module.mta_sts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.impetusmta.api.dns.Dns;
import org.impetusmta.api.dns.DnsAnswer;
import org.impetusmta.api.tls.TlsResult;
import org.impetusmta.module.mta_sts.PolicySource.Fetched;
import org.impetusmta.testkit.ManualClock;
import org.impetusmta.testkit.queue.TestScheduler;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Fetches from a real HTTPS server, whose certificate a private authority has signed. */
final class PolicyFetcherTest {
  private static final String POLICY =
      "version: STSv1\r\nmode: enforce\r\nmx: mx.good.test\r\nmax_age: 86400\r\n";

  private final ManualClock clock = new ManualClock(1_700_000_000_000L);
  private final TestScheduler scheduler = new TestScheduler(clock, 1);
  private final ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor();
  private final List<String> asked = new ArrayList<>();
  private final CountDownLatch slow = new CountDownLatch(1);
  private final CountDownLatch slowAsked = new CountDownLatch(1);

  /** The policy is sent in chunks; the first address of each host is dead. */
  private volatile boolean chunks;

  private volatile boolean deadFirst;
  private HttpsServer server;
  private PolicyFetcher fetcher;

  @SuppressWarnings("NullAway.Init")
  PolicyFetcherTest() {}

  private static Path resource(String name) throws URISyntaxException {
    return Path.of(PolicyFetcherTest.class.getResource(name).toURI());
  }

  @BeforeEach
  void start() throws Exception {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(resource("server.p12"))) {
      keys.load(in, "secret".toCharArray());
    }
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, "secret".toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    server =
        HttpsServer.create(
            new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0), 50);
    server.setHttpsConfigurator(new HttpsConfigurator(context));
    server.setExecutor(pool);
    server.createContext("/", this::answer);
    server.start();
    fetcher = fetcher(Optional.of(PolicyFetcher.trust(resource("ca.pem"))));
  }

  /** A name server that knows where the hosts of the tests are. */
  private final class Zone implements Dns {
    @Override
    public CompletableFuture<DnsAnswer> lookup(String name, int type) {
      List<ByteBuffer> addresses = new ArrayList<>();
      if (type == 1 && !name.contains("nowhere")) {
        if (deadFirst) {
          addresses.add(ByteBuffer.wrap(new byte[] {127, 0, 0, 9}));
        }
        addresses.add(ByteBuffer.wrap(new byte[] {127, 0, 0, 1}));
      }
      return CompletableFuture.completedFuture(
          new DnsAnswer(
              addresses.isEmpty() ? DnsAnswer.Status.NO_SUCH_RECORD : DnsAnswer.Status.FOUND,
              addresses,
              false,
              Long.MAX_VALUE));
    }

    @Override
    public CompletableFuture<DnsAnswer> validated(String name, int type) {
      throw new IllegalStateException("a policy host needs no DNSSEC");
    }
  }

  private PolicyFetcher fetcher(Optional<SSLContext> trust) {
    return new PolicyFetcher(
        server.getAddress().getPort(),
        Duration.ofSeconds(60),
        trust,
        new Zone(),
        pool,
        scheduler.loops().getFirst());
  }

  @AfterEach
  void stop() {
    slow.countDown();
    fetcher.end();
    server.stop(0);
    pool.shutdownNow();
  }

  private void answer(HttpExchange exchange) throws IOException {
    String host = exchange.getRequestHeaders().getFirst("Host").split("\\.", 3)[1];
    synchronized (asked) {
      asked.add(host + " " + exchange.getRequestMethod() + " " + exchange.getRequestURI());
    }
    exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
    switch (host) {
      case "redirect" -> {
        String port = String.valueOf(server.getAddress().getPort());
        exchange
            .getResponseHeaders()
            .set("Location", "https://mta-sts.good.test:" + port + "/.well-known/mta-sts.txt");
        exchange.sendResponseHeaders(302, -1);
      }
      case "missing" -> exchange.sendResponseHeaders(404, -1);
      case "html" -> {
        exchange.getResponseHeaders().set("Content-Type", "text/html");
        send(exchange, POLICY);
      }
      case "long" -> send(exchange, POLICY + "x: y\r\n".repeat(20_000));
      case "endless" -> {
        exchange.sendResponseHeaders(200, 0);
        try (OutputStream out = exchange.getResponseBody()) {
          for (int i = 0; i < 20_000; i++) {
            out.write("x: y\r\n".getBytes(StandardCharsets.US_ASCII));
          }
        } catch (IOException e) {
          // the client has had enough
        }
      }
      case "slow" -> {
        exchange.sendResponseHeaders(200, 0);
        exchange.getResponseBody().write('v');
        exchange.getResponseBody().flush();
        slowAsked.countDown();
        try {
          slow.await();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
      case "broken" -> send(exchange, "version: STSv1\r\nmode: enforce\r\nmax_age: 86400\r\n");
      default -> {
        if (chunks) {
          exchange.sendResponseHeaders(200, 0);
          try (OutputStream out = exchange.getResponseBody()) {
            out.write(POLICY.substring(0, 20).getBytes(StandardCharsets.US_ASCII));
            out.flush();
            out.write(POLICY.substring(20).getBytes(StandardCharsets.US_ASCII));
          }
        } else {
          send(exchange, POLICY);
        }
      }
    }
    exchange.close();
  }

  private static void send(HttpExchange exchange, String text) throws IOException {
    byte[] octets = text.getBytes(StandardCharsets.US_ASCII);
    exchange.sendResponseHeaders(200, octets.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(octets);
    } catch (IOException e) {
      // the client did not want it
    }
  }

  @Test
  void aPolicyIsFetched() throws Exception {
    Fetched fetched = fetcher.fetch("good.test").get(20, TimeUnit.SECONDS);
    assertThat(fetched.detail()).isEmpty();
    assertThat(fetched.result()).isEqualTo(TlsResult.SUCCESS);
    assertThat(fetched.policy()).contains(StsPolicy.parse(POLICY));
    assertThat(asked).containsExactly("good GET /.well-known/mta-sts.txt");
  }

  @Test
  void chunksAreOnePolicyAndTheSecondAddressIsAsGood() throws Exception {
    chunks = true;
    deadFirst = true;
    Fetched fetched = fetcher.fetch("good.test").get(20, TimeUnit.SECONDS);
    assertThat(fetched.detail()).isEmpty();
    assertThat(fetched.policy()).contains(StsPolicy.parse(POLICY));
  }

  @Test
  void moreThanMayRunAtOnceWaitForTheirTurn() throws Exception {
    List<CompletableFuture<Fetched>> all = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      all.add(fetcher.fetch("good.test"));
    }
    for (CompletableFuture<Fetched> one : all) {
      assertThat(one.get(60, TimeUnit.SECONDS).result()).isEqualTo(TlsResult.SUCCESS);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "redirect|STS_POLICY_FETCH_ERROR|status 302",
        "missing|STS_POLICY_FETCH_ERROR|status 404",
        "html|STS_POLICY_FETCH_ERROR|the media type is not text/plain",
        "long|STS_POLICY_FETCH_ERROR|more than 65536 octets",
        "endless|STS_POLICY_FETCH_ERROR|more than 65536 octets",
        "broken|STS_POLICY_INVALID|mode enforce without any mx",
        "wrong|STS_WEBPKI_INVALID|",
        "not a domain|STS_POLICY_FETCH_ERROR|",
        "nowhere|STS_POLICY_FETCH_ERROR|the DNS has no address of mta-sts.nowhere.test",
      })
  void whatIsNotOneIsNot(String host, TlsResult result, String detail) throws Exception {
    Fetched fetched = fetcher.fetch(host + ".test").get(20, TimeUnit.SECONDS);
    assertThat(fetched.policy()).isEmpty();
    assertThat(fetched.result()).as(fetched.detail()).isEqualTo(result);
    assertThat(fetched.detail()).contains(detail == null ? "" : detail);
    assertThat(asked).as("no redirect is followed").hasSizeLessThan(2);
  }

  @Test
  void anAuthorityThatIsNotTrustedIsNot() throws Exception {
    PolicyFetcher ofTheJdk = fetcher(Optional.empty());
    Fetched fetched = ofTheJdk.fetch("good.test").get(20, TimeUnit.SECONDS);
    ofTheJdk.end();
    assertThat(fetched.result()).isEqualTo(TlsResult.STS_WEBPKI_INVALID);
    assertThat(asked).isEmpty();
  }

  @Test
  void anAnswerThatNeverEndsIsGivenUp() throws Exception {
    var answer = fetcher.fetch("slow.test");
    assertThat(slowAsked.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(answer).isNotDone();
    scheduler.advance(Duration.ofSeconds(61));
    Fetched fetched = answer.get(20, TimeUnit.SECONDS);
    assertThat(fetched.result()).isEqualTo(TlsResult.STS_POLICY_FETCH_ERROR);
    assertThat(fetched.detail()).isEqualTo("no whole answer in time");
  }

  @Test
  void aFileWithoutCertificatesIsRefused(@TempDir Path folder) throws Exception {
    Path empty = Files.writeString(folder.resolve("empty.pem"), "");
    assertThatThrownBy(() -> PolicyFetcher.trust(empty)).isInstanceOf(IOException.class);
  }
}
