package org.impetusmta.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.message.SenderRequests;
import org.impetusmta.core.message.MailMessage;
import org.impetusmta.testkit.queue.FakeDeliveryMethod.FakeConnection;
import org.impetusmta.testkit.queue.FakeDeliveryMethod.Script;
import org.impetusmta.testkit.queue.MemorySpool.Stored;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the queues do about the parameters of MAIL and RCPT. */
class SenderRequestsTest {
  private static final Reply NO_USER = new Reply(550, "5.1.1", "no such user");
  private static final Reply LATER = new Reply(451, "4.2.0", "later");
  private static final String FAILS = "b@example.org";
  private static final String WAITS = "b@later.example";

  private final QueueFixture t = new QueueFixture();
  private boolean peerReports;

  SenderRequestsTest() {
    // what is sent to the sender stays to be looked at
    t.configuration.setDomain("example.com", "suspend_delivery", "true");
    t.method.script(
        new Script() {
          @Override
          public Optional<Reply> answer(FakeConnection connection, Message message) {
            if (peerReports) {
              connection.delivery().reportsTaken(message);
            }
            return Optional.of(
                switch (connection.delivery().domain()) {
                  case "example.org" -> NO_USER;
                  case "later.example" -> LATER;
                  default -> new Reply(250, "2.0.0", "OK");
                });
          }
        });
  }

  private MailMessage mail(String recipient, Map<String, String> asked) {
    MailMessage message = t.message("a@example.com", recipient, "Subject: x\r\n\r\nHello\r\n");
    asked.forEach(message.context()::set);
    message.takeRequests();
    t.store(message);
    return message;
  }

  /** What waits for the sender. */
  private List<String> reports() {
    return t.spool.messages().stream()
        .filter(stored -> stored.envelope().sender().isNull())
        .map(Stored::body)
        .map(body -> new String(body.toByteArray(), StandardCharsets.US_ASCII))
        .toList();
  }

  private String seconds(long fromNow) {
    return Long.toString(t.clock.millis() / 1000 + fromNow);
  }

  @ParameterizedTest
  @CsvSource({
    "'', true",
    "NEVER, false",
    "SUCCESS, false",
    "'SUCCESS,DELAY', false",
    "FAILURE, true",
    "'DELAY,FAILURE', true"
  })
  void aFailureIsReportedAsTheSenderWants(String notify, boolean told) {
    mail(FAILS, notify.isEmpty() ? Map.of() : Map.of(SenderRequests.DSN_NOTIFY, notify));
    t.run();
    assertThat(reports()).hasSize(told ? 1 : 0);
    assertThat(t.events()).contains("P 9 0 550 5.1.1 no such user");
  }

  @Test
  void aReportNamesWhatTheSenderCallsThem() {
    t.set("bounces_inline_original", "all");
    mail(
        FAILS,
        Map.of(
            SenderRequests.DSN_ENVID, "QQ+2B1",
            SenderRequests.DSN_ORCPT, "rfc822;Bob+40example.net",
            SenderRequests.DSN_RET, "HDRS"));
    t.run();
    assertThat(reports())
        .singleElement()
        .asString()
        .contains("Original-Envelope-Id: QQ+1\r\n")
        .contains("Original-Recipient: rfc822; Bob@example.net\r\n")
        .contains("Subject: x\r\n")
        .doesNotContain("Hello");
  }

  @Test
  void theWholeMessageIsReturnedWhereTheSenderWantsIt() {
    mail(FAILS, Map.of(SenderRequests.DSN_RET, "FULL"));
    t.run();
    assertThat(reports()).singleElement().asString().contains("Hello");
  }

  @Test
  void nothingIsReturnedWhereTheServerReturnsNothing() {
    t.set("bounces_inline_original", "none");
    mail(FAILS, Map.of(SenderRequests.DSN_RET, "FULL"));
    t.run();
    assertThat(reports()).singleElement().asString().doesNotContain("Subject: x");
  }

  @ParameterizedTest
  @CsvSource({"SUCCESS, false, 1", "SUCCESS, true, 0", "NEVER, false, 0", "FAILURE, false, 0"})
  void successIsReportedByTheLastThatCan(String notify, boolean reports, int told) {
    peerReports = reports;
    mail("b@good.example", Map.of(SenderRequests.DSN_NOTIFY, notify));
    t.run();
    assertThat(t.events()).contains("D 192.0.2.1");
    assertThat(reports()).hasSize(told);
    assertThat(reports())
        .allSatisfy(
            text ->
                assertThat(text)
                    .contains("Action: relayed\r\n")
                    .contains("Status: 2.0.0\r\n")
                    .contains("Subject: x\r\n")
                    .doesNotContain("Hello"));
    assertThat(t.queues.totalSize()).isEqualTo(told);
  }

  /** RFC 4865: the time is kept, over a restart too, and expiry counts from it. */
  @Test
  void mailIsHeldUntilItsRelease() {
    t.set("message_expiration", "3600");
    mail("b@good.example", Map.of(SenderRequests.HOLD_UNTIL, seconds(7200)));
    t.run();
    t.advance(Duration.ofSeconds(7190));
    assertThat(t.events()).isEmpty();
    QueueFixture restarted = new QueueFixture(t.spool, true);
    restarted.queues.spoolIn();
    restarted.run();
    assertThat(restarted.events()).isEmpty();
    assertThat(restarted.queues.delayedSize()).isEqualTo(1);
    t.advance(Duration.ofSeconds(20));
    assertThat(t.events()).containsExactly("D 192.0.2.1");
    t.assertEmpty();
  }

  @Test
  void heldMailGrowsOldFromItsRelease() {
    t.set("message_expiration", "3600");
    t.set("retry_interval", "600");
    mail(WAITS, Map.of(SenderRequests.HOLD_UNTIL, seconds(7200)));
    t.advance(Duration.ofSeconds(7201));
    assertThat(t.events()).containsExactly("T 9 0 451 4.2.0 later");
    t.advance(Duration.ofSeconds(601));
    assertThat(t.events()).containsExactly("T 9 1 451 4.2.0 later");
  }

  /** RFC 2852, by-mode R: at the time, not at the next attempt. */
  @Test
  void mailThatIsLateIsReturned() {
    t.set("retry_interval", "3600");
    mail(
        WAITS,
        Map.of(SenderRequests.DELIVER_BY, seconds(100), SenderRequests.DELIVER_BY_MODE, "R"));
    t.run();
    assertThat(t.events()).containsExactly("T 9 0 451 4.2.0 later");
    t.advance(Duration.ofSeconds(99));
    assertThat(t.events()).isEmpty();
    t.advance(Duration.ofSeconds(2));
    assertThat(t.events())
        .containsExactly(
            "R internal",
            "P 0 1 554 5.4.7 [internal] not delivered by the time that the sender asked for");
    assertThat(reports()).singleElement().asString().contains("Status: 5.4.7\r\n");
  }

  /** By-mode N: the sender is told once, and attempts go on. */
  @Test
  void theSenderOfMailThatIsLateIsTold() {
    t.set("retry_interval", "3600");
    mail(
        WAITS,
        Map.of(SenderRequests.DELIVER_BY, seconds(100), SenderRequests.DELIVER_BY_MODE, "N"));
    t.run();
    t.advance(Duration.ofSeconds(101));
    assertThat(reports()).singleElement().asString().contains("Action: delayed\r\n");
    t.advance(Duration.ofSeconds(20_000));
    assertThat(reports()).hasSize(1);
    assertThat(t.queues.delayedSize()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({"-9, false", "0, false", "1, true", "9, true", "x, false"})
  void aPriorityAboveNoneGoesFirst(String priority, boolean first) {
    MailMessage message = t.message("a@example.com", "b@example.org", "\r\n");
    message.context().set(SenderRequests.MT_PRIORITY, priority);
    message.takeRequests();
    assertThat(message.priority()).isEqualTo(first);
    assertThat(message.envelope().priority()).isEqualTo(first);
  }
}
