package org.impetusmta.core.route;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.impetusmta.api.dns.DnsAnswer;
import org.impetusmta.api.dns.DnsAnswer.Status;
import org.impetusmta.core.metrics.Counters;
import org.impetusmta.testkit.FakeDns;
import org.impetusmta.testkit.ManualClock;
import org.impetusmta.testkit.queue.TestConfiguration;
import org.impetusmta.testkit.queue.TestScheduler;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.Type;

/** Questions of modules to the DNS, asked of a name server on loopback. */
class DnsServiceTest {
  private final ManualClock clock = new ManualClock(1_700_000_000_000L);
  private final TestScheduler scheduler = new TestScheduler(clock, 1);
  private final TestConfiguration configuration = new TestConfiguration();
  private final DnsService service = new DnsService(configuration, scheduler, new Counters());
  private FakeDns dns;

  @BeforeEach
  void start(@TempDir Path directory) throws IOException {
    dns = new FakeDns();
    configuration.set("resolv_conf", dns.resolvConf(directory).toString());
  }

  @AfterEach
  void stop() throws IOException {
    dns.close();
  }

  private DnsAnswer lookup(String name, int type) {
    CompletableFuture<DnsAnswer> answer = service.lookup(name, type);
    Awaitility.await()
        .pollInterval(java.time.Duration.ofMillis(2))
        .until(
            () -> {
              scheduler.run();
              return answer.isDone();
            });
    return answer.join();
  }

  private static String text(ByteBuffer data) {
    byte[] bytes = new byte[data.remaining()];
    data.duplicate().get(bytes);
    return new String(bytes, US_ASCII);
  }

  @Test
  void recordsComeAsOnTheWire() {
    dns.ttl(60)
        .txt("_mta-sts.example.org", "v=STSv1; ", "id=1;")
        .tlsa("_25._tcp.mx.example.org", 3, 1, 1, new byte[] {1, 2, 3})
        .mx("example.org", 10, "MX.example.org");
    DnsAnswer txt = lookup("_mta-sts.example.org.", Type.TXT);
    assertThat(txt.status()).isEqualTo(Status.FOUND);
    assertThat(txt.secure()).isFalse();
    assertThat(txt.expiresMillis()).isEqualTo(clock.millis() + 60_000);
    assertThat(txt.records())
        .extracting(DnsServiceTest::text)
        .containsExactly("\tv=STSv1; \5id=1;");
    assertThat(lookup("_25._tcp.mx.example.org", 52).records())
        .containsExactly(ByteBuffer.wrap(new byte[] {3, 1, 1, 1, 2, 3}));
    assertThat(text(lookup("example.org", Type.MX).records().getFirst()))
        .isEqualToIgnoringCase("\0\n\2mx\7example\3org\0");
  }

  @Test
  void anAnswerIsKept() {
    dns.txt("example.org", "a");
    assertThat(lookup("example.org", Type.TXT)).isEqualTo(lookup("EXAMPLE.org.", Type.TXT));
    assertThat(dns.queries()).isEqualTo(List.of("TXT example.org"));
  }

  @ParameterizedTest
  @CsvSource({
    "gone.example, NO_SUCH_DOMAIN",
    "empty.example, NO_SUCH_RECORD",
    "fails.example, TEMPORARY",
    "loop1.example, TEMPORARY",
    "alias.example, FOUND",
    "dangling.example, NO_SUCH_DOMAIN",
    "a..b, NO_SUCH_DOMAIN"
  })
  void statusesAreToldApart(String name, Status status) {
    dns.address("empty.example", "192.0.2.1")
        .servfail("fails.example")
        .cname("loop1.example", "loop2.example")
        .cname("loop2.example", "loop1.example")
        .cname("alias.example", "real.example")
        .txt("real.example", "x")
        .cname("dangling.example", "gone.example");
    assertThat(lookup(name, Type.TXT).status()).isEqualTo(status);
  }

  @ParameterizedTest
  @CsvSource({"0, 12", "1, 12", "5, 3", "100, 1"})
  void sourcePortsAreUsedAsOftenAsAllowed(String most, int ports) throws IOException {
    configuration
        .set("dns_max_udp_queries_per_port", most)
        .set("dns_udp_rcvbuf_size", "65536")
        .set("dns_udp_sndbuf_size", "65536");
    dns.hold(true);
    List<CompletableFuture<DnsAnswer>> answers = new java.util.ArrayList<>();
    for (int i = 0; i < 12; i++) {
      dns.txt("n" + i + ".example", "x");
      answers.add(service.lookup("n" + i + ".example", Type.TXT));
    }
    Awaitility.await()
        .until(
            () -> {
              scheduler.run();
              return dns.queries().size() == 12;
            });
    dns.hold(false);
    Awaitility.await()
        .until(
            () -> {
              scheduler.run();
              return answers.stream().allMatch(CompletableFuture::isDone);
            });
    assertThat(answers).allMatch(a -> a.join().status() == Status.FOUND);
    assertThat(dns.clients()).hasSize(ports);
  }

  @Test
  void buffersOfSocketsAreSetWhileTheyAreOpen() throws IOException {
    configuration.set("dns_max_udp_queries_per_port", "100");
    dns.hold(true);
    dns.txt("n.example", "x");
    CompletableFuture<DnsAnswer> answer = service.lookup("n.example", Type.TXT);
    Awaitility.await()
        .until(
            () -> {
              scheduler.run();
              return dns.queries().size() == 1;
            });
    int usual = service.fresh().send();
    assertThat(service.buffers(20_480, 30_720)).isEqualTo(1);
    // Linux doubles what it is told
    assertThat(service.open())
        .singleElement()
        .matches(socket -> socket.server().getPort() == dns.port())
        .matches(socket -> socket.send() == 40_960 || socket.send() == 20_480)
        .matches(socket -> socket.receive() == 61_440 || socket.receive() == 30_720);
    assertThat(service.fresh().send()).isEqualTo(service.open().getFirst().send());
    service.buffers(0, 0);
    assertThat(service.fresh().send()).isEqualTo(usual).isNotEqualTo(40_960).isPositive();
    dns.hold(false);
    Awaitility.await()
        .until(
            () -> {
              scheduler.run();
              return answer.isDone();
            });
  }

  @Test
  void answersWhoseTimeIsOverAreRemoved() throws IOException {
    configuration.set("dns_cache_purge_interval", "30");
    dns.ttl(10).txt("short.example", "x").ttl(1_000).txt("long.example", "x");
    lookup("short.example", Type.TXT);
    lookup("long.example", Type.TXT);
    DnsCache cache = service.resolver().cache();
    scheduler.advance(java.time.Duration.ofSeconds(29));
    assertThat(cache.size()).isEqualTo(2);
    scheduler.advance(java.time.Duration.ofSeconds(2));
    assertThat(cache.size()).isEqualTo(1);
    long octets = cache.octets();
    assertThat(octets).isPositive();
    scheduler.advance(java.time.Duration.ofSeconds(1_000));
    assertThat(cache.size()).isZero();
    assertThat(cache.octets()).isZero();
  }

  @Test
  void anAnswerToAnotherQuestionIsIgnored() {
    dns.impostors("example.org").txt("example.org", "true");
    assertThat(lookup("example.org", Type.TXT).records())
        .extracting(DnsServiceTest::text)
        .containsExactly("\4true");
  }
}
