package org.impetusmta.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.hook.GetMessageRoutingDomain;
import org.impetusmta.api.hook.VetoHostConnection;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.message.Reply;
import org.impetusmta.core.message.MailMessage;
import org.impetusmta.testkit.queue.FakeDeliveryMethod.FakeConnection;
import org.impetusmta.testkit.queue.FakeDeliveryMethod.Script;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** From enqueue to disposition: connections, idling, giving back, failing. */
class DeliveryTest {
  private static final Reply BUSY = new Reply(451, "4.7.1", "try later");

  private final QueueFixture t = new QueueFixture();

  private static Script answering(Reply reply) {
    return new Script() {
      @Override
      public Optional<Reply> answer(FakeConnection connection, Message message) {
        return Optional.of(reply);
      }
    };
  }

  private static Script refusing() {
    return new Script() {
      @Override
      public Optional<Reply> connect(FakeConnection connection) {
        return Optional.of(new Reply(451, "4.4.1", "[internal] connection refused"));
      }
    };
  }

  private void byHand() {
    t.method.script(
        new Script() {
          @Override
          public boolean manual() {
            return true;
          }
        });
  }

  @Test
  void deliveredMailIsLoggedAndUnlinked() {
    t.mail("a@example.com", "b@Example.ORG");
    assertThat(t.queues.totalSize()).isEqualTo(1);
    t.run();
    LogEvent.Delivery delivery = (LogEvent.Delivery) t.log.getFirst();
    assertThat(delivery.routingDomain()).isEqualTo("example.org");
    assertThat(delivery.remoteAddress()).isEqualTo("192.0.2.1");
    assertThat(delivery.retries()).isZero();
    assertThat(t.counters.delivered.sum()).isEqualTo(1);
    assertThat(t.method.last().delivery().address().getPort()).isEqualTo(25);
    assertThat(t.counters.outboundConnections.sum()).isEqualTo(1);
    t.assertEmpty();
    t.advance(Duration.ofSeconds(6));
    assertThat(t.counters.outboundConnections.sum()).isZero();
    assertThat(t.queues.limit().connections()).isZero();
  }

  @Test
  void eventsNameTheConnectionOfTheirAttempt() {
    t.method.script(answering(BUSY));
    t.mail("a@example.com", "b@example.org");
    t.run();
    t.advance(Duration.ofHours(1));
    t.method.script(answering(new Reply(250, "", "ok")));
    t.advance(Duration.ofHours(2));
    t.mail("a@example.com", "c@example.org");
    t.run();
    assertThat(t.log).hasSizeGreaterThanOrEqualTo(4);
    MessageId first = connection(t.log.getFirst());
    MessageId second = connection(t.log.get(1));
    assertThat(first).isNotIn(MessageId.NONE, second);
    t.advance(Duration.ofHours(3));
    t.method.script(refusing());
    t.mail("a@example.com", "d@example.org");
    t.run();
    assertThat(connection(t.log.getLast())).as("there was none").isEqualTo(MessageId.NONE);
  }

  private static MessageId connection(LogEvent event) {
    return switch (event) {
      case LogEvent.Delivery delivery -> delivery.connectionId();
      case LogEvent.Failure failure -> failure.connectionId();
      default -> throw new AssertionError(event);
    };
  }

  @Test
  void anIdleConnectionIsWokenForNewMail() {
    t.mail("a@example.com", "b@example.org");
    t.run();
    t.advance(Duration.ofSeconds(3));
    t.mail("a@example.com", "b@example.org");
    t.run();
    assertThat(t.method.connections()).hasSize(1);
    assertThat(t.method.last().wakes()).isEqualTo(1);
    assertThat(t.method.last().answered()).isEqualTo(2);
    t.advance(Duration.ofSeconds(4));
    assertThat(t.method.last().closed()).as("idle for 4 s").isFalse();
    t.advance(Duration.ofSeconds(2));
    assertThat(t.method.last().closed()).as("idle for 6 s").isTrue();
    t.assertEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "1, normal, 32, 1", "4, normal, 32, 2", "10, normal, 32, 4", "400, normal, 32, 20",
    "5000, normal, 32, 32", "5000, normal, 3, 3", "7, high, 32, 7", "400, high, 32, 32",
    "10, normal, 0, 0"
  })
  void connectionsGrowWithTheBacklog(int messages, String growth, int most, int expected) {
    t.set("connection_allocation_aggressiveness", growth);
    t.set("max_outbound_connections", Integer.toString(most));
    byHand();
    for (int i = 0; i < messages; i++) {
      t.mail("a@example.com", "b@example.org");
    }
    t.run();
    assertThat(t.method.connections()).as("slow start").hasSize(Math.min(1, expected));
    for (int connected = 0; connected < t.method.connections().size(); connected++) {
      assertThat(t.method.connections().size())
          .as("beginners against established")
          .isLessThanOrEqualTo(Math.max(1, 2 * connected));
      t.method.connections().get(connected).byHandConnected();
      t.run();
    }
    assertThat(t.method.connections()).hasSize(expected);
  }

  @Test
  void theServersLimitHoldsAndIsHandedOn() {
    t.set("server_max_outbound_connections", "1");
    t.set("server_reserve_outbound_connections", "0");
    oneConnectionIsHandedOn();
  }

  @Test
  void anIdleConnectionGivesItsPlaceToAQueueThatHasNone() {
    t.set("server_max_outbound_connections", "1");
    t.set("server_reserve_outbound_connections", "0");
    for (int domain = 0; domain < 8; domain++) {
      t.mail("a@example.com", "b@d" + domain + ".example");
      t.run();
    }
    // no time has passed: none of them waited for idle_timeout
    assertThat(t.method.connections()).hasSize(8);
    t.assertEmpty();
  }

  /**
   * conf.ref.max_outbound_connections: in the host scope it counts the connections to an address.
   */
  @ParameterizedTest
  @CsvSource({"'', default", "default, default"})
  void theHostsLimitHoldsForAllItsDomainsAndIsHandedOn(String binding, String group) {
    t.configuration.set(
        "max_outbound_connections",
        "1",
        path ->
            path.equals(new ScopePath.Host(binding.isEmpty() ? "" : group, binding, "192.0.2.1")));
    oneConnectionIsHandedOn();
  }

  private void oneConnectionIsHandedOn() {
    byHand();
    t.mail("a@example.com", "b@one.example");
    t.run();
    t.mail("a@example.com", "b@two.example");
    t.run();
    t.advance(Duration.ofSeconds(40));
    assertThat(t.method.connections()).hasSize(1);
    assertThat(t.log).as("it waits, it does not fail").isEmpty();
    FakeConnection first = t.method.last();
    first.byHandConnected();
    first.byHandNext();
    t.run();
    first.byHandAnswer(new Reply(250, "2.0.0", "OK"));
    first.byHandClose(Stage.IDLE, Optional.empty());
    t.advance(Duration.ofSeconds(15));
    assertThat(t.method.connections()).hasSize(2);
    assertThat(t.method.last().delivery().domain()).isEqualTo("two.example");
  }

  @Test
  void aConnectionEndsAfterItsDeliveries() {
    t.set("max_deliveries_per_connection", "3");
    t.set("max_outbound_connections", "1");
    for (int i = 0; i < 7; i++) {
      t.mail("a@example.com", "b@example.org");
    }
    t.run();
    assertThat(t.method.connections())
        .extracting(FakeConnection::answered)
        .containsExactly(3, 3, 1);
    t.assertEmpty();
  }

  @Test
  void whatIsGivenBackIsFirstAgainAndCountsNoRetry() {
    byHand();
    MailMessage first = t.mail("a@example.com", "1@example.org");
    t.mail("a@example.com", "2@example.org");
    t.run();
    FakeConnection connection = t.method.last();
    connection.byHandConnected();
    connection.byHandNext();
    t.run();
    connection.byHandGiveBack();
    connection.byHandNext();
    t.run();
    assertThat(connection.taken()).containsExactly(first);
    assertThat(first.retries()).isZero();
    assertThat(t.events()).isEmpty();
  }

  @Test
  void whatAConnectionTakesWithItIsQueuedAgain() {
    byHand();
    t.mail("a@example.com", "1@example.org");
    t.run();
    t.method.last().byHandConnected();
    t.method.last().byHandNext();
    t.run();
    t.method.last().byHandClose(Stage.BODY, Optional.empty());
    t.method.script(new Script() {});
    t.run();
    assertThat(t.events())
        .as("the connection was of no use, and there is no other host")
        .containsExactly(
            "T 8 0 451 4.4.1 [internal] No valid hosts (unable to make any connections)");
    t.advance(Duration.ofMinutes(20));
    assertThat(t.events()).containsExactly("D 192.0.2.1");
    t.assertEmpty();
  }

  @Test
  void suspendedMailWaitsAndResumes() {
    t.set("suspend_delivery", "true");
    t.mail("a@example.com", "b@example.org");
    t.run();
    t.advance(Duration.ofHours(1));
    assertThat(t.method.connections()).isEmpty();
    assertThat(t.queues.activeSize()).isEqualTo(1);
    t.set("suspend_delivery", "false");
    t.assertEmpty();
    t.set("suspend_delivery", "true");
    assertThat(t.method.open()).as("an idle connection ends").isEmpty();
  }

  @Test
  void aServerWithoutQueueServiceKeepsItsMail() {
    QueueFixture skipping = new QueueFixture(t.spool, false);
    skipping.mail("a@example.com", "b@example.org");
    skipping.run();
    skipping.advance(Duration.ofDays(2));
    assertThat(skipping.method.connections()).isEmpty();
    assertThat(skipping.queues.activeSize()).isEqualTo(1);
  }

  @Test
  void mailWaitsForAMethodThatIsNotLoaded() {
    t.queues.addMethod(new org.impetusmta.testkit.queue.FakeDeliveryMethod("other"));
    t.set("delivery_method", "LMTP");
    t.mail("a@example.com", "b@example.org");
    t.run();
    assertThat(t.method.connections()).isEmpty();
    var lmtp = new org.impetusmta.testkit.queue.FakeDeliveryMethod("lmtp");
    t.queues.addMethod(lmtp);
    t.run();
    assertThat(lmtp.connections()).hasSize(1);
    t.assertEmpty();
  }

  @Test
  void unreachableHostsFailOneMessagePerAttemptAndThenAll() {
    t.method.script(refusing());
    t.set("max_outbound_connections", "1");
    for (int i = 0; i < 5; i++) {
      t.mail("a@example.com", "b@example.org");
    }
    t.run();
    String none = "T 0 0 451 4.4.1 [internal] No valid hosts (unable to make any connections)";
    assertThat(t.events()).containsExactly(none);
    t.advance(Duration.ofSeconds(119));
    assertThat(t.events()).as("host_failure_retry").isEmpty();
    assertThat(t.method.connections()).hasSize(1);
    t.advance(Duration.ofSeconds(2));
    assertThat(t.events()).containsExactly(none);
    assertThat(t.method.connections()).hasSize(2);
    t.advance(Duration.ofMinutes(12));
    assertThat(t.queues.activeSize()).as("connect_timeout_to_delay").isZero();
    assertThat(t.queues.delayedSize()).isEqualTo(5);
    t.method.script(new Script() {});
    t.advance(Duration.ofHours(3));
    t.assertEmpty();
  }

  @Test
  void manyFailuresInARowDelayTheWholeQueue() {
    t.method.script(refusing());
    t.set("mx_failures_to_delay", "2");
    t.set("host_failure_retry", "10");
    for (int i = 0; i < 2500; i++) {
      t.mail("a@example.com", "b@example.org");
    }
    t.run();
    assertThat(t.queues.activeSize()).isEqualTo(2499);
    t.advance(Duration.ofSeconds(11));
    assertThat(t.queues.activeSize()).isZero();
    assertThat(t.queues.delayedSize()).isEqualTo(2500);
    assertThat(t.events()).hasSize(2500).allMatch(e -> e.startsWith("T 0 0 451 4.4.1 [internal]"));
  }

  @Test
  void aConnectionThatBreaksAfterWorkDoesNotBlameTheHost() {
    List<Message> seen = new ArrayList<>();
    t.method.script(
        new Script() {
          @Override
          public Optional<Reply> answer(FakeConnection connection, Message message) {
            seen.add(message);
            return seen.size() == 2 ? Optional.empty() : Optional.of(new Reply(250, "2.0.0", "OK"));
          }
        });
    t.set("max_outbound_connections", "1");
    t.mail("a@example.com", "1@example.org");
    t.mail("a@example.com", "2@example.org");
    t.run();
    assertThat(t.events()).containsExactly("D 192.0.2.1", "D 192.0.2.1");
    t.assertEmpty();
  }

  @Test
  void transientFailuresAreRetriedBySchedule() {
    t.method.script(answering(BUSY));
    MailMessage message = t.mail("", "b@example.org");
    t.run();
    assertThat(t.events()).containsExactly("T 9 0 451 4.7.1 try later");
    assertThat(t.spool.message(message.id()).state().nextAttemptMillis())
        .isEqualTo(QueueFixture.START + 1_200_000);
    assertThat(t.spool.message(message.id()).state().lastReply()).isEqualTo("451 4.7.1 try later");
    assertThat(message.resident()).as("drop_body_after_trans_fail").isTrue();
    long[] gaps = {1200, 2400, 4800, 9600, 19200, 38400, 43200};
    for (int i = 0; i < gaps.length; i++) {
      t.advance(Duration.ofSeconds(gaps[i] - 1));
      assertThat(t.events()).as("before retry " + (i + 1)).isEmpty();
      t.advance(Duration.ofSeconds(1));
      if (i < gaps.length - 1) {
        assertThat(t.events()).containsExactly("T 9 " + (i + 1) + " 451 4.7.1 try later");
      }
    }
    assertThat(t.events())
        .as("one attempt after its time")
        .containsExactly("P 9 7 554 5.4.7 [internal] exceeded max time without delivery");
  }

  @ParameterizedTest
  @CsvSource({
    "max_retries, 0, P 9 0 554 5.4.7 [internal] exceeded max retries without delivery",
    "never_retry, true, P 9 0 554 5.4.7 [internal] exceeded max retries without delivery",
    "message_expiration, 0, P 9 0 554 5.4.7 [internal] exceeded max time without delivery"
  })
  void mailIsGivenUp(String option, String value, String event) {
    t.set(option, value);
    t.method.script(answering(BUSY));
    t.mail("", "b@example.org");
    t.run();
    assertThat(t.events()).containsExactly(event);
    t.assertEmpty();
    assertThat(t.counters.failed.sum()).isEqualTo(1);
  }

  @Test
  void expiredMailIsNotAttemptedWhereThatIsSaid() {
    t.set("suspend_delivery", "true");
    t.set("never_attempt_expired_messages", "true");
    t.mail("", "b@example.org");
    t.run();
    t.advance(Duration.ofDays(2));
    t.set("suspend_delivery", "false");
    assertThat(t.events())
        .containsExactly("P 0 0 554 5.4.5 [internal] Delivery not attempted (message expired)");
    t.assertEmpty();
  }

  @Test
  void aVetoFailsTheMailWithItsReply() {
    t.hooks.add(
        VetoHostConnection.class,
        (domain, host, address) -> Optional.of(new Reply(450, "4.7.0", "not now")));
    t.mail("a@example.com", "b@example.org");
    t.mail("a@example.com", "c@example.org");
    t.run();
    assertThat(t.events()).containsExactly("T 0 0 450 4.7.0 not now", "T 0 0 450 4.7.0 not now");
    assertThat(t.method.connections()).isEmpty();
  }

  @Test
  void aHookChoosesTheQueue() {
    t.hooks.add(GetMessageRoutingDomain.class, message -> Optional.of("Smart.Example"));
    t.mail("a@example.com", "b@example.org");
    t.run();
    assertThat(t.method.last().delivery().domain()).isEqualTo("smart.example");
  }

  @Test
  void stoppingEndsConnectionsAfterWhatIsInFlight() {
    t.set("max_outbound_connections", "1");
    byHand();
    t.mail("a@example.com", "1@example.org");
    t.mail("a@example.com", "2@example.org");
    t.run();
    FakeConnection connection = t.method.last();
    connection.byHandConnected();
    connection.byHandNext();
    t.run();
    var stopped = t.queues.beginStop();
    t.run();
    assertThat(connection.quitting()).isTrue();
    assertThat(stopped).isNotDone();
    connection.byHandAnswer(new Reply(250, "2.0.0", "OK"));
    connection.byHandNext();
    t.run();
    assertThat(connection.taken()).as("nothing more is given").isEmpty();
    connection.byHandClose(Stage.IDLE, Optional.empty());
    t.run();
    assertThat(stopped).isDone();
    assertThat(t.events()).containsExactly("D 192.0.2.1");
    assertThat(t.spool.messages()).hasSize(1);
  }

  @Test
  void duplicateAnswersChangeNothing() {
    byHand();
    t.mail("a@example.com", "1@example.org");
    t.run();
    FakeConnection connection = t.method.last();
    connection.byHandConnected();
    connection.byHandNext();
    t.run();
    Message message = connection.taken().getFirst();
    connection.byHandAnswer(new Reply(250, "2.0.0", "OK"));
    connection
        .delivery()
        .loop()
        .execute(
            () -> {
              connection.delivery().delivered(message, BUSY, 1);
              connection.delivery().failed(message, Stage.BODY, BUSY, 1);
              connection.delivery().giveBack(message);
            });
    t.run();
    assertThat(t.events()).containsExactly("D 192.0.2.1");
    t.assertEmpty();
  }
}
