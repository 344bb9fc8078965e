package org.impetusmta.module.reception_timing;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.hook.Verdict;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Context;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.reception.Reception;
import org.impetusmta.api.reception.ReceptionState;
import org.impetusmta.api.reception.Transaction;
import org.impetusmta.api.reception.ValidationContext;
import org.impetusmta.api.timing.ReceptionTiming;
import org.impetusmta.testkit.ManualClock;
import org.impetusmta.testkit.log.LoggedMessage;
import org.impetusmta.testkit.queue.TestScheduler;
import org.junit.jupiter.api.Test;

/** The cases of modules.reception_timing, on a clock that the test holds. */
final class ReceptionTimesTest {
  private final ManualClock clock = new ManualClock(1_356_769_421_000L);
  private final TestScheduler scheduler = new TestScheduler(clock, 1);
  private final List<ReceptionTiming> told = new ArrayList<>();
  private final ReceptionTimes module = new ReceptionTimes(scheduler, () -> List.of(told::add));
  private final MessageId id = MessageId.of(1, 1, 1);
  private final MessageId batch = MessageId.of(2, 1, 1);
  private final Context connectionContext = new Context();
  private final Context messageContext = new Context();
  private final List<Address> recipients = new ArrayList<>();
  private ReceptionState state = ReceptionState.AWAITING_MAILFROM;
  private String protocol = "esmtp";

  private <T> T fake(Class<T> type, Map<String, Object> answers) {
    return type.cast(
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {type},
            (_, method, _) -> {
              Object answer = answers.get(method.getName());
              if (answer == null) {
                throw new UnsupportedOperationException(method.getName());
              }
              return answer;
            }));
  }

  private Reception.InboundSession session() {
    return fake(
        Reception.InboundSession.class,
        Map.of(
            "id",
            id,
            "protocol",
            protocol,
            "remote",
            "127.0.0.1:37656",
            "local",
            "127.0.0.1:8710",
            "context",
            connectionContext,
            "state",
            state,
            "transaction",
            Optional.empty(),
            "validation",
            fake(ValidationContext.class, Map.of("recipients", recipients))));
  }

  private void command(String line) {
    module.postSmtpCommand(
        ByteBuffer.wrap(line.getBytes(StandardCharsets.US_ASCII)).asReadOnlyBuffer(), session());
  }

  private void mailFrom() {
    command("mail FROM:<a@b>");
    begun();
  }

  private void begun() {
    Verdict verdict =
        module.validateMailfrom(
            fake(
                Transaction.class,
                Map.of("connection", session(), "batchId", batch, "recipients", recipients)));
    assertThat(verdict).isEqualTo(Verdict.CONTINUE);
  }

  private LoggedMessage message(int number) {
    MessageId own = number == 0 ? batch : MessageId.of(100 + number, 1, 1);
    return new LoggedMessage(
        own,
        batch,
        id,
        Address.of("a@b"),
        Address.of("c@d"),
        "127.0.0.1",
        "esmtp",
        0,
        1005,
        "",
        messageContext,
        connectionContext);
  }

  private void content() {
    assertThat(module.validateData(message(0), session())).isEqualTo(Verdict.CONTINUE);
  }

  private void pass(long millis) {
    clock.advance(Duration.ofMillis(millis));
  }

  private long now() {
    return clock.millis() * 1_000;
  }

  private void refused() {
    module.logRejection(
        new LogEvent.Rejection(
            now(),
            "127.0.0.1:37656",
            "127.0.0.1:8710",
            id,
            "default",
            "default",
            state,
            "core",
            connectionContext.asMap(),
            messageContext.asMap(),
            new Reply(550, "", "no"),
            "no"));
  }

  private void received(int number) {
    module.logReception(new LogEvent.Reception(now(), message(number), "default", "default"));
  }

  private List<String> results() {
    scheduler.run();
    return told.stream()
        .map(
            t ->
                "%s %d %d %d %s"
                    .formatted(
                        t.result().text(),
                        t.micros() / 1000,
                        t.scanMicros() / 1000,
                        t.size(),
                        t.id()))
        .toList();
  }

  @Test
  void aReceptionWithThreeRecipients() {
    connectionContext.set("pathway", "inbound");
    messageContext.set("cl_MID", "<x@y>");
    mailFrom();
    pass(40);
    content();
    pass(5);
    for (int i = 0; i < 3; i++) {
      received(i);
    }
    assertThat(results())
        .containsExactly(
            "received 45 5 1005 " + batch,
            "received 45 5 1005 " + MessageId.of(101, 1, 1),
            "received 45 5 1005 " + MessageId.of(102, 1, 1));
    ReceptionTiming first = told.getFirst();
    assertThat(first.batchId()).isEqualTo(batch);
    assertThat(first.source()).isEqualTo("127.0.0.1:37656");
    assertThat(first.destination()).isEqualTo("127.0.0.1:8710");
    assertThat(first.pathway()).isEqualTo("inbound");
    assertThat(first.messageId()).isEqualTo("<x@y>");
    assertThat(first.state()).isEmpty();
    assertThat(first.timeMicros()).isEqualTo(now());
  }

  @Test
  void refusalsOfRecipients() {
    mailFrom();
    state = ReceptionState.AWAITING_RCPTTO;
    pass(1);
    refused();
    pass(1);
    refused();
    assertThat(results()).containsExactly("rejected 1 0 -1 " + batch, "rejected 2 0 -1 " + batch);
    assertThat(told.getFirst().state()).contains(ReceptionState.AWAITING_RCPTTO);
  }

  @Test
  void aRefusalBeforeAnyMail() {
    refused();
    assertThat(results()).containsExactly("rejected 0 0 -1 " + id);
  }

  @Test
  void aRefusedSenderThatNoModuleAskedFor() {
    command("MAIL FROM:<a@b>");
    pass(7);
    refused();
    assertThat(results()).containsExactly("rejected 7 0 -1 " + id);
  }

  @Test
  void aRefusalOfTheContentIsOneForEachRecipient() {
    mailFrom();
    recipients.addAll(List.of(Address.of("a@b"), Address.of("b@b"), Address.of("c@b")));
    command("DATA");
    state = ReceptionState.READING_BODY;
    pass(40);
    content();
    pass(1000);
    refused();
    assertThat(results()).hasSize(3).containsOnly("rejected 1040 1000 1005 " + batch);
  }

  @Test
  void theLogIsBehind() {
    mailFrom();
    pass(10);
    long first = now();
    pass(10);
    mailFrom();
    pass(10);
    module.decInboundConnections(session());
    module.logFlush();
    module.logRejection(
        new LogEvent.Rejection(
            first,
            "127.0.0.1:37656",
            "127.0.0.1:8710",
            id,
            "default",
            "default",
            ReceptionState.AWAITING_RCPTTO,
            "core",
            Map.of(),
            Map.of(),
            new Reply(550, "", "no"),
            "no"));
    refused();
    assertThat(results()).containsExactly("rejected 10 0 -1 " + batch, "rejected 10 0 -1 " + batch);
    module.logFlush();
    pass(3_000);
    module.logFlush();
    told.clear();
    received(0);
    assertThat(results()).as("the session is forgotten").isEmpty();
  }

  @Test
  void aClientThatGoes() {
    mailFrom();
    state = ReceptionState.AWAITING_RCPTTO;
    pass(1001);
    module.serverEsmtpSessionAbort(session());
    assertThat(results()).containsExactly("unexpected disconnect 1001 0 -1 " + batch);
    content();
    state = ReceptionState.ASYNC_BODY_RESPONSE;
    pass(7);
    module.serverEsmtpSessionAbort(session());
    assertThat(results()).last().isEqualTo("unexpected disconnect 1008 7 1005 " + batch);
    state = ReceptionState.AWAITING_MAILFROM;
    module.serverEsmtpSessionAbort(session());
    assertThat(results()).as("it had no mail to lose").hasSize(2);
  }

  @Test
  void otherProtocolsBeginWithTheirFirstPhase() {
    protocol = "ecstream";
    begun();
    pass(3);
    content();
    pass(2);
    received(0);
    assertThat(results()).containsExactly("received 5 2 1005 " + batch);
  }

  @Test
  void mailThatWasMadeHereIsNotTimed() {
    received(0);
    assertThat(results()).isEmpty();
    assertThat(module.dictionaries()).isTrue();
    assertThat(module.bodies()).isFalse();
  }
}
