package org.impetusmta.core.route;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.impetusmta.api.dns.DnsAnswer;
import org.impetusmta.api.dns.DnsAnswer.Status;
import org.impetusmta.core.hook.HookList;
import org.impetusmta.core.metrics.Counters;
import org.impetusmta.core.route.Route.Exchanger;
import org.impetusmta.core.route.Route.Outcome;
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

/**
 * DNSSEC against a zone that is signed with a key of the test, whose digest is the trust anchor.
 */
class ValidationTest {
  private static final byte[] DIGEST = new byte[32];

  private final ManualClock clock = new ManualClock(System.currentTimeMillis());
  private final TestScheduler scheduler = new TestScheduler(clock, 1);
  private final TestConfiguration configuration = new TestConfiguration();
  private final Counters counters = new Counters();
  private final DnsService service = new DnsService(configuration, scheduler, counters);
  private final Router router = new Router(scheduler, service, new HookList<>(), new HookList<>());
  private FakeDns dns;
  private Path folder;

  @BeforeEach
  void start(@TempDir Path directory) throws IOException {
    folder = directory;
    dns = new FakeDns().sign("good.test");
    configuration.set("resolv_conf", dns.resolvConf(directory).toString());
    configuration.set("dnssec_trust_anchors", dns.trustAnchors(directory).toString());
    dns.mx("good.test", 10, "mx.good.test")
        .address("mx.good.test", "127.0.0.1")
        .tlsa("_25._tcp.mx.good.test", 3, 1, 1, DIGEST)
        .cname("alias.good.test", "mx.good.test")
        .cname("out.good.test", "mx.plain.test")
        .mx("plain.test", 10, "mx.plain.test")
        .address("mx.plain.test", "127.0.0.1")
        .tlsa("_25._tcp.mx.plain.test", 3, 1, 1, DIGEST)
        .mx("mixed.good.test", 10, "mx.plain.test")
        .mx("mixed.good.test", 20, "mx.good.test")
        .address("host.good.test", "127.0.0.1")
        .address("bad.good.test", "127.0.0.1")
        .forged("bad.good.test")
        .mx("half.good.test", 10, "bad.good.test")
        .mx("half.good.test", 20, "mx.good.test")
        .tlsa("_25._tcp.forged.good.test", 3, 1, 1, DIGEST)
        .forged("_25._tcp.forged.good.test")
        .forged("denied.good.test")
        .servfail("fails.good.test");
  }

  @AfterEach
  void stop() throws IOException {
    dns.close();
  }

  private DnsAnswer await(CompletableFuture<DnsAnswer> answer) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(2))
        .until(
            () -> {
              scheduler.run();
              return answer.isDone();
            });
    return answer.join();
  }

  @ParameterizedTest
  @CsvSource({
    "_25._tcp.mx.good.test, 52, FOUND, true",
    "good.test, 15, FOUND, true",
    "alias.good.test, 1, FOUND, true",
    "out.good.test, 1, FOUND, false",
    "mx.good.test, 16, NO_SUCH_RECORD, true",
    "none.good.test, 52, NO_SUCH_RECORD, true",
    "_25._tcp.mx.plain.test, 52, FOUND, false",
    "none.plain.test, 52, NO_SUCH_DOMAIN, false",
    "bad.good.test, 1, BOGUS, false",
    "_25._tcp.forged.good.test, 52, BOGUS, false",
    "denied.good.test, 52, BOGUS, false",
    "fails.good.test, 52, TEMPORARY, false",
  })
  void answersAreProvenOrNotOrForged(String name, int type, Status status, boolean secure) {
    DnsAnswer answer = await(service.validated(name, type));
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.secure()).isEqualTo(secure);
  }

  @Test
  void anAnswerSaysWhichAliasesItHas() {
    dns.cname("first.good.test", "alias.good.test");
    assertThat(await(service.validated("first.good.test", Type.A)).aliases())
        .containsExactly("alias.good.test", "mx.good.test");
    assertThat(await(service.lookup("mx.good.test", Type.A)).aliases()).isEmpty();
  }

  @Test
  void whoDoesNotAskForValidationDoesNotPayForIt() {
    DnsAnswer believed = await(service.lookup("bad.good.test", Type.A));
    assertThat(believed.status()).isEqualTo(Status.FOUND);
    assertThat(believed.secure()).isFalse();
    assertThat(dns.queries()).containsExactly("A bad.good.test");
  }

  @Test
  void anotherKeyProvesNothing() throws Exception {
    try (FakeDns other = new FakeDns().sign("good.test")) {
      configuration.set(
          "dnssec_trust_anchors",
          other.trustAnchors(Files.createDirectory(folder.resolve("other"))).toString());
      assertThat(await(service.validated("mx.good.test", Type.A)).status()).isEqualTo(Status.BOGUS);
    }
  }

  @Test
  void withoutItsAnchorsNothingIsValidatedAndAllElseGoesOn() throws Exception {
    configuration.set("dnssec_trust_anchors", folder.resolve("nowhere").toString());
    assertThat(await(service.validated("mx.good.test", Type.A)).status())
        .isEqualTo(Status.TEMPORARY);
    assertThat(await(service.lookup("mx.good.test", Type.A)).status()).isEqualTo(Status.FOUND);
    configuration.set(
        "dnssec_trust_anchors", Files.writeString(folder.resolve("empty"), "\n").toString());
    assertThat(await(service.validated("mx.good.test", Type.A)).status())
        .isEqualTo(Status.TEMPORARY);
  }

  @Test
  void theKeysOfTheRootAreShipped() throws Exception {
    Validation.over(
        new org.xbill.DNS.SimpleResolver("127.0.0.1"), java.util.Optional.empty(), clock);
  }

  private Route route(String domain) {
    List<Route> found = new ArrayList<>();
    router.find(
        new Target(domain, true, 25).validated(true), scheduler.owner("default", "x"), found::add);
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(2))
        .until(
            () -> {
              scheduler.run();
              return !found.isEmpty();
            });
    return found.getFirst();
  }

  @ParameterizedTest
  @CsvSource({
    "good.test, mx.good.test true",
    "plain.test, mx.plain.test false",
    "mixed.good.test, mx.plain.test false+mx.good.test true",
    "host.good.test, host.good.test true",
    "half.good.test, mx.good.test true",
  })
  void aRouteIsSecureWhereEveryNameOnItIs(String domain, String hosts) {
    Route route = route(domain);
    assertThat(route.outcome()).isEqualTo(Outcome.FOUND);
    assertThat(route.exchangers())
        .extracting((Exchanger e) -> e.name() + " " + e.secure())
        .containsExactly(hosts.split("\\+"));
  }

  @Test
  void aForgedRouteIsNoneForNow() {
    dns.mx("forgedmx.good.test", 10, "mx.good.test").forged("forgedmx.good.test");
    assertThat(route("forgedmx.good.test").outcome()).isEqualTo(Outcome.TEMPORARY);
    assertThat(route("bad.good.test").outcome()).isEqualTo(Outcome.TEMPORARY);
  }
}
