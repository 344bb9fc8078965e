package org.impetusmta.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.Reply;
import org.impetusmta.core.config.ConfigEngine;
import org.impetusmta.testkit.FakeDns;
import org.impetusmta.testkit.queue.FakeDeliveryMethod.FakeConnection;
import org.impetusmta.testkit.queue.FakeDeliveryMethod.Script;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Limits of MX hosts, in the order of conf.ref.outbound_throttle_messages, and siblings. */
class HostShapingTest {
  private final FakeDns dns;
  private ConfigEngine engine;
  private QueueFixture t;
  private Path directory = Path.of("");

  HostShapingTest() throws IOException, ConfigException {
    dns = new FakeDns();
    engine = ShapingTest.engine("");
    t = new QueueFixture(engine);
  }

  @BeforeEach
  void zone(@TempDir Path temporary) {
    directory = temporary;
    dns.mx("example.org", 10, "a.example")
        .mx("example.org", 10, "b.example")
        .mx("example.org", 20, "c.example")
        .mx("example.net", 10, "a.example")
        .mx("example.net", 10, "d.example")
        .address("a.example", "192.0.2.1")
        .address("b.example", "192.0.2.2")
        .address("c.example", "192.0.2.3")
        .address("d.example", "192.0.2.4");
  }

  @AfterEach
  void stop() throws IOException {
    dns.close();
  }

  private void configure(String text) throws ConfigException, IOException {
    engine =
        ShapingTest.engine(
            "gateway = \"\"\nresolv_conf = \"" + dns.resolvConf(directory) + "\"\n" + text);
    t = new QueueFixture(engine);
    engine.addParticipant(t.queues);
  }

  private void mail(int count, String group, String binding, String domain) {
    for (int i = 0; i < count; i++) {
      t.mailFor(group, binding, "u" + i + "@" + domain);
    }
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

  /** The lookups are made; what can go goes. */
  private void settle() {
    until(
        () ->
            t.queues.queues().stream()
                .allMatch(
                    queue ->
                        queue.maintainer().nextHop().lastRoute() != null
                            && !queue.maintainer().nextHop().lookingUp()));
    t.run();
  }

  /** How much each address was delivered. */
  private Map<String, Integer> delivered() {
    Map<String, Integer> by = new TreeMap<>();
    for (LogEvent event : t.log) {
      if (event instanceof LogEvent.Delivery delivery) {
        by.merge(delivery.remoteAddress(), 1, Integer::sum);
      }
    }
    return by;
  }

  @Test
  void aSaturatedHostYieldsToItsSiblings() throws Exception {
    configure(
        """
        host "a.example" { outbound_throttle_messages = 2/60 }
        host "b.example" { outbound_throttle_messages = 3/60 }
        host "c.example" { outbound_throttle_messages = 4/60 }
        """);
    mail(15, "", "", "example.org");
    settle();
    assertThat(delivered()).isEqualTo(Map.of("192.0.2.1", 2, "192.0.2.2", 3, "192.0.2.3", 4));
    assertThat(t.queue("example.org").activeSize()).as("the rest stays active").isEqualTo(6);
    assertThat(t.method.open()).as("connections to hosts that may have nothing end").isEmpty();
    t.advance(Duration.ofMillis(59_999));
    assertThat(t.log).hasSize(9);
    t.advance(Duration.ofMillis(1));
    assertThat(t.log).hasSize(15);
    t.assertEmpty();
  }

  @Test
  void theChainOfAHostIsItsOwn() throws Exception {
    configure(
        """
        outbound_throttle_messages = 0
        host "/^[ad][.]example$/" { outbound_throttle_messages = 2/60 }
        host "b.example" { outbound_throttle_messages = 1/60 }
        host "c.example" { outbound_throttle_messages = 1/60 }
        binding "vip" { host "a.example" { outbound_throttle_messages = 5/60 } }
        binding_group "g" { host "a.example" { outbound_throttle_messages = 3/60 } }
        """);
    mail(20, "", "", "example.org");
    mail(20, "", "", "example.net");
    settle();
    assertThat(delivered().getOrDefault("192.0.2.1", 0) + delivered().getOrDefault("192.0.2.4", 0))
        .as("one bucket of the regex host")
        .isEqualTo(2);
    t.log.clear();
    mail(20, "g", "vip", "example.org");
    settle();
    assertThat(delivered())
        .as("the group goes before the binding")
        .isEqualTo(Map.of("192.0.2.1", 3));
    t.log.clear();
    mail(20, "", "vip", "example.net");
    settle();
    assertThat(delivered()).isEqualTo(Map.of("192.0.2.1", 5));
  }

  @Test
  void connectionsToAHostAreThrottledAndCapped() throws Exception {
    configure(
        """
        max_deliveries_per_connection = 1
        host "a.example" { outbound_throttle_connections = 2/10 }
        host "b.example" { outbound_throttle_connections = 1/10 }
        host "c.example" { scope_max_outbound_connections = 0 }
        """);
    mail(9, "", "", "example.org");
    settle();
    assertThat(delivered()).isEqualTo(Map.of("192.0.2.1", 2, "192.0.2.2", 1));
    t.advance(Duration.ofSeconds(10));
    assertThat(delivered()).isEqualTo(Map.of("192.0.2.1", 4, "192.0.2.2", 2));
    t.advance(Duration.ofSeconds(10));
    assertThat(t.log).hasSize(9);
    t.assertEmpty();
  }

  @Test
  void aHostSharesItsCapOverDomainsAndBindings() throws Exception {
    configure(
        """
        host "a.example" { scope_max_outbound_connections = 1 }
        host "/^[bcd][.]example$/" { scope_max_outbound_connections = 2 }
        connection_allocation_aggressiveness = high
        """);
    int[] most = {0, 0};
    t.method.script(
        new Script() {
          @Override
          public Optional<Reply> answer(FakeConnection connection, Message message) {
            List<FakeConnection> open = t.method.open();
            most[0] = Math.max(most[0], count(open, "a"));
            most[1] = Math.max(most[1], open.size() - count(open, "a"));
            return Optional.of(new Reply(250, "", "OK"));
          }
        });
    mail(30, "", "", "example.org");
    mail(30, "", "", "example.net");
    mail(30, "", "b", "example.net");
    settle();
    t.advance(Duration.ofMinutes(2));
    assertThat(t.log).hasSize(90);
    assertThat(most).containsExactly(1, 2);
    t.assertEmpty();
  }

  private static int count(List<FakeConnection> open, String host) {
    return (int) open.stream().filter(c -> c.delivery().host().startsWith(host)).count();
  }
}
