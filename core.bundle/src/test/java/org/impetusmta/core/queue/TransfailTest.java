package org.impetusmta.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.spool.Spool.AttemptState;
import org.impetusmta.core.message.MailMessage;
import org.impetusmta.testkit.queue.FakeDeliveryMethod.FakeConnection;
import org.impetusmta.testkit.queue.FakeDeliveryMethod.Script;
import org.impetusmta.testkit.queue.MemorySpool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Transient failures: their queue, their bodies, what of them is stored, when they come again. */
class TransfailTest {
  private static final Script BUSY =
      new Script() {
        @Override
        public Optional<Reply> answer(FakeConnection connection, Message message) {
          return Optional.of(new Reply(451, "4.7.1", "later"));
        }
      };

  private static final String WIRE = "Subject: test\r\n\r\nHello\r\n";

  private final QueueFixture t = new QueueFixture();

  @Test
  void inlineTheRemoteHostIsLogged() {
    t.method.script(BUSY);
    t.mail("", "b@example.org");
    t.run();
    assertThat(remotes()).containsExactly(Optional.of("192.0.2.1"));
  }

  @Test
  void queuedFailuresAreDealtWithBitByBit() {
    t.set("inline_transfail_processing", "false");
    t.set("transfail_drain_rate", "7");
    t.set("max_resident_transfails", "30");
    t.set("mx_failures_to_delay", "1");
    t.set("suspend_delivery", "true");
    List<MailMessage> mail = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      mail.add(t.mail("", "b" + i + "@example.org"));
    }
    t.run();
    MailQueue queue = t.queue("example.org");
    t.method.script(
        new Script() {
          @Override
          public Optional<Reply> connect(FakeConnection connection) {
            return Optional.of(new Reply(451, "4.4.1", "[internal] refused"));
          }
        });
    t.configuration.set("suspend_delivery", "false");
    t.queues.commit(t.configuration.current());
    List<Long> logged = t.watch(queue, t.log::size);
    assertThat(t.log).hasSize(100);
    for (int i = 1; i < logged.size(); i++) {
      assertThat(logged.get(i) - logged.get(i - 1)).isLessThanOrEqualTo(7);
    }
    assertThat(remotes()).containsOnly(Optional.empty());
    assertThat(t.queues.delayedSize()).isEqualTo(100);
    assertThat(mail.stream().filter(MailMessage::resident).count())
        .as("max_resident_transfails")
        .isEqualTo(30);
    assertThat(queue.inFlightSize()).isZero();
    t.method.script(new Script() {});
    t.advance(Duration.ofHours(1));
    assertThat(t.counters.delivered.sum()).isEqualTo(100);
    t.assertEmpty();
  }

  @Test
  void anEndWaitsForFailuresThatAreQueued() throws Exception {
    t.set("inline_transfail_processing", "false");
    t.set("transfail_drain_rate", "1");
    t.method.script(BUSY);
    for (int i = 0; i < 50; i++) {
      t.mail("", "b@example.org");
    }
    t.scheduler.pump(
        () -> {
          t.queues.stop(Duration.ofSeconds(10));
          return 0;
        });
    List<MemorySpool.Stored> left = t.spool.messages();
    assertThat(left).hasSize(50);
    assertThat(left.stream().filter(s -> s.state().retries() == 1).count()).isEqualTo(t.log.size());
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "1, 1", "3, 3", "100, 5"})
  void aBodyStaysForSoManyFailures(int failures, int resident) {
    t.set("drop_body_after_trans_fail", Integer.toString(failures));
    t.set("max_retries", "none");
    t.set("message_expiration", "864000");
    t.method.script(BUSY);
    MailMessage message = t.mail("", "b@example.org");
    for (int attempt = 1; attempt <= 5; attempt++) {
      t.advance(Duration.ofHours(13));
      while (message.retries() < attempt) {
        t.advance(Duration.ofHours(1));
      }
      if (message.retries() == attempt) {
        assertThat(message.resident())
            .as("after failure " + attempt)
            .isEqualTo(attempt <= resident);
      }
    }
  }

  @Test
  void delayedMailKeepsNoMoreBodiesThanActiveMail() {
    t.set("max_resident_active_queue", "10");
    t.method.script(BUSY);
    for (int i = 0; i < 30; i++) {
      t.mail("", "b@example.org");
    }
    t.run();
    assertThat(t.queues.delayedSize()).isEqualTo(30);
    assertThat(t.queue("example.org").residentDelayed()).isEqualTo(10);
    assertThat(t.queues.residency().resident()).isEqualTo(10);
    t.set("max_resident_active_queue", "4");
    assertThat(t.queue("example.org").residentDelayed()).isEqualTo(4);
    assertThat(t.queues.residency().resident()).isEqualTo(4);
    t.method.script(new Script() {});
    t.advance(Duration.ofHours(1));
    assertThat(t.counters.delivered.sum()).isEqualTo(30);
    t.assertEmpty();
  }

  @Test
  void stateIsStoredOrNot() {
    t.set("swap_out_meta_after_each_tempfail", "false");
    t.method.script(BUSY);
    MailMessage message = t.mail("", "b@example.org");
    t.run();
    assertThat(message.retries()).isEqualTo(1);
    assertThat(t.spool.message(message.id()).state()).isEqualTo(AttemptState.NEW);
    t.set("swap_out_meta_after_each_tempfail", "true");
    t.advance(Duration.ofMinutes(20));
    assertThat(t.spool.message(message.id()).state().retries()).isEqualTo(2);
  }

  @Test
  void bulkDelaysAreSpreadAndAlwaysAlike() {
    t.set("delayed_binding_domain_fuzz", "1024");
    t.set("mx_failures_to_delay", "1");
    t.method.script(
        new Script() {
          @Override
          public Optional<Reply> connect(FakeConnection connection) {
            return Optional.of(new Reply(451, "4.4.1", "[internal] refused"));
          }
        });
    List<MailMessage> mail = new ArrayList<>();
    for (int i = 0; i < 256; i++) {
      mail.add(t.mail("", "b@example.org"));
    }
    t.run();
    long least = QueueFixture.START + 1_200_000;
    List<Long> next = mail.stream().map(MailMessage::nextAttemptMillis).toList();
    assertThat(next).allMatch(at -> at >= least && at < least + 1_024_000);
    int[] quarters = new int[4];
    next.forEach(at -> quarters[(int) ((at - least) / 256_000)]++);
    for (int count : quarters) {
      assertThat(count).isBetween(30, 100);
    }
    QueueOptions options = t.queue("example.org").maintainer().settings().options();
    assertThat(mail.stream().map(m -> least + Disposition.fuzz(m, options)).toList())
        .isEqualTo(next);
    // one message by itself is not spread
    QueueFixture other = new QueueFixture();
    other.set("delayed_binding_domain_fuzz", "1024");
    other.method.script(BUSY);
    MailMessage single = other.mail("", "b@example.org");
    other.run();
    assertThat(single.nextAttemptMillis()).isEqualTo(least);
  }

  @Test
  void aDamagedMessageThatIsToStayIsInNoQueue() {
    t.set("unlink_on_spool_in_failure", "false");
    t.set("max_resident_active_queue", "0");
    MailMessage message = t.message("a@example.com", "b@example.org", WIRE);
    message.stored(t.spool.put(message.envelope(), message.body(), AttemptState.NEW));
    t.spool.damage(message.id());
    t.queues.enqueue(message);
    t.run();
    assertThat(t.log).isEmpty();
    assertThat(t.spool.contains(message.id())).isTrue();
    assertThat(t.queues.totalSize()).isZero();
    assertThat(t.queues.activeSize()).isZero();
    assertThat(t.queues.memory().counted()).isZero();
    // the next start tries again
    QueueFixture next =
        new QueueFixture(t.spool, true, Map.of("unlink_on_spool_in_failure", "true"));
    next.queues.spoolIn();
    next.run();
    assertThat(next.events()).contains("P 0 0 550 5.3.0 [internal] message body missing");
    assertThat(next.spool.contains(message.id())).isFalse();
  }

  private List<Optional<String>> remotes() {
    return t.log.stream()
        .flatMap(
            event ->
                event instanceof LogEvent.Failure f ? Stream.of(f.remoteAddress()) : Stream.empty())
        .toList();
  }
}
