package org.impetusmta.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.spool.Spool;
import org.impetusmta.api.spool.Spool.AttemptState;
import org.impetusmta.core.message.MailMessage;
import org.impetusmta.testkit.queue.FakeDeliveryMethod.FakeConnection;
import org.impetusmta.testkit.queue.FakeDeliveryMethod.Script;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Swapping out and in, and what an earlier process left. */
class ResidencyTest {
  private final QueueFixture t = new QueueFixture();

  @ParameterizedTest
  @CsvSource({"250, 32768, 250", "-1, 32768, 400", "0, 32768, 0", "-1, 100, 100", "-1, 0, 400"})
  void bodiesStayResidentWithinTheLimits(int perQueue, int all, int resident) {
    t.set("max_resident_active_queue", Integer.toString(perQueue));
    t.set("max_resident_messages", Integer.toString(all));
    t.set("suspend_delivery", "true");
    for (int i = 0; i < 400; i++) {
      t.mail("a@example.com", "b@example.org");
    }
    t.run();
    assertThat(t.queues.residency().resident()).isEqualTo(resident);
    assertThat(t.queues.activeSize()).isEqualTo(400);
    t.set("suspend_delivery", "false");
    assertThat(t.spool.reads()).isEqualTo(400 - resident);
    assertThat(t.counters.delivered.sum()).isEqualTo(400);
    t.assertEmpty();
  }

  @ParameterizedTest
  @CsvSource({"30, , 60", ", 20, 40", "0, 20, 400", "15, 20, 30", ", , 400"})
  void aBindingHasALimitOfItsOwn(String own, String each, int resident) {
    if (own != null) {
      t.configuration.set("max_resident_messages", own, path -> path instanceof ScopePath.Sending);
    }
    if (each != null) {
      t.set("max_resident_messages_per_binding", each);
    }
    t.set("max_resident_active_queue", "-1");
    t.set("suspend_delivery", "true");
    for (int i = 0; i < 400; i++) {
      MailMessage message = t.message("a@example.com", "b@example.org", "Subject: 1\r\n\r\n");
      message.bindable(true);
      message.setBinding("default", i % 2 == 0 ? "one" : "two");
      message.bindable(false);
      message.stored(t.spool.put(message.envelope(), message.body(), AttemptState.NEW));
      t.queues.enqueue(message);
    }
    t.run();
    assertThat(t.queues.residency().resident()).isEqualTo(resident);
    assertThat(t.queues.residency().of("one").get()).isEqualTo(resident / 2);
    t.set("suspend_delivery", "false");
    assertThat(t.counters.delivered.sum()).isEqualTo(400);
    assertThat(t.queues.residency().of("one").get()).isZero();
    t.assertEmpty();
  }

  @Test
  void whatIsLargeWaitsInTheSpool() {
    t.set("large_message_threshold", "1000");
    t.set("suspend_delivery", "true");
    for (int octets : new int[] {10, 988, 989, 5000}) {
      MailMessage message =
          t.message(
              "a@example.com", "b@example.org", "A: b\r\n\r\n" + "x".repeat(octets) + "\r\n\r\n");
      message.stored(t.spool.put(message.envelope(), message.body(), AttemptState.NEW));
      t.queues.enqueue(message);
    }
    t.run();
    assertThat(t.queues.residency().resident()).isEqualTo(2);
    t.set("suspend_delivery", "false");
    assertThat(t.spool.reads()).isEqualTo(2);
    assertThat(t.counters.delivered.sum()).isEqualTo(4);
    t.assertEmpty();
  }

  @Test
  void aLimitThatIsLoweredDropsBodies() {
    t.set("suspend_delivery", "true");
    List<MailMessage> mail = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      mail.add(t.mail("a@example.com", "b" + i + "@example.org"));
    }
    t.run();
    assertThat(t.queues.residency().resident()).isEqualTo(100);
    t.set("max_resident_active_queue", "40");
    assertThat(t.queues.residency().resident()).isEqualTo(40);
    assertThat(mail.subList(0, 40)).allMatch(MailMessage::resident);
    t.set("max_resident_active_queue", "-1");
    assertThat(t.queues.residency().resident()).as("they do not come back").isEqualTo(40);
    t.set("max_resident_active_queue", "0");
    assertThat(t.queues.residency().resident()).isZero();
    t.set("suspend_delivery", "false");
    assertThat(t.counters.delivered.sum()).isEqualTo(100);
    t.assertEmpty();
  }

  @Test
  void orderIsKeptAcrossSwapping() {
    t.set("max_resident_active_queue", "5");
    t.set("max_outbound_connections", "1");
    List<String> delivered = new ArrayList<>();
    t.method.script(
        new Script() {
          @Override
          public Optional<Reply> answer(FakeConnection connection, Message message) {
            delivered.add(message.recipient().localpart());
            return Optional.of(new Reply(250, "2.0.0", "OK"));
          }
        });
    List<String> sent = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      sent.add("u" + i);
      t.mail("a@example.com", "u" + i + "@example.org");
    }
    t.run();
    assertThat(delivered).isEqualTo(sent);
  }

  @Test
  void aDiskThatFailsDefersTheMail() {
    t.set("max_resident_active_queue", "0");
    QueueFixture fresh = t;
    fresh.scheduler.pool("SwapIn").hold(true);
    MailMessage message = fresh.mail("a@example.com", "b@example.org");
    fresh.run();
    assertThat(fresh.queues.activeSize()).isEqualTo(1);
    assertThat(message.resident()).isFalse();
    fresh.scheduler.pool("SwapIn").hold(false);
    fresh.run();
    assertThat(fresh.events()).containsExactly("D 192.0.2.1");
  }

  @Test
  void spoolInQueuesWhatIsLeft() throws Exception {
    t.set("suspend_delivery", "true");
    MailMessage active = t.message("a@example.com", "1@example.org", "Subject: 1\r\n\r\n\r\n");
    t.spool.put(active.envelope(), active.body(), AttemptState.NEW);
    MailMessage delayed = t.message("a@example.com", "2@example.org", "Subject: 2\r\n\r\n\r\n");
    t.spool.put(
        delayed.envelope(),
        delayed.body(),
        new AttemptState(3, QueueFixture.START + 600_000, "451 4.7.1 try later"));
    var done = t.queues.spoolIn();
    t.run();
    assertThat(done.get()).isEqualTo(new Spool.Recovery(2, 0));
    assertThat(t.queues.activeSize()).isEqualTo(1);
    assertThat(t.queues.delayedSize()).isEqualTo(1);
    assertThat(t.ids.next().seconds()).isGreaterThan(active.id().seconds());
    t.set("suspend_delivery", "false");
    assertThat(t.events()).containsExactly("D 192.0.2.1");
    t.advance(Duration.ofMinutes(10));
    assertThat(t.events()).containsExactly("D 192.0.2.1");
    t.assertEmpty();
  }
}
