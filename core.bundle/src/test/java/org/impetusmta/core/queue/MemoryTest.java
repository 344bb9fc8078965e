package org.impetusmta.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.Reply;
import org.impetusmta.core.message.MailMessage;
import org.impetusmta.testkit.queue.FakeDeliveryMethod.FakeConnection;
import org.impetusmta.testkit.queue.FakeDeliveryMethod.Script;
import org.junit.jupiter.api.Test;

/** memory_goal and memory_hwm: what is counted, and what is given up above them. */
class MemoryTest {
  private static final String KILO = "Subject: 1\r\n\r\n" + "x".repeat(1008) + "\r\n";

  private final QueueFixture t = new QueueFixture();

  /** Octets that mail may be counted with below the goal of 90 percent. */
  private static final long GOAL = QueueFixture.HEAP / 100 * 90;

  private static final Script BUSY =
      new Script() {
        @Override
        public Optional<Reply> answer(FakeConnection connection, Message message) {
          return Optional.of(new Reply(451, "4.7.1", "later"));
        }
      };

  @Test
  void whatIsCountedIsTakenOff() {
    AtomicInteger reliefs = new AtomicInteger();
    Memory memory = new Memory(1_000, reliefs::incrementAndGet);
    memory.limits(50, 80);
    memory.add(500);
    assertThat(memory.aboveGoal()).isFalse();
    assertThat(reliefs).hasValue(0);
    memory.add(1);
    assertThat(memory.aboveGoal()).isTrue();
    assertThat(reliefs).hasValue(1);
    assertThat(memory.take(299)).isTrue();
    assertThat(memory.full()).isTrue();
    assertThat(memory.take(1)).as("at the mark").isFalse();
    assertThat(memory.counted()).isEqualTo(800);
    memory.give(800);
    assertThat(memory.take(1)).isTrue();
    assertThat(memory.percent()).isZero();
  }

  @Test
  void theRestOfTheHeapCountsToo() {
    Memory memory = new Memory(1_000, () -> {});
    memory.limits(50, 80);
    memory.rest(790);
    assertThat(memory.aboveGoal()).isTrue();
    assertThat(memory.take(11)).isFalse();
    assertThat(memory.take(10)).isTrue();
    memory.rest(100);
    assertThat(memory.aboveGoal()).isFalse();
    memory.rest(-5);
    assertThat(memory.rest()).isZero();
  }

  @Test
  void aHighWaterMarkBelowTheGoalIsTheGoal() {
    Memory memory = new Memory(1_000, () -> {});
    memory.limits(90, 20);
    assertThat(memory.take(900)).isTrue();
    assertThat(memory.take(1)).isFalse();
  }

  @Test
  void collectionsTellWhatLives() {
    Memory memory = new Memory(Runtime.getRuntime().maxMemory(), () -> {});
    try (HeapWatch watch = new HeapWatch(memory)) {
      byte[][] kept = new byte[64][];
      for (int i = 0; i < kept.length; i++) {
        kept[i] = new byte[1 << 20];
      }
      long before = watch.wholeCollections();
      System.gc();
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> watch.wholeCollections() > before && memory.rest() >= 64L << 20);
      assertThat(memory.rest()).isLessThan(Runtime.getRuntime().maxMemory());
      // what is counted is not the rest
      long rest = memory.rest();
      memory.add(64L << 20);
      System.gc();
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> memory.rest() < rest - (32L << 20));
      assertThat(kept[63]).hasSize(1 << 20);
    }
  }

  @Test
  void aboveTheGoalDelayedMailGivesUpItsBodiesFirst() {
    t.method.script(BUSY);
    List<MailMessage> delayed = mail("d.example", 20);
    t.run();
    assertThat(t.queue("d.example").residentDelayed()).isEqualTo(20);
    t.set("suspend_delivery", "true");
    List<MailMessage> active = mail("a.example", 20);
    t.run();
    long counted = t.queues.memory().counted();
    assertThat(counted).isEqualTo(40L * (Memory.MESSAGE + delayed.getFirst().size()));
    // so that the delayed mail is enough
    t.queues.memory().rest(GOAL - counted + 10_000);
    t.queues.memory().add(1);
    t.queues.memory().give(1);
    t.run();
    assertThat(delayed).noneMatch(MailMessage::resident);
    assertThat(active).allMatch(MailMessage::resident);
    // and now that it takes the tail of the active mail
    t.queues.memory().rest(GOAL - t.queues.memory().counted() + 5_000);
    t.advance(Duration.ofSeconds(60));
    assertThat(active.stream().filter(MailMessage::resident).count()).isBetween(10L, 16L);
    assertThat(active.subList(0, 10)).allMatch(MailMessage::resident);
    // and now all of it
    t.queues.memory().rest(QueueFixture.HEAP);
    t.advance(Duration.ofSeconds(60));
    assertThat(active).noneMatch(MailMessage::resident);
    assertThat(t.queues.residency().resident()).isZero();
    assertThat(t.queues.memory().full()).isTrue();
    assertThat(t.queues.memory().counted()).isEqualTo(40L * Memory.MESSAGE);
  }

  @Test
  void mailFlowsAboveTheGoalOneByOne() {
    t.queues.memory().rest(QueueFixture.HEAP);
    t.method.script(
        new Script() {
          @Override
          public Optional<Reply> answer(FakeConnection connection, Message message) {
            assertThat(t.queues.residency().resident()).isLessThanOrEqualTo(8);
            return Optional.of(new Reply(250, "2.0.0", "OK"));
          }
        });
    for (int i = 0; i < 6; i++) {
      mail("d" + i + ".example", 50);
    }
    t.run();
    t.advance(Duration.ofMinutes(5));
    assertThat(t.counters.delivered.sum()).isEqualTo(300);
    t.assertEmpty();
  }

  @Test
  void afterPressureBodiesStayAgain() {
    t.set("suspend_delivery", "true");
    t.queues.memory().rest(QueueFixture.HEAP);
    List<MailMessage> poor = mail("d.example", 5);
    t.run();
    t.advance(Duration.ofSeconds(60));
    assertThat(poor).noneMatch(MailMessage::resident);
    t.queues.memory().rest(0);
    List<MailMessage> rich = mail("d.example", 5);
    t.run();
    assertThat(rich).allMatch(MailMessage::resident);
    assertThat(t.queues.memory().full()).isFalse();
  }

  @Test
  void theOptionsAreDynamic() {
    t.queues.memory().rest(QueueFixture.HEAP / 2);
    assertThat(t.queues.memory().aboveGoal()).isFalse();
    t.set("memory_goal", "40");
    assertThat(t.queues.memory().aboveGoal()).isTrue();
    assertThat(t.queues.memory().full()).isFalse();
    t.set("memory_hwm", "45");
    assertThat(t.queues.memory().full()).isTrue();
    t.set("mail_queue_check_vm_interval", "5");
    t.advance(Duration.ofSeconds(60));
    t.set("memory_goal", "100");
    t.set("suspend_delivery", "true");
    List<MailMessage> mail = mail("d.example", 5);
    t.run();
    assertThat(mail).allMatch(MailMessage::resident);
    t.queues.memory().rest(QueueFixture.HEAP * 2);
    t.advance(Duration.ofSeconds(5));
    assertThat(mail).noneMatch(MailMessage::resident);
  }

  @Test
  void aBodyThatManyShareIsCountedOnce() {
    t.set("suspend_delivery", "true");
    MailMessage one = t.message("a@example.com", "b@example.org", KILO);
    one.charge(one.size() / 4);
    one.stored(
        t.spool.put(one.envelope(), one.body(), org.impetusmta.api.spool.Spool.AttemptState.NEW));
    t.queues.enqueue(one);
    t.run();
    assertThat(t.queues.memory().counted()).isEqualTo(Memory.MESSAGE + one.size() / 4);
    t.set("suspend_delivery", "false");
    t.assertEmpty();
  }

  private List<MailMessage> mail(String domain, int count) {
    List<MailMessage> made = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      made.add(t.mail("a@example.com", "b" + i + "@" + domain, KILO));
    }
    assertThat(KILO.getBytes(StandardCharsets.US_ASCII)).hasSize(made.getFirst().size());
    return made;
  }
}
