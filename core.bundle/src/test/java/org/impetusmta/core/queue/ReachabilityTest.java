package org.impetusmta.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;
import org.impetusmta.api.message.Reply;
import org.impetusmta.testkit.FakeDns;
import org.impetusmta.testkit.queue.FakeDeliveryMethod.FakeConnection;
import org.impetusmta.testkit.queue.FakeDeliveryMethod.Script;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What queues do with what the DNS says. */
class ReachabilityTest {
  private final QueueFixture t = new QueueFixture();
  private FakeDns dns;

  @BeforeEach
  void start(@TempDir Path directory) throws IOException {
    dns = new FakeDns();
    t.set("gateway", "");
    t.set("resolv_conf", dns.resolvConf(directory).toString());
  }

  @AfterEach
  void stop() throws IOException {
    dns.close();
  }

  private void until(BooleanSupplier done) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(2))
        .until(
            () -> {
              t.run();
              return done.getAsBoolean();
            });
  }

  @ParameterizedTest
  @CsvSource({
    "nullmx.example, P 0 0 550 5.4.4 [internal] NULL MX domain does not accept mail",
    "empty.example, T 0 0 454 4.4.4 [internal] no MX or A for domain",
    "servfail.example, T 0 0 451 4.4.1 [internal] No valid hosts (unable to make any connections)"
  })
  void mailFailsAsTheDnsSays(String domain, String event) {
    dns.nullMx("nullmx.example").servfail("servfail.example").address("empty.example", "::1");
    t.mail("", "b@" + domain);
    until(() -> !t.log.isEmpty());
    assertThat(t.events()).containsExactly(event);
  }

  @Test
  void aDomainThatDoesNotExistFailsAfterSomeLookups() {
    t.set("dns_failures_to_purge", "3");
    t.mail("", "b@nowhere.example");
    for (int i = 1; i <= 3; i++) {
      int lookups = i;
      until(() -> dns.queries().stream().filter(q -> q.startsWith("MX")).count() >= lookups);
      until(() -> t.counters.dnsPending.sum() == 0 && !t.queues.router().routes().isEmpty());
      if (i < 3) {
        t.run();
        assertThat(t.events()).isEmpty();
        t.advance(Duration.ofSeconds(10));
      }
    }
    until(() -> !t.log.isEmpty());
    assertThat(t.events()).containsExactly("P 0 0 554 5.4.4 [internal] Domain Lookup Failed");
    t.assertEmpty();
  }

  @Test
  void theNextPreferenceIsTriedWhenAHostIsDown() {
    dns.mx("example.org", 10, "a.example")
        .mx("example.org", 20, "b.example")
        .address("a.example", "192.0.2.1")
        .address("b.example", "192.0.2.2");
    t.set("max_outbound_connections", "1");
    t.method.script(
        new Script() {
          @Override
          public Optional<Reply> connect(FakeConnection connection) {
            return connection.delivery().host().equals("a.example")
                ? Optional.of(new Reply(450, "4.4.1", "[internal] Connection Timed Out"))
                : Optional.empty();
          }
        });
    t.mail("a@example.com", "b@example.org");
    until(() -> !t.log.isEmpty());
    assertThat(t.events()).containsExactly("D 192.0.2.2");
    assertThat(t.method.connections())
        .extracting(c -> c.delivery().host())
        .isEqualTo(List.of("a.example", "b.example"));
    t.assertEmpty();
  }

  @Test
  void aHostThatAPolicyKeepsFromOneDomainServesTheOthers() {
    for (String domain : List.of("strict.example", "lax.example")) {
      dns.mx(domain, 10, "a.example");
    }
    dns.mx("strict.example", 20, "b.example")
        .address("a.example", "192.0.2.1")
        .address("b.example", "192.0.2.2");
    t.set("max_outbound_connections", "1");
    Reply policy = new Reply(451, "4.7.5", "[internal] MTA-STS policy does not name this MX host");
    t.method.script(
        new Script() {
          @Override
          public Optional<Reply> connect(FakeConnection connection) {
            return connection.delivery().domain().equals("strict.example")
                ? Optional.of(policy)
                : Optional.empty();
          }
        });
    t.mail("a@example.com", "b@strict.example");
    until(() -> !t.log.isEmpty());
    assertThat(t.events()).containsExactly("T 0 0 451 4.7.5 " + policy.text());
    assertThat(t.method.connections())
        .extracting(c -> c.delivery().host())
        .isEqualTo(List.of("a.example", "b.example"));
    t.log.clear();
    t.mail("a@example.com", "b@lax.example");
    until(() -> !t.log.isEmpty());
    assertThat(t.events()).containsExactly("D 192.0.2.1");
  }
}
