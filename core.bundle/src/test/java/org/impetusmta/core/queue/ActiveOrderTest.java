package org.impetusmta.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.spool.Spool.AttemptState;
import org.impetusmta.core.message.MailMessage;
import org.impetusmta.testkit.queue.FakeDeliveryMethod.FakeConnection;
import org.impetusmta.testkit.queue.FakeDeliveryMethod.Script;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The priority bit: such mail goes first, order is kept among each. */
class ActiveOrderTest {
  private static final String WIRE = "Subject: test\r\n\r\nHello\r\n";

  private final QueueFixture t = new QueueFixture();
  private final List<String> delivered = new ArrayList<>();

  private final Script noting =
      new Script() {
        @Override
        public Optional<Reply> answer(FakeConnection connection, Message message) {
          delivered.add(message.recipient().localpart());
          return Optional.of(new Reply(250, "2.0.0", "OK"));
        }
      };

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 5, 250})
  void priorityGoesFirst(int resident) {
    t.set("max_resident_active_queue", Integer.toString(resident));
    t.set("max_outbound_connections", "1");
    t.set("suspend_delivery", "true");
    t.method.script(noting);
    List<String> first = new ArrayList<>();
    List<String> then = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      MailMessage message = t.message("a@example.com", "u" + i + "@example.org", WIRE);
      message.setPriority(i % 3 == 2);
      (message.priority() ? first : then).add("u" + i);
      message.stored(t.spool.put(message.envelope(), message.body(), AttemptState.NEW));
      t.queues.enqueue(message);
    }
    t.run();
    assertThat(t.queues.activeSize()).isEqualTo(60);
    t.set("suspend_delivery", "false");
    if (resident == 5) {
      // mail that has to be read back first holds up nobody
      assertThat(delivered.stream().filter(first::contains).toList()).isEqualTo(first);
      assertThat(delivered.stream().filter(then::contains).toList()).isEqualTo(then);
      assertThat(delivered.subList(0, 30)).containsAll(first.subList(0, 15));
    } else {
      first.addAll(then);
      assertThat(delivered).isEqualTo(first);
    }
    t.assertEmpty();
  }

  @Test
  void priorityOvertakesWhatWaits() {
    t.set("max_outbound_connections", "1");
    t.method.script(
        new Script() {
          @Override
          public Optional<Reply> answer(FakeConnection connection, Message message) {
            if (delivered.isEmpty()) {
              MailMessage late = t.message("a@example.com", "late@example.org", WIRE);
              late.setPriority(true);
              late.stored(t.spool.put(late.envelope(), late.body(), AttemptState.NEW));
              t.queues.enqueue(late);
            }
            delivered.add(message.recipient().localpart());
            return Optional.of(new Reply(250, "2.0.0", "OK"));
          }
        });
    for (int i = 0; i < 20; i++) {
      t.mail("a@example.com", "u" + i + "@example.org");
    }
    t.run();
    assertThat(delivered).hasSize(21);
    assertThat(delivered.indexOf("late")).isLessThan(4);
  }

  @Test
  void prioritySurvivesARestart() {
    MailMessage plain = t.message("a@example.com", "plain@example.org", WIRE);
    t.spool.put(plain.envelope(), plain.body(), AttemptState.NEW);
    MailMessage urgent = t.message("a@example.com", "urgent@example.org", WIRE);
    urgent.setPriority(true);
    t.spool.put(urgent.envelope(), urgent.body(), AttemptState.NEW);
    t.set("max_outbound_connections", "1");
    t.set("suspend_delivery", "true");
    t.method.script(noting);
    t.queues.spoolIn();
    t.run();
    t.set("suspend_delivery", "false");
    assertThat(delivered).containsExactly("urgent", "plain");
  }

  @Test
  void theTailIsVisitedFromBehind() {
    ActiveQueue queue = new ActiveQueue();
    List<MailMessage> made = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      MailMessage message = t.message("a@example.com", "u" + i + "@example.org", WIRE);
      message.setPriority(i < 2);
      made.add(message);
      queue.add(message);
    }
    List<String> seen = new ArrayList<>();
    queue.fromTail(
        3,
        message -> {
          seen.add(message.recipient().localpart());
          return true;
        });
    assertThat(seen).containsExactly("u5", "u4", "u3");
    seen.clear();
    queue.fromTail(
        0,
        message -> {
          seen.add(message.recipient().localpart());
          return seen.size() < 5;
        });
    assertThat(seen).containsExactly("u5", "u4", "u3", "u2", "u1");
    assertThat(queue.remove(m -> m == made.get(1))).isSameAs(made.get(1));
    assertThat(queue.remove(m -> m == made.get(1))).isNull();
    assertThat(queue.size()).isEqualTo(5);
    assertThat(queue.poll()).isSameAs(made.get(0));
    assertThat(queue.poll()).isSameAs(made.get(2));
  }
}
