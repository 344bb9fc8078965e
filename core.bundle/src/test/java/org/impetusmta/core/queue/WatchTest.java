package org.impetusmta.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.queue.QueueWatch;
import org.impetusmta.api.queue.WaitingMessage;
import org.impetusmta.api.spool.Spool.AttemptState;
import org.impetusmta.core.message.MailMessage;
import org.impetusmta.testkit.queue.FakeDeliveryMethod.FakeConnection;
import org.impetusmta.testkit.queue.FakeDeliveryMethod.Script;
import org.impetusmta.testkit.queue.MemorySpool.Stored;
import org.junit.jupiter.api.Test;

/** What modules see of mail that waits, and the warnings that they have sent. */
class WatchTest {
  private final QueueFixture t = new QueueFixture();
  private final Watch watch = new Watch(t.queues);

  WatchTest() {
    t.configuration.setDomain("example.com", "suspend_delivery", "true");
    busy(t);
  }

  private static void busy(QueueFixture fixture) {
    fixture.method.script(
        new Script() {
          @Override
          public Optional<Reply> answer(FakeConnection connection, Message message) {
            return Optional.of(new Reply(450, "4.2.1", "busy"));
          }
        });
  }

  /** Calls back for each message of queues other than that of the senders. */
  private record Each(Consumer<WaitingMessage> consumer) implements QueueWatch.Visitor {
    @Override
    public boolean queue(QueueWatch.WatchedQueue queue) {
      return !queue.domain().equals("example.com");
    }

    @Override
    public void message(WaitingMessage message) {
      consumer.accept(message);
    }
  }

  private void visit(Consumer<WaitingMessage> consumer) {
    CompletableFuture<List<Each>> done = watch.visit(() -> new Each(consumer));
    t.run();
    assertThat(done).isCompleted();
  }

  private List<Boolean> warn(int number) {
    List<Boolean> answers = new ArrayList<>();
    visit(waiting -> answers.add(waiting.warnSender(number)));
    return answers;
  }

  private List<Stored> warnings() {
    return t.spool.messages().stream()
        .filter(stored -> stored.envelope().protocol().equals("internal"))
        .toList();
  }

  @Test
  void allThatWaitsIsSeenOnce() {
    t.configuration.setDomain("idle.test", "suspend_delivery", "true");
    int each = Watch.SLICE + 5_000;
    for (int i = 0; i < each; i++) {
      t.mail("a@example.com", "b@idle.test");
    }
    for (int i = 0; i < each; i++) {
      t.mail("a@example.com", "b@busy" + i % 3 + ".test");
    }
    t.run();
    Map<MessageId, Boolean> seen = new HashMap<>();
    visit(
        waiting -> {
          assertThat(seen.put(waiting.message().id(), waiting.delayed())).isNull();
          assertThat(waiting.nextAttempt())
              .isEqualTo(
                  waiting.delayed()
                      ? Instant.ofEpochMilli(QueueFixture.START).plusSeconds(1200)
                      : Instant.EPOCH);
        });
    assertThat(seen).hasSize(2 * each);
    assertThat(seen.values().stream().filter(delayed -> delayed)).hasSize(each);
  }

  @Test
  void theSenderIsWarnedAndTheMessageRemembersIt() {
    MailMessage message = t.mail("a@example.com", "b@example.org");
    t.run();
    t.advance(Duration.ofHours(1));
    t.events();
    assertThat(warn(1)).containsExactly(true);
    assertThat(t.events()).containsExactly("R internal");
    Stored warning = warnings().getFirst();
    assertThat(warning.envelope().sender().isNull()).isTrue();
    assertThat(warning.envelope().recipient()).hasToString("a@example.com");
    assertThat(new String(warning.body().toByteArray(), StandardCharsets.US_ASCII))
        .contains("Subject: Mail Delivery Delayed\r\n")
        .contains("Action: delayed\r\nStatus: 4.2.1\r\nDiagnostic-Code: smtp; 450 4.2.1 busy\r\n")
        .contains("Will-Retry-Until: Wed, 15 Nov 2023 22:13:20 +0000\r\n")
        .contains("Subject: test\r\n");
    assertThat(t.spool.message(message.id()).envelope().messageContext())
        .containsEntry("#delay_dsn_count", "1")
        .containsEntry("#delay_dsn_sent", Long.toString(t.clock.millis() / 1000));
    assertThat(t.spool.message(message.id()).state().retries()).isEqualTo(message.retries());
    visit(
        waiting -> {
          assertThat(waiting.warnings()).isEqualTo(1);
          assertThat(waiting.lastWarning()).contains(t.clock.instant());
        });
  }

  @Test
  void aRestartForgetsNothing() {
    MailMessage message = t.mail("a@example.com", "b@example.org");
    t.run();
    warn(3);
    QueueFixture later = new QueueFixture(t.spool, true);
    later.configuration.set("suspend_delivery", "true");
    later.queues.spoolIn();
    later.run();
    List<Integer> counts = new ArrayList<>();
    new Watch(later.queues).visit(() -> new Each(waiting -> counts.add(waiting.warnings())));
    later.run();
    assertThat(counts).containsExactly(3);
    assertThat(later.spool.contains(message.id())).isTrue();
  }

  @Test
  void aNullSenderIsNeverWarned() {
    t.mail("", "b@example.org");
    t.run();
    assertThat(warn(1)).containsExactly(false);
    assertThat(warnings()).isEmpty();
    visit(waiting -> assertThat(waiting.warnings()).isZero());
  }

  @Test
  void whatIsDeliveredMeanwhileIsNotWarnedAbout() {
    MailMessage message = t.mail("a@example.com", "b@example.org");
    t.run();
    BounceLine line = t.queue("example.org").home().bounceLine();
    t.scheduler.pool("IO").hold(true);
    assertThat(warn(1)).containsExactly(true);
    assertThat(line.size()).isEqualTo(1);
    t.method.script(
        new Script() {
          @Override
          public Optional<Reply> answer(FakeConnection connection, Message m) {
            return Optional.of(new Reply(250, "2.0.0", "OK"));
          }
        });
    t.advance(Duration.ofHours(1));
    assertThat(t.spool.contains(message.id())).isFalse();
    t.scheduler.pool("IO").hold(false);
    t.run();
    t.assertEmpty();
    assertThat(line.size()).isZero();
  }

  @Test
  void whatFailsMeanwhileGetsItsBounceAlone() {
    t.mail("a@example.com", "b@example.org");
    t.run();
    t.scheduler.pool("IO").hold(true);
    assertThat(warn(1)).containsExactly(true);
    t.queue("example.org").maintainer().sweeps().all(new Reply(550, "5.0.0", "no"), false);
    t.run();
    t.scheduler.pool("IO").hold(false);
    t.run();
    assertThat(warnings()).hasSize(1);
    assertThat(new String(warnings().getFirst().body().toByteArray(), StandardCharsets.US_ASCII))
        .contains("Action: failed");
  }

  @Test
  void aWarningThatCannotBeStoredDoesNotCount() {
    MailMessage message = t.mail("a@example.com", "b@example.org");
    t.run();
    t.spool.failStores(1);
    assertThat(warn(1)).containsExactly(true);
    assertThat(warnings()).isEmpty();
    visit(waiting -> assertThat(waiting.warnings()).isZero());
    assertThat(t.spool.message(message.id()).envelope().messageContext())
        .containsEntry("#delay_dsn_count", "0");
    assertThat(warn(1)).containsExactly(true);
    assertThat(warnings()).hasSize(1);
  }

  @Test
  void warningsPassTheSameBoundsAsBounces() {
    t.configuration.setDomain("idle.test", "suspend_delivery", "true");
    int count = BounceLine.MOST_JOBS + BounceLine.MOST_WAITING + 100;
    for (int i = 0; i < count; i++) {
      t.mail("a@example.com", "b@idle.test");
    }
    t.run();
    t.scheduler.pool("IO").hold(true);
    List<Boolean> answers = warn(1);
    assertThat(answers).hasSize(count);
    assertThat(answers.stream().filter(sent -> !sent)).hasSize(100);
    t.scheduler.pool("IO").hold(false);
    t.run();
    assertThat(warnings()).hasSize(count - 100);
  }

  @Test
  void dictionariesThatAreInTheSpoolAloneKeepWhatTheyHave() {
    t.set("max_resident_active_queue", "0");
    t.set("drop_body_after_trans_fail", "0");
    MailMessage message = t.message("a@example.com", "b@example.org", "Subject: x\r\n\r\n");
    message.context().set("policy", "said");
    message.stored(t.spool.put(message.envelope(), message.body(), AttemptState.NEW));
    t.queues.enqueue(message);
    t.run();
    assertThat(message.leftToSpool()).isTrue();
    t.spool.failStores(1);
    assertThat(warn(1)).containsExactly(true);
    assertThat(warnings()).isEmpty();
    assertThat(message.warnings()).isZero();
    assertThat(warn(1)).containsExactly(true);
    assertThat(warnings()).hasSize(1);
    assertThat(message.warnings()).isEqualTo(1);
    assertThat(t.spool.message(message.id()).envelope().messageContext())
        .containsEntry("policy", "said")
        .containsEntry("#delay_dsn_count", "1");
    visit(waiting -> assertThat(waiting.warned(2)).isTrue());
    assertThat(warnings()).hasSize(1);
    assertThat(t.spool.message(message.id()).envelope().messageContext())
        .containsEntry("policy", "said")
        .containsEntry("#delay_dsn_count", "2");
    assertThat(message.leftToSpool()).isTrue();
  }

  @Test
  void aVisitorThatFailsEndsItsWalk() {
    t.mail("a@example.com", "b@example.org");
    t.run();
    CompletableFuture<List<Each>> done =
        watch.visit(
            () ->
                new Each(
                    waiting -> {
                      throw new IllegalStateException("broken");
                    }));
    t.run();
    assertThat(done).isCompletedExceptionally();
  }
}
