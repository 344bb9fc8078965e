package org.impetusmta.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.impetusmta.api.hook.OutboundTlsPolicy;
import org.impetusmta.api.hook.PremigrateOutboundConnection;
import org.impetusmta.testkit.queue.FakeDeliveryMethod.Script;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Idle connections go to domains that have the same host. */
class SiblingsTest {
  private static final Script MIGRATING =
      new Script() {
        @Override
        public boolean migrates() {
          return true;
        }
      };

  private final QueueFixture t = new QueueFixture();
  private final List<String> told = new ArrayList<>();

  SiblingsTest() {
    t.method.script(MIGRATING);
    t.hooks.add(
        PremigrateOutboundConnection.class,
        (delivery, from, to) -> told.add(delivery.domain() + ": " + from + " to " + to));
  }

  /** Two domains on one loop. */
  private String[] pair() {
    for (int i = 0; ; i++) {
      String second = "s" + i + ".example";
      if (t.scheduler.owner("default", second) == t.scheduler.owner("default", "first.example")) {
        return new String[] {"first.example", second};
      }
    }
  }

  @Test
  void anIdleConnectionServesASibling() {
    String[] domains = pair();
    t.mail("a@example.com", "b@" + domains[0]);
    t.run();
    t.mail("a@example.com", "b@" + domains[1]);
    t.run();
    assertThat(t.counters.delivered.sum()).isEqualTo(2);
    assertThat(t.method.connections()).hasSize(1);
    assertThat(t.method.last().delivery().domain()).isEqualTo(domains[1]);
    assertThat(told).containsExactly("first.example: first.example to " + domains[1]);
    assertThat(t.queue(domains[0]).connectionCount()).isZero();
    assertThat(t.queue(domains[1]).connectionCount()).isEqualTo(1);
    // and back
    t.mail("a@example.com", "b@" + domains[0]);
    t.run();
    assertThat(t.method.connections()).hasSize(1);
    assertThat(t.counters.delivered.sum()).isEqualTo(3);
    t.advance(Duration.ofSeconds(6));
    assertThat(t.queues.limit().connections()).isZero();
    t.assertEmpty();
  }

  @Test
  void whoMayOpenNoneGetsTheFirstThatIsIdle() {
    String[] domains = pair();
    t.set("server_max_outbound_connections", "1");
    t.set("server_reserve_outbound_connections", "0");
    for (int i = 0; i < 20; i++) {
      t.mail("a@example.com", "b@" + domains[i % 2]);
    }
    t.run();
    assertThat(t.counters.delivered.sum()).isEqualTo(20);
    assertThat(told).isNotEmpty();
    t.advance(Duration.ofSeconds(6));
    t.assertEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"option", "method", "options", "policy"})
  void itStaysWhere(String reason) {
    String[] domains = pair();
    switch (reason) {
      case "option" -> t.set("migrate_connections_between_sibling_domains", "false");
      case "method" -> t.method.script(new Script() {});
      case "options" -> t.configuration.setDomain(domains[1], "idle_timeout", "7");
      default ->
          t.hooks.add(
              OutboundTlsPolicy.class,
              delivery -> CompletableFuture.completedFuture(Optional.empty()));
    }
    t.mail("a@example.com", "b@" + domains[0]);
    t.run();
    if (reason.equals("options")) {
      t.method.last().delivery().options(QueueOptions.class);
    }
    t.mail("a@example.com", "b@" + domains[1]);
    t.run();
    assertThat(t.method.connections()).hasSize(2);
    assertThat(told).isEmpty();
    assertThat(t.counters.delivered.sum()).isEqualTo(2);
  }
}
