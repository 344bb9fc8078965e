package org.impetusmta.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.spool.Spool.AttemptState;
import org.impetusmta.core.message.MailMessage;
import org.impetusmta.testkit.queue.FakeDeliveryMethod.FakeConnection;
import org.impetusmta.testkit.queue.FakeDeliveryMethod.Script;
import org.impetusmta.testkit.queue.MemorySpool;
import org.impetusmta.testkit.queue.TestEventLoop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The reserve of connections, the timers of maintainers, and how recovery is held back. */
class ReserveTest {
  private final QueueFixture t = new QueueFixture();

  private static final Script MANUAL =
      new Script() {
        @Override
        public boolean manual() {
          return true;
        }
      };

  @Test
  void queuesWithoutAConnectionGetOneOfTheReserve() {
    t.set("server_max_outbound_connections", "2");
    t.set("server_reserve_outbound_connections", "3");
    t.set("reserve_maintenance_interval", "30");
    t.set("connection_allocation_aggressiveness", "high");
    t.set("connect_timeout_to_delay", "86400");
    t.method.script(MANUAL);
    for (int i = 0; i < 10; i++) {
      for (int j = 0; j < 5; j++) {
        t.mail("a@example.com", "b@d" + i + ".example");
      }
    }
    t.run();
    assertThat(t.queues.limit().connections()).isEqualTo(2);
    t.advance(Duration.ofSeconds(29));
    assertThat(t.queues.limit().connections()).isEqualTo(2);
    t.advance(Duration.ofSeconds(1));
    assertThat(t.queues.limit().connections()).isEqualTo(5);
    assertThat(t.queues.queues()).allMatch(queue -> queue.connectionCount() <= 1);
    t.advance(Duration.ofMinutes(5));
    assertThat(t.queues.limit().connections()).isEqualTo(5);
    // one that ends makes room in the reserve alone
    FakeConnection first = t.method.open().getFirst();
    first.byHandConnected();
    first.byHandNext();
    t.run();
    first.byHandAnswer(new Reply(250, "2.0.0", "OK"));
    first.byHandClose(Stage.IDLE, Optional.of(new Reply(421, "4.3.2", "gone")));
    t.run();
    assertThat(t.queues.limit().connections()).isEqualTo(4);
    t.advance(Duration.ofSeconds(30));
    assertThat(t.queues.limit().connections()).isEqualTo(5);
  }

  @Test
  void aBindingsOwnLimitHasNoReserve() {
    t.configuration.set(
        "server_max_outbound_connections",
        "2",
        path -> path instanceof org.impetusmta.api.config.ScopePath.Sending);
    t.set("reserve_maintenance_interval", "30");
    t.method.script(MANUAL);
    for (int i = 0; i < 10; i++) {
      t.mail("a@example.com", "b@d" + i + ".example");
    }
    t.run();
    t.advance(Duration.ofMinutes(5));
    assertThat(t.queues.limit().connections()).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource({"true, 1", "false, 2"})
  void whatIsPlannedIsReplacedOrAddedTo(boolean clear, int timers) {
    t.set("clear_mail_queue_maintainers", Boolean.toString(clear));
    t.set("suspend_delivery", "true");
    t.mail("a@example.com", "b@example.org");
    t.run();
    TestEventLoop loop = (TestEventLoop) t.queue("example.org").home().loop();
    int before = loop.timers();
    t.advance(Duration.ofSeconds(1));
    t.queues.commit(t.configuration.current());
    t.run();
    assertThat(loop.timers() - before + 1).isEqualTo(timers);
    t.advance(Duration.ofSeconds(1));
    t.queues.commit(t.configuration.current());
    t.run();
    assertThat(loop.timers() - before + 1).isEqualTo(clear ? 1 : 3);
    t.advance(Duration.ofMinutes(1));
    assertThat(loop.timers() - before + 1).as("they come together again").isEqualTo(1);
  }

  @Test
  void mailOfAnEarlierProcessComesBitByBit() {
    MemorySpool spool = new MemorySpool();
    QueueFixture t = new QueueFixture(spool, true, Map.of("disk_queue_drain_rate", "10"));
    t.mail("a@example.com", "b@example.org");
    t.run();
    MailQueue queue = t.queue("example.org");
    t.set("suspend_delivery", "true");
    for (int i = 0; i < 1_000; i++) {
      MailMessage left = t.message("a@example.com", "b" + i + "@example.org", "\r\n");
      spool.put(left.envelope(), left.body(), AttemptState.NEW);
    }
    t.queues.spoolIn();
    // while the pool hands over, so that all of it is there at the first turn
    List<Long> active = t.watch(queue, queue.home().spoolIn()::size);
    long most = active.stream().mapToLong(Long::longValue).max().orElse(0);
    assertThat(most).isGreaterThan(900);
    for (int i = active.indexOf(most) + 1; i < active.size(); i++) {
      assertThat(active.get(i - 1) - active.get(i)).isBetween(0L, 10L);
    }
    assertThat(t.queues.activeSize()).isEqualTo(1_000);
    t.set("suspend_delivery", "false");
    assertThat(t.counters.delivered.sum()).isEqualTo(1_001);
    t.assertEmpty();
  }

  @Test
  void recoveryWaitsForTheLoops() throws Exception {
    SpoolInQueue queue = new SpoolInQueue();
    QueueLoop.Arrival arrival =
        new QueueLoop.Arrival(t.message("a@example.com", "b@example.org", "\r\n"), "example.org");
    for (int i = 0; i < SpoolInQueue.BOUND; i++) {
      assertThat(queue.offer(arrival, 0)).isTrue();
    }
    assertThat(queue.offer(arrival, 10)).isFalse();
    assertThat(queue.size()).isEqualTo(SpoolInQueue.BOUND);
    List<QueueLoop.Arrival> taken = new ArrayList<>();
    assertThat(queue.take(taken::add, 7)).isTrue();
    assertThat(taken).hasSize(7);
    for (int i = 0; i < 7; i++) {
      assertThat(queue.offer(arrival, 0)).isTrue();
    }
    assertThat(queue.offer(arrival, 0)).isFalse();
    assertThat(queue.take(taken::add, SpoolInQueue.BOUND)).isFalse();
    assertThat(queue.size()).isZero();
  }
}
