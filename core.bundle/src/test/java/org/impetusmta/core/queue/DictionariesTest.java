package org.impetusmta.core.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.hook.GetMessageRoutingDomain;
import org.impetusmta.api.message.Context;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.core.message.MailMessage;
import org.impetusmta.testkit.queue.FakeDeliveryMethod.FakeConnection;
import org.impetusmta.testkit.queue.FakeDeliveryMethod.Script;
import org.impetusmta.testkit.queue.MemorySpool;
import org.impetusmta.testkit.queue.TestConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of a waiting message's dictionaries, and of what policy changes in them late. */
class DictionariesTest {
  private static final String WIRE = "Subject: test\r\n\r\nHello\r\n";

  private QueueFixture t = new QueueFixture();
  private final List<String> seen = new ArrayList<>();

  private final Script busy =
      new Script() {
        @Override
        public Optional<Reply> answer(FakeConnection connection, Message message) {
          seen.add(
              message.context().get("spam").orElse("-")
                  + " "
                  + message.connectionContext().get("pathway").orElse("-"));
          return Optional.of(new Reply(451, "4.7.1", "later"));
        }
      };

  private MailMessage message() {
    MailMessage message = t.message("a@example.com", "b@example.org", WIRE);
    Context own = new Context();
    own.set("mailfrom_string", "MAIL FROM:<a@example.com>");
    own.set("spam", "no");
    Context connection = new Context();
    connection.set("pathway", "inside");
    connection.set("connection_rcpt_count", "3");
    message.contexts(own, connection);
    return message;
  }

  private MailMessage queued() {
    MailMessage message = message();
    message.stored(
        t.spool.put(
            t.queues.envelope(message),
            message.body(),
            org.impetusmta.api.spool.Spool.AttemptState.NEW));
    t.queues.enqueue(message);
    t.run();
    return message;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theyAreReadBackWithTheBodyOrStay(boolean keep) {
    t =
        new QueueFixture(
            new MemorySpool(),
            true,
            Map.of(
                "keep_message_dicts_in_memory",
                Boolean.toString(keep),
                "drop_body_after_trans_fail",
                "0"));
    t.method.script(busy);
    MailMessage message = queued();
    assertThat(message.resident()).isFalse();
    assertThat(message.leftToSpool()).isNotEqualTo(keep);
    assertThat(message.context().get("spam"))
        .isEqualTo(keep ? Optional.of("no") : Optional.empty());
    assertThat(message.context().get("mailfrom_string")).contains("MAIL FROM:<a@example.com>");
    assertThat(message.sender().toString()).isEqualTo("a@example.com");
    assertThat(message.recipient().toString()).isEqualTo("b@example.org");
    t.advance(Duration.ofMinutes(20));
    assertThat(seen).containsExactly("no inside", "no inside");
  }

  @Test
  void whatPolicyChangesIsRewritten() {
    t.set("drop_body_after_trans_fail", "0");
    t.set("swap_out_meta_after_each_tempfail", "false");
    t.method.script(
        new Script() {
          @Override
          public Optional<Reply> answer(FakeConnection connection, Message message) {
            if (message.retries() == 0) {
              message.context().set("spam", "yes");
              message.setPriority(true);
            }
            return busy.answer(connection, message);
          }
        });
    MailMessage message = queued();
    Envelope stored = t.spool.message(message.id()).envelope();
    assertThat(stored.messageContext())
        .isEqualTo(Map.of("mailfrom_string", "MAIL FROM:<a@example.com>", "spam", "yes"));
    assertThat(stored.connectionContext())
        .isEqualTo(Map.of("pathway", "inside", "connection_rcpt_count", "3"));
    assertThat(stored.priority()).isTrue();
    assertThat(t.spool.message(message.id()).state().retries()).isEqualTo(1);
    assertThat(message.changed()).isFalse();
    assertThat(message.leftToSpool()).isTrue();
    t.advance(Duration.ofMinutes(20));
    assertThat(seen).containsExactly("yes inside", "yes inside");
    assertThat(t.spool.message(message.id()).state().retries())
        .as("nothing changed, nothing is written")
        .isEqualTo(1);
  }

  @Test
  void whatARoutingHookChangesIsRewritten() {
    GetMessageRoutingDomain hook =
        message -> {
          message.context().set("routed", "1");
          return Optional.of("elsewhere.example");
        };
    t.hooks.add(GetMessageRoutingDomain.class, hook);
    t.method.script(busy);
    MailMessage message = queued();
    assertThat(t.spool.message(message.id()).envelope().messageContext())
        .containsEntry("routed", "1");
  }

  @Test
  void lookingAtThemChangesNothing() {
    t.set("drop_body_after_trans_fail", "0");
    t.method.script(busy);
    MailMessage message = queued();
    assertThat(message.changed()).isFalse();
    assertThat(t.spool.message(message.id()).state().retries()).isEqualTo(1);
    assertThat(message.context().size()).isEqualTo(1);
    assertThat(message.changed()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void excludedKeysAreNeitherSpooledNorKept(boolean keep) {
    t =
        new QueueFixture(
            new MemorySpool(),
            true,
            Map.of(
                "keep_message_dicts_in_memory",
                Boolean.toString(keep),
                "exclude_vctx_mess",
                "_string$ ^nothing",
                "exclude_vctx_conn",
                "^path",
                "drop_body_after_trans_fail",
                "0"));
    t.method.script(busy);
    MailMessage message = message();
    message.context().set("#core_string", "kept");
    message.stored(
        t.spool.put(
            t.queues.envelope(message),
            message.body(),
            org.impetusmta.api.spool.Spool.AttemptState.NEW));
    t.queues.enqueue(message);
    t.run();
    Envelope stored = t.spool.message(message.id()).envelope();
    assertThat(stored.messageContext()).isEqualTo(Map.of("spam", "no", "#core_string", "kept"));
    assertThat(stored.connectionContext()).isEqualTo(Map.of("connection_rcpt_count", "3"));
    t.advance(Duration.ofMinutes(20));
    assertThat(seen).containsExactly("no inside", "no -");
    assertThat(message.context().get("mailfrom_string")).isEmpty();
    assertThat(message.connectionContext().get("connection_rcpt_count")).contains("3");
  }

  @Test
  void aPatternThatIsNoneIsRefused() {
    TestConfiguration next = new TestConfiguration().set("exclude_vctx_conn", "a(b");
    assertThatThrownBy(() -> t.queues.prepare(next.current()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("global: exclude_vctx_conn has \"a(b\"");
  }
}
