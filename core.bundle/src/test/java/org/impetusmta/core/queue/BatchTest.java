package org.impetusmta.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.spool.Spool.AttemptState;
import org.impetusmta.core.message.MailMessage;
import org.impetusmta.testkit.queue.FakeDeliveryMethod.FakeConnection;
import org.impetusmta.testkit.queue.FakeDeliveryMethod.Script;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What leaves in one transaction: messages of one reception with the same octets. */
class BatchTest {
  private static final Reply OK = new Reply(250, "2.0.0", "OK");
  private static final String WIRE = "Subject: batch\r\n\r\nHello\r\n";

  private final QueueFixture t = new QueueFixture();

  private static class Batching implements Script {
    @Override
    public boolean batches() {
      return true;
    }
  }

  @BeforeEach
  void takeBatches() {
    t.method.script(new Batching());
    t.set("max_outbound_connections", "1");
  }

  private static String[] recipients(int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> "u" + i + "@example.org").toArray(String[]::new);
  }

  /** What left together, by local parts. */
  private List<List<String>> transactions() {
    return t.method.connections().stream()
        .flatMap(c -> c.transactions().stream())
        .map(b -> b.stream().map(m -> m.recipient().localpart()).toList())
        .toList();
  }

  private List<Integer> sizes() {
    return transactions().stream().map(List::size).toList();
  }

  private static Body body(String wire) {
    return Body.of(wire.getBytes(StandardCharsets.ISO_8859_1));
  }

  @ParameterizedTest
  @CsvSource({"100, '50'", "50, '50'", "20, '20 20 10'", "49, '49 1'"})
  void oneReceptionLeavesInTransactionsOfTheLimit(int most, String expected) {
    t.set("max_recipients_per_batch", Integer.toString(most));
    t.batch("a@example.com", recipients(0, 50));
    t.run();
    assertThat(sizes())
        .isEqualTo(Arrays.stream(expected.split(" ")).map(Integer::valueOf).toList());
    assertThat(t.events()).hasSize(50).allMatch(e -> e.equals("D 192.0.2.1"));
    assertThat(t.counters.delivered.sum()).isEqualTo(50);
    t.assertEmpty();
  }

  @Test
  void oneRecipientAloneSwitchesItOff() {
    t.set("max_recipients_per_batch", "1");
    t.batch("a@example.com", recipients(0, 3));
    t.run();
    assertThat(sizes()).containsExactly(1, 1, 1);
  }

  @Test
  void theLimitIsThatOfTheDomain() {
    t.configuration.setDomain("example.org", "max_recipients_per_batch", "2");
    t.queues.commit(t.configuration.current());
    t.batch("a@example.com", "1@example.org", "2@example.net", "3@example.org", "4@example.net");
    t.batch("a@example.com", "5@example.org", "6@example.org", "7@example.org");
    t.run();
    assertThat(transactions())
        .containsExactlyInAnyOrder(
            List.of("1", "3"), List.of("2", "4"), List.of("5", "6"), List.of("7"));
    t.assertEmpty();
  }

  @Test
  void onlyTheSameReceptionGoesTogether() {
    t.mail("a@example.com", "1@example.org");
    t.mail("a@example.com", "2@example.org");
    t.batch("a@example.com", "3@example.org", "4@example.org");
    t.batch("a@example.com", "5@example.org", "6@example.org");
    t.run();
    assertThat(transactions())
        .containsExactly(List.of("1"), List.of("2"), List.of("3", "4"), List.of("5", "6"));
  }

  @Test
  void anotherSenderOrAnotherBodyGoesApart() {
    MessageId batch = t.ids.next();
    Body shared = body(WIRE);
    t.store(t.message(batch, "a@example.com", "1@example.org", shared));
    t.store(t.message(batch, "a@example.com", "2@example.org", shared));
    t.store(t.message(batch, "b@example.com", "3@example.org", shared));
    t.store(t.message(batch, "a@example.com", "4@example.org", body("X: y\r\n" + WIRE)));
    t.run();
    assertThat(transactions()).containsExactly(List.of("1", "2"), List.of("3"), List.of("4"));
    t.assertEmpty();
  }

  // ---- expensive_batch_assessment

  /** Edited alike by a module: equal octets that are stored apart. */
  @ParameterizedTest
  @CsvSource({"false, -1", "true, -1", "false, 0", "true, 0"})
  void equalOctetsGoTogetherIfTheyAreLookedAt(boolean expensive, int residentLimit) {
    t.set("max_resident_active_queue", Integer.toString(residentLimit));
    t.set("expensive_batch_assessment", Boolean.toString(expensive));
    MessageId batch = t.ids.next();
    for (int i = 0; i < 40; i++) {
      t.store(t.message(batch, "a@example.com", i + "@example.org", body("DKIM: 1\r\n" + WIRE)));
    }
    t.store(t.message(batch, "a@example.com", "x@example.org", body("DKIM: 2\r\n" + WIRE)));
    t.mail("a@example.com", "y@example.org", "DKIM: 1\r\n" + WIRE);
    t.run();
    if (expensive) {
      assertThat(sizes()).containsExactly(40, 1, 1);
    } else {
      assertThat(sizes()).hasSize(42).containsOnly(1);
    }
    t.assertEmpty();
  }

  // ---- bodies that are not in memory

  @ParameterizedTest
  @ValueSource(ints = {0, 10})
  void aBatchIsReadOnce(int resident) {
    t.set("max_resident_active_queue", Integer.toString(resident));
    t.batch("a@example.com", recipients(0, 50));
    t.run();
    assertThat(sizes()).containsExactly(50);
    assertThat(t.spool.reads()).isEqualTo(resident == 0 ? 1 : 0);
    t.assertEmpty();
  }

  @Test
  void aBatchBeyondTheLimitIsReadOncePerTransaction() {
    t.set("max_resident_active_queue", "0");
    t.batch("a@example.com", recipients(0, 250));
    t.run();
    assertThat(sizes()).containsExactly(100, 100, 50);
    assertThat(t.spool.reads()).isLessThanOrEqualTo(3);
    t.assertEmpty();
  }

  @Test
  void whatAnEarlierProcessLeftGoesTogether() {
    t.set("suspend_delivery", "true");
    Body body = body(WIRE);
    MessageId batch = t.ids.next();
    for (String recipient : recipients(0, 50)) {
      t.spool.put(
          t.message(batch, "a@example.com", recipient, body).envelope(), body, AttemptState.NEW);
    }
    var done = t.queues.spoolIn();
    t.run();
    assertThat(done).isCompleted();
    t.set("suspend_delivery", "false");
    assertThat(sizes()).containsExactly(50);
    assertThat(t.spool.reads()).isEqualTo(1);
    t.assertEmpty();
  }

  @Test
  void aDamagedBodyFailsEachOfItsMessages() {
    t.set("max_resident_active_queue", "0");
    List<MailMessage> batch = t.batch("a@example.com", recipients(0, 5));
    batch.forEach(m -> t.spool.damage(m.id()));
    t.run();
    assertThat(t.events().stream().filter(e -> e.startsWith("P 0 0 550 5.3.0"))).hasSize(5);
  }

  /** Bodies that stay in their file are let go with the last message that has them. */
  @Test
  void aBodyInItsFileIsLetGoByTheLastOfTheBatch() {
    t.spool.mapping();
    t.set("max_resident_active_queue", "0");
    List<Integer> held = new ArrayList<>();
    t.method.script(
        new Batching() {
          @Override
          public Optional<Reply> answer(FakeConnection connection, Message message) {
            held.add(t.spool.held());
            return Optional.of(
                switch (message.recipient().localpart()) {
                  case "u1" -> new Reply(450, "4.2.0", "later");
                  case "u2" -> new Reply(550, "5.1.1", "who?");
                  default -> OK;
                });
          }
        });
    t.batch("", recipients(0, 5));
    t.run();
    assertThat(sizes()).containsExactly(5);
    assertThat(held).containsExactly(1, 1, 1, 1, 1);
    assertThat(t.spool.held()).isZero();
    t.method.script(new Batching());
    t.advance(Duration.ofMinutes(21));
    assertThat(t.spool.reads()).isEqualTo(2);
    t.assertEmpty();
  }

  // ---- answers

  @Test
  void eachIsAnsweredForItself() {
    t.method.script(
        new Batching() {
          @Override
          public Optional<Reply> answer(FakeConnection connection, Message message) {
            return Optional.of(
                switch (message.recipient().localpart()) {
                  case "1" -> new Reply(550, "5.1.1", "who?");
                  case "2" -> new Reply(450, "4.2.0", "later");
                  default -> OK;
                });
          }
        });
    t.batch("", "0@example.org", "1@example.org", "2@example.org", "3@example.org");
    t.run();
    assertThat(sizes()).containsExactly(4);
    assertThat(t.events())
        .containsExactlyInAnyOrder(
            "D 192.0.2.1", "P 9 0 550 5.1.1 who?", "T 9 0 450 4.2.0 later", "D 192.0.2.1");
    assertThat(t.queues.delayedSize()).isEqualTo(1);
    t.method.script(new Batching());
    t.advance(Duration.ofMinutes(21));
    assertThat(t.events()).containsExactly("D 192.0.2.1");
    t.assertEmpty();
  }

  /** All failed alike: they come back together. */
  @Test
  void aBatchThatFailedIsABatchAgain() {
    t.set("drop_body_after_trans_fail", "0");
    t.method.script(
        new Batching() {
          @Override
          public Optional<Reply> answer(FakeConnection connection, Message message) {
            return Optional.of(new Reply(450, "4.2.0", "later"));
          }
        });
    t.batch("a@example.com", recipients(0, 30));
    t.run();
    assertThat(sizes()).containsExactly(30);
    t.method.script(new Batching());
    t.advance(Duration.ofMinutes(21));
    assertThat(sizes()).containsExactly(30, 30);
    assertThat(t.spool.reads()).isEqualTo(1);
    t.assertEmpty();
  }

  @Test
  void aConnectionThatBreaksGivesAllBackOnce() {
    t.method.script(
        new Script() {
          @Override
          public boolean manual() {
            return true;
          }
        });
    t.mail("a@example.com", "before@example.org");
    List<MailMessage> batch = t.batch("a@example.com", recipients(0, 10));
    t.run();
    FakeConnection first = t.method.last();
    first.byHandConnected();
    first.byHandNext();
    first.byHandSiblings();
    t.run();
    assertThat(first.taken()).hasSize(1);
    first.byHandAnswer(OK);
    first.byHandNext();
    first.byHandSiblings();
    t.run();
    assertThat(first.taken()).hasSize(10);
    assertThat(t.queue("example.org").inFlightSize()).isEqualTo(10);
    t.method.script(new Batching());
    first.byHandClose(
        org.impetusmta.api.delivery.Stage.MAIL_FROM, Optional.of(new Reply(421, "4.3.2", "bye")));
    t.run();
    t.advance(Duration.ofMinutes(1));
    assertThat(transactions()).hasSize(1);
    assertThat(transactions().getFirst())
        .isEqualTo(batch.stream().map(m -> m.recipient().localpart()).toList());
    t.assertEmpty();
  }

  @Test
  void deliveriesOfAConnectionAreMessages() {
    t.set("max_deliveries_per_connection", "5");
    t.batch("a@example.com", recipients(0, 12));
    t.run();
    assertThat(sizes()).containsExactly(5, 5, 2);
    assertThat(t.method.connections()).hasSize(3);
    t.assertEmpty();
  }

  @Test
  void aConnectionThatIsToQuitTakesNoMore() {
    t.method.script(
        new Script() {
          @Override
          public boolean manual() {
            return true;
          }
        });
    t.batch("a@example.com", recipients(0, 10));
    t.run();
    FakeConnection connection = t.method.last();
    connection.byHandConnected();
    connection.byHandNext();
    t.run();
    t.set("suspend_delivery", "true");
    connection.byHandSiblings();
    t.run();
    assertThat(connection.taken()).hasSize(1);
    assertThat(t.queue("example.org").activeSize()).isEqualTo(9);
  }

  @Test
  void nobodyGetsWhatExpiredMeanwhile() {
    t.set("never_attempt_expired_messages", "true");
    t.set("message_expiration", "60");
    t.set("suspend_delivery", "true");
    t.batch("", recipients(0, 5));
    t.run();
    t.advance(Duration.ofMinutes(5));
    t.set("suspend_delivery", "false");
    t.run();
    assertThat(transactions()).isEmpty();
    assertThat(t.events()).hasSize(5).allMatch(e -> e.startsWith("P 0 0 554 5.4.5"));
    t.assertEmpty();
  }
}
