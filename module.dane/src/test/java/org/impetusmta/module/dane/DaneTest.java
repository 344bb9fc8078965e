package org.impetusmta.module.dane;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.impetusmta.api.delivery.Delivery;
import org.impetusmta.api.dns.Dns;
import org.impetusmta.api.dns.DnsAnswer;
import org.impetusmta.api.dns.DnsAnswer.Status;
import org.impetusmta.api.tls.TlsPolicy;
import org.impetusmta.api.tls.TlsPolicy.Verification;
import org.impetusmta.api.tls.TlsaRecord;
import org.impetusmta.testkit.ManualClock;
import org.impetusmta.testkit.queue.TestConfiguration;
import org.impetusmta.testkit.queue.TestScheduler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is made of the answers of the DNS, under a clock that the test holds. */
final class DaneTest {
  private static final String DIGEST = "ab".repeat(32);

  private final ManualClock clock = new ManualClock(1_700_000_000_000L);
  private final TestScheduler scheduler = new TestScheduler(clock, 1);
  private final TestConfiguration configuration = new TestConfiguration();
  private final Map<String, DnsAnswer> zone = new HashMap<>();
  private final List<String> lookups = new ArrayList<>();
  private boolean secureRoute = true;
  private boolean enabled = true;
  private final Dane module =
      new Dane(
          new Dns() {
            @Override
            public CompletableFuture<DnsAnswer> lookup(String name, int type) {
              throw new IllegalStateException("DANE believes nothing that is not validated");
            }

            @Override
            public CompletableFuture<DnsAnswer> validated(String name, int type) {
              lookups.add(name + " " + type);
              return CompletableFuture.completedFuture(
                  zone.getOrDefault(
                      name,
                      new DnsAnswer(
                          Status.NO_SUCH_DOMAIN, List.of(), true, clock.millis() + 60_000)));
            }
          },
          scheduler,
          configuration);

  private void tlsa(String name, boolean secure, String... records) {
    List<ByteBuffer> rdata = new ArrayList<>();
    for (String record : records) {
      rdata.add(ByteBuffer.wrap(HexFormat.of().parseHex(record)));
    }
    zone.put(name, new DnsAnswer(Status.FOUND, rdata, secure, clock.millis() + 300_000));
  }

  private Optional<TlsPolicy> policy() throws Exception {
    Delivery delivery =
        (Delivery)
            Proxy.newProxyInstance(
                Delivery.class.getClassLoader(),
                new Class<?>[] {Delivery.class},
                (proxy, method, arguments) ->
                    switch (method.getName()) {
                      case "secureRoute" -> secureRoute;
                      case "options" -> new Dane.Options(enabled);
                      case "host" -> "mx.example.com";
                      case "policyDomain" -> Optional.of("example.com");
                      case "address" ->
                          new InetSocketAddress(
                              InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 25);
                      default -> throw new IllegalStateException(method.getName());
                    });
    return module.outboundTlsPolicy(delivery).toCompletableFuture().get();
  }

  @Test
  void usableRecordsDemandACertificateThatMatches() throws Exception {
    tlsa("_25._tcp.mx.example.com", true, "030101" + DIGEST, "020002" + DIGEST + DIGEST);
    TlsPolicy policy = policy().orElseThrow();
    assertThat(policy.source()).isEqualTo(TlsPolicy.Source.TLSA);
    assertThat(policy.enforced()).isTrue();
    assertThat(policy.verification()).isEqualTo(Verification.DANE);
    assertThat(policy.tlsa())
        .containsExactly(new TlsaRecord(3, 1, 1, DIGEST), new TlsaRecord(2, 0, 2, DIGEST + DIGEST));
    assertThat(policy.names()).containsExactly("mx.example.com", "example.com");
    assertThat(policy.domain()).isEqualTo("mx.example.com");
    assertThat(policy.text()).first().isEqualTo("3 1 1 " + DIGEST);
    assertThat(policy.refusal()).isEmpty();
  }

  @Test
  void recordsOfWhichNoneIsUsableDemandEncryptionAlone() throws Exception {
    tlsa(
        "_25._tcp.mx.example.com",
        true,
        "000101" + DIGEST,
        "010101" + DIGEST,
        "030201" + DIGEST,
        "030103" + DIGEST,
        "030102" + DIGEST,
        "0301010a",
        "030000",
        "03");
    TlsPolicy policy = policy().orElseThrow();
    assertThat(policy.verification()).isEqualTo(Verification.NONE);
    assertThat(policy.enforced()).isTrue();
    assertThat(policy.tlsa()).isEmpty();
    assertThat(policy.refusal()).isEmpty();
  }

  @Test
  void whatIsNotProvenDemandsNothing() throws Exception {
    assertThat(policy()).isEmpty();
    clock.set(clock.millis() + 61_000);
    tlsa("_25._tcp.mx.example.com", false, "030101" + DIGEST);
    assertThat(policy()).isEmpty();
  }

  @Test
  void onAWayThatIsNotProvenNobodyAsks() throws Exception {
    tlsa("_25._tcp.mx.example.com", true, "030101" + DIGEST);
    secureRoute = false;
    assertThat(policy()).isEmpty();
    secureRoute = true;
    enabled = false;
    assertThat(policy()).isEmpty();
    assertThat(lookups).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(
      value = Status.class,
      names = {"TEMPORARY", "BOGUS"})
  void aLookupThatFailsForbidsTheHostForNow(Status status) throws Exception {
    zone.put(
        "_25._tcp.mx.example.com",
        new DnsAnswer(status, List.of(), false, clock.millis() + 10_000));
    TlsPolicy policy = policy().orElseThrow();
    assertThat(policy.refusal().orElseThrow().isTransient()).isTrue();
    assertThat(policy.refusal().orElseThrow().enhanced()).isEqualTo("4.7.5");
    clock.set(clock.millis() + 11_000);
    tlsa("_25._tcp.mx.example.com", true, "030101" + DIGEST);
    assertThat(policy().orElseThrow().refusal()).isEmpty();
  }

  @Test
  void whereTheHostIsAnAliasTheRecordsOfItsOwnNameCountFirst() throws Exception {
    zone.put(
        "mx.example.com",
        new DnsAnswer(
            Status.FOUND,
            List.of(ByteBuffer.wrap(new byte[] {127, 0, 0, 1})),
            true,
            clock.millis() + 60_000,
            List.of("alias.example.com", "real.example.net")));
    tlsa("_25._tcp.mx.example.com", true, "030101" + DIGEST);
    assertThat(policy().orElseThrow().domain()).isEqualTo("mx.example.com");
    clock.set(clock.millis() + 61_000);
    tlsa("_25._tcp.real.example.net", true, "030101" + DIGEST);
    TlsPolicy policy = policy().orElseThrow();
    assertThat(policy.domain()).isEqualTo("real.example.net");
    assertThat(policy.names()).containsExactly("real.example.net", "mx.example.com", "example.com");
  }

  @Test
  void recordsAreKeptAndThenRemoved() throws Exception {
    tlsa("_25._tcp.mx.example.com", true, "030101" + DIGEST);
    policy();
    policy();
    assertThat(lookups).containsOnlyOnce("_25._tcp.mx.example.com 52");
    configuration.set("tlsa_expire_interval", "600");
    scheduler.advance(Duration.ofSeconds(1));
    assertThat(module.size()).isEqualTo(1);
    scheduler.advance(Duration.ofSeconds(601));
    assertThat(module.size()).isZero();
    module.end();
    scheduler.run();
    assertThat(scheduler.owner("", "").timers()).isZero();
  }
}
