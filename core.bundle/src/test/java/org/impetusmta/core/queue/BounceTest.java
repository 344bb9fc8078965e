package org.impetusmta.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import org.impetusmta.api.hook.ValidateSetBinding;
import org.impetusmta.api.hook.Verdict;
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
}
