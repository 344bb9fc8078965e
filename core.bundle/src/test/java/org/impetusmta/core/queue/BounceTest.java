package org.impetusmta.core.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.hook.GenerateBounces;
import org.impetusmta.api.hook.GenerateRfc3464MessagePreamble;
import org.impetusmta.api.hook.GenerateRfc3464MessagePreamble.Preamble;
import org.impetusmta.api.hook.PostGenerateRfc3464Message;
import org.impetusmta.api.hook.ValidateSetBinding;
import org.impetusmta.api.hook.Verdict;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.Reply;
import org.impetusmta.core.message.MailMessage;
import org.impetusmta.testkit.queue.FakeDeliveryMethod.FakeConnection;
import org.impetusmta.testkit.queue.FakeDeliveryMethod.Script;
import org.impetusmta.testkit.queue.MemorySpool.Stored;
import org.junit.jupiter.api.Test;

/** What happens to mail that fails for good. */
class BounceTest {
  private static final Reply NO_USER = new Reply(550, "5.1.1", "no such user");

  private final QueueFixture t = new QueueFixture();

  BounceTest() {
    t.method.script(
        new Script() {
          @Override
          public Optional<Reply> answer(FakeConnection connection, Message message) {
            return Optional.of(
                connection.delivery().domain().equals("example.org")
                    ? NO_USER
                    : new Reply(250, "2.0.0", "OK"));
          }
        });
  }

  @Test
  void theSenderIsTold() {
    t.set("suspend_delivery", "false");
    t.configuration.setDomain("example.com", "suspend_delivery", "true");
    t.mail("a@example.com", "b@example.org");
    t.run();
    assertThat(t.events()).containsExactly("R internal", "P 9 0 550 5.1.1 no such user");
    assertThat(t.spool.messages()).hasSize(1);
    Stored bounce = t.spool.messages().getFirst();
    assertThat(bounce.envelope().sender().isNull()).isTrue();
    assertThat(bounce.envelope().recipient()).hasToString("a@example.com");
    assertThat(bounce.envelope().protocol()).isEqualTo("internal");
    assertThat(bounce.envelope().connectionId().bits()).isZero();
    assertThat(new String(bounce.body().toByteArray(), StandardCharsets.US_ASCII))
        .contains("From: Mail Delivery System <mailer-daemon@mta.example>\r\n")
        .contains("Remote-MTA: dns; 192.0.2.1\r\n")
        .contains("Subject: test\r\n")
        .doesNotContain("Hello");
    assertThat(t.queues.totalSize()).isEqualTo(1);
    t.configuration.setDomain("example.com", "suspend_delivery", "false");
    t.queues.commit(t.configuration.current());
    t.run();
    assertThat(t.events()).containsExactly("D 192.0.2.1");
    t.assertEmpty();
  }

  @Test
  void aNullSenderIsNever() {
    t.mail("", "b@example.org");
    t.run();
    assertThat(t.events()).containsExactly("P 9 0 550 5.1.1 no such user");
    t.assertEmpty();
  }

  @Test
  void aBounceThatFailsIsNotBounced() {
    t.mail("a@example.org", "b@example.org");
    t.run();
    assertThat(t.events())
        .containsExactly(
            "R internal", "P 9 0 550 5.1.1 no such user", "P 9 0 550 5.1.1 no such user");
    t.assertEmpty();
  }

  @Test
  void noBounceWhereItIsSwitchedOff() {
    t.set("generate_bounces", "false");
    t.mail("a@example.com", "b@example.org");
    t.run();
    assertThat(t.events()).containsExactly("P 9 0 550 5.1.1 no such user");
    t.assertEmpty();
  }

  @Test
  void theOriginalStaysUntilTheBounceIsDurable() {
    t.spool.failStores(2);
    MailMessage message = t.mail("a@example.com", "b@example.org");
    t.run();
    assertThat(t.events()).isEmpty();
    assertThat(t.spool.contains(message.id())).isTrue();
    assertThat(t.queues.totalSize()).isEqualTo(1);
    t.advance(Duration.ofSeconds(60));
    assertThat(t.spool.contains(message.id())).isTrue();
    t.advance(Duration.ofSeconds(60));
    assertThat(t.events())
        .containsExactly("R internal", "P 9 0 550 5.1.1 no such user", "D 192.0.2.1");
    t.assertEmpty();
  }

  @Test
  void optionsShapeIt() {
    t.set("mailerdaemon", "postmaster@corp.example");
    t.set("bounces_inline_original", "all");
    t.configuration.setDomain("example.com", "suspend_delivery", "true");
    t.mail("a@example.com", "b@example.org", "Subject: x\r\n\r\ncaf\u00e9\r\n");
    t.run();
    Stored bounce = t.spool.messages().getFirst();
    assertThat(bounce.envelope().eightBitMime()).isTrue();
    assertThat(new String(bounce.body().toByteArray(), StandardCharsets.ISO_8859_1))
        .contains("<postmaster@corp.example>")
        .contains("\r\n\r\ncaf\u00e9\r\n");
  }

  @Test
  void aDamagedBodyFailsTheMailWithoutIt() {
    t.set("max_resident_active_queue", "0");
    t.configuration.setDomain("example.com", "suspend_delivery", "true");
    MailMessage message = t.mail("a@example.com", "b@example.org");
    t.spool.damage(message.id());
    t.run();
    assertThat(t.events())
        .containsExactly("R internal", "P 0 0 550 5.3.0 [internal] message body missing");
    assertThat(
            new String(
                t.spool.messages().getFirst().body().toByteArray(), StandardCharsets.US_ASCII))
        .contains("Diagnostic-Code: x-impetus; 550 5.3.0 [internal] message body missing\r\n")
        .doesNotContain("rfc822-headers");
  }

  @Test
  void theBouncesBindingIsChosenByPolicy() {
    t.configuration.binding("bounces", "slow");
    t.hooks.add(
        ValidateSetBinding.class,
        message -> {
          message.setBinding("bounces", "slow");
          return Verdict.CONTINUE;
        });
    t.configuration.setDomain("example.com", "suspend_delivery", "true");
    t.mail("a@example.com", "b@example.org");
    t.run();
    assertThat(t.spool.messages().getFirst().envelope().binding()).isEqualTo("slow");
    assertThat(t.queue("example.com").binding()).isEqualTo("slow");
  }

  @Test
  void mailThatIsNotQueuedFailsWithANotificationForTheCallerToStore() {
    Reply unwanted = new Reply(550, "5.7.1", "unwanted");
    MailMessage refused = t.message("a@example.com", "b@example.net", "Subject: x\r\n\r\n");
    MailMessage bounce = t.queues.notification(refused, unwanted).orElseThrow();
    assertThat(bounce.sender().isNull()).isTrue();
    assertThat(bounce.recipient()).hasToString("a@example.com");
    assertThat(new String(bounce.body().toByteArray(), StandardCharsets.US_ASCII))
        .contains("Final-Recipient: rfc822; b@example.net\r\n")
        .contains("Diagnostic-Code: x-impetus; 550 5.7.1 unwanted\r\n")
        .contains("Subject: x\r\n");
    assertThat(t.queues.notification(t.message("", "b@example.net", "\r\n"), unwanted)).isEmpty();
    t.set("generate_bounces", "false");
    assertThat(t.queues.notification(refused, unwanted)).isEmpty();
    t.assertEmpty();
  }

  // ---- mdn_failures_notify ----

  private Stored only(String recipient) {
    return t.spool.messages().stream()
        .filter(stored -> stored.envelope().recipient().toString().equals(recipient))
        .reduce(
            (one, another) -> {
              throw new AssertionError("more than one");
            })
        .orElseThrow();
  }

  @Test
  void failedMailWithoutASenderIsReportedToTheOperatorsMailbox() {
    t.set("mdn_failures_notify", "postmaster@example.com");
    t.configuration.setDomain("example.com", "suspend_delivery", "true");
    t.mail("", "b@example.org");
    t.run();
    assertThat(t.events()).containsExactly("R internal", "P 9 0 550 5.1.1 no such user");
    Stored report = only("postmaster@example.com");
    assertThat(report.envelope().sender().isNull()).isTrue();
    assertThat(report.envelope().messageContext()).containsEntry("#mdn", "mdn_failures_notify");
    assertThat(new String(report.body().toByteArray(), StandardCharsets.US_ASCII))
        .contains("To: postmaster@example.com\r\n")
        .contains("Final-Recipient: rfc822; b@example.org\r\n");
  }

  @Test
  void aBounceThatFailsIsReportedToTheOperatorsMailboxOnceAndItsReportNever() {
    t.set("mdn_failures_notify", "postmaster@example.org");
    t.mail("a@example.org", "b@example.org");
    t.run();
    // the bounce, the report of its failure; that fails too and nobody hears of it
    assertThat(t.events())
        .containsExactly(
            "R internal",
            "P 9 0 550 5.1.1 no such user",
            "R internal",
            "P 9 0 550 5.1.1 no such user",
            "P 9 0 550 5.1.1 no such user");
    t.assertEmpty();
  }

  @Test
  void theMarkSurvivesARestartAndAnotherMailbox() {
    t.set("mdn_failures_notify", "postmaster@example.com");
    t.configuration.setDomain("example.com", "suspend_delivery", "true");
    t.mail("", "b@example.org");
    t.run();
    QueueFixture later = new QueueFixture(t.spool, true);
    later.method.script(
        new Script() {
          @Override
          public Optional<Reply> answer(FakeConnection connection, Message message) {
            return Optional.of(NO_USER);
          }
        });
    later.set("mdn_failures_notify", "other@example.com");
    later.queues.spoolIn();
    later.run();
    assertThat(later.events()).containsExactly("P 9 0 550 5.1.1 no such user");
    later.assertEmpty();
  }

  @Test
  void generateBouncesSwitchesThatOffToo() {
    t.set("mdn_failures_notify", "postmaster@example.com");
    t.set("generate_bounces", "false");
    t.mail("", "b@example.org");
    t.run();
    assertThat(t.events()).containsExactly("P 9 0 550 5.1.1 no such user");
    t.assertEmpty();
  }

  @Test
  void mdnFailuresNotifyIsAnAddress() {
    t.configuration.set("mdn_failures_notify", "postmaster");
    assertThatThrownBy(() -> t.queues.prepare(t.configuration.current()))
        .isInstanceOf(ConfigException.class)
        .hasMessage("global: mdn_failures_notify is \"postmaster\"; expected local-part@domain");
  }

  // ---- many at once ----

  @Test
  void howeverManyFailAFewAreInHand() {
    t.set("suspend_delivery", "true");
    int count = 5_000;
    for (int i = 0; i < count; i++) {
      t.mail("a@example.com", "b@example.org");
    }
    t.run();
    t.scheduler.pool("IO").hold(true);
    CompletableFuture<Integer> failed =
        t.queue("example.org").maintainer().sweeps().all(NO_USER, false);
    t.run();
    BounceLine line = t.queue("example.org").home().bounceLine();
    assertThat(t.scheduler.pool("IO").waiting()).isEqualTo(BounceLine.MOST_JOBS);
    assertThat(line.size()).isBetween(1_024, BounceLine.MOST_JOBS + BounceLine.MOST_WAITING);
    assertThat(t.queue("example.org").waiting()).isGreaterThan(count - 2 * 1_024);
    assertThat(t.queues.residency().resident()).isLessThan(300);
    t.scheduler.pool("IO").hold(false);
    t.run();
    assertThat(failed).isCompletedWithValue(count);
    assertThat(line.size()).isZero();
    List<Stored> left = t.spool.messages();
    assertThat(left).hasSize(count).allMatch(stored -> stored.envelope().sender().isNull());
    assertThat(t.events()).filteredOn(event -> event.startsWith("P")).hasSize(count);
  }

  @Test
  void largeOriginalsAreReadFewAtATime() {
    t.set("suspend_delivery", "true");
    t.set("max_resident_active_queue", "0");
    String large = "Subject: x\r\n\r\n" + ("y".repeat(998) + "\r\n").repeat(4_000);
    for (int i = 0; i < 20; i++) {
      t.mail("a@example.com", "b@example.org", large);
    }
    t.run();
    t.scheduler.pool("IO").hold(true);
    t.queue("example.org").maintainer().sweeps().all(NO_USER, false);
    t.run();
    assertThat(t.scheduler.pool("IO").waiting()).isEqualTo(4);
    t.scheduler.pool("IO").hold(false);
    t.run();
    assertThat(t.spool.messages()).hasSize(20).allMatch(m -> m.envelope().sender().isNull());
  }

  @Test
  void finishedBouncesAreQueuedAFewInATurn() {
    t.set("suspend_delivery", "true");
    t.set("soft_bounce_drain_rate", "2");
    for (int i = 0; i < 20; i++) {
      t.mail("a@example.com", "b@example.org");
    }
    t.run();
    MailQueue queue = t.queue("example.org");
    List<Integer> logged = new ArrayList<>();
    queue.maintainer().sweeps().all(NO_USER, false);
    turns(queue, logged, 500);
    t.run();
    assertThat(logged.getLast()).isEqualTo(20);
    for (int i = 1; i < logged.size(); i++) {
      assertThat(logged.get(i) - logged.get(i - 1)).isLessThanOrEqualTo(2);
    }
  }

  /** Notes after each turn of the loop how many bounces were queued by then. */
  private void turns(MailQueue queue, List<Integer> logged, int left) {
    logged.add((int) t.log.stream().filter(LogEvent.Reception.class::isInstance).count());
    if (left > 0) {
      queue.home().loop().execute(() -> turns(queue, logged, left - 1));
    }
  }

  @Test
  void withoutAsyncRenderingWhatIsResidentIsComposedOnTheLoop() {
    t.set("async_bounce_rendering", "false");
    t.configuration.setDomain("example.com", "suspend_delivery", "true");
    t.scheduler.pool("IO").hold(true);
    t.mail("a@example.com", "b@example.org");
    t.run();
    assertThat(t.events()).containsExactly("R internal", "P 9 0 550 5.1.1 no such user");
    // what lies on the disk has to be read, for which no loop waits
    t.set("max_resident_active_queue", "0");
    t.configuration.setDomain("example.org", "suspend_delivery", "true");
    t.mail("a@example.com", "c@example.org");
    t.run();
    t.queue("example.org").maintainer().sweeps().all(NO_USER, false);
    t.run();
    assertThat(t.events()).isEmpty();
    t.scheduler.pool("IO").hold(false);
    t.run();
    assertThat(t.events()).containsExactly("R internal", "P 0 0 550 5.1.1 no such user");
    // where nothing is quoted nothing is read
    t.scheduler.pool("IO").hold(true);
    t.set("bounces_inline_original", "none");
    t.mail("a@example.com", "d@example.org");
    t.run();
    t.queue("example.org").maintainer().sweeps().all(NO_USER, false);
    t.run();
    assertThat(t.events()).containsExactly("R internal", "P 0 0 550 5.1.1 no such user");
  }

  @Test
  void whatIsNotMadeWhenTheServerStopsIsLeftToTheNext() {
    t.set("suspend_delivery", "true");
    int count = 600;
    for (int i = 0; i < count; i++) {
      t.mail("a@example.com", "b@example.org");
    }
    t.run();
    t.scheduler.pool("IO").hold(true);
    t.queue("example.org").maintainer().sweeps().all(NO_USER, false);
    t.run();
    CompletableFuture<Void> stopped = t.queues.beginStop();
    t.run();
    assertThat(stopped).isNotDone();
    t.scheduler.pool("IO").hold(false);
    t.run();
    assertThat(stopped).isDone();
    assertThat(t.spool.messages()).hasSize(count);
    assertThat(t.spool.messages().stream().filter(m -> !m.envelope().sender().isNull()))
        .hasSize(count - BounceLine.MOST_JOBS);
  }

  // ---- hooks ----

  @Test
  void policyDecidesWritesAndMarks() {
    t.hooks.add(GenerateBounces.class, failed -> Optional.of(failed.size() > 0));
    t.hooks.add(
        GenerateRfc3464MessagePreamble.class,
        (original, action) -> Optional.of(new Preamble("Sorry, " + action, true)));
    t.hooks.add(
        PostGenerateRfc3464Message.class,
        (original, notification, action) ->
            notification.context().set("about", original.id().toString()));
    t.set("generate_bounces", "false");
    t.configuration.setDomain("example.com", "suspend_delivery", "true");
    MailMessage message = t.mail("a@example.com", "b@example.org");
    t.run();
    Stored bounce = t.spool.messages().getFirst();
    assertThat(bounce.envelope().messageContext()).containsEntry("about", message.id().toString());
    assertThat(new String(bounce.body().toByteArray(), StandardCharsets.US_ASCII))
        .contains("\r\n\r\nSorry, FAILED\r\n")
        .doesNotContain("This is the mail system");
    t.events();
    t.hooks.add(GenerateBounces.class, failed -> Optional.of(false));
    t.mail("a@example.com", "b@example.org");
    t.run();
    assertThat(t.events()).containsExactly("P 9 0 550 5.1.1 no such user");
  }
}
