package org.impetusmta.delivery.esmtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.impetusmta.testkit.mx.FakeMx.leave;
import static org.impetusmta.testkit.mx.FakeMx.proceed;
import static org.impetusmta.testkit.mx.FakeMx.say;
import static org.impetusmta.testkit.mx.FakeMx.stall;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.Reply;
import org.impetusmta.delivery.esmtp.EsmtpOptions.Send8BitMime;
import org.impetusmta.testkit.mx.FakeMx;
import org.impetusmta.testkit.mx.FakeMx.Action;
import org.impetusmta.testkit.mx.FakeMx.At;
import org.impetusmta.testkit.mx.OutboundMessage;
import org.impetusmta.testkit.mx.RecordingDelivery;
import org.impetusmta.testkit.mx.RecordingDelivery.Event.Closed;
import org.impetusmta.testkit.mx.RecordingDelivery.Event.Delivered;
import org.impetusmta.testkit.mx.RecordingDelivery.Event.Failed;
import org.impetusmta.testkit.mx.RecordingDelivery.Event.GivenBack;
import org.impetusmta.testkit.net.NettyTestLoop;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Several recipients in one transaction: each message is answered for itself, once. */
final class BatchTest {
  private static final NettyTestLoop LOOP = NettyTestLoop.best();
  private static final String BODY = "Subject: batch\r\n\r\n..dots\r\nHello\r\n";

  @AfterAll
  static void closeLoop() {
    LOOP.close();
  }

  private static FakeMx mx(boolean pipelining) {
    return pipelining ? FakeMx.offering("PIPELINING") : FakeMx.offering();
  }

  private static RecordingDelivery delivery(FakeMx mx, int most, Message... mail) {
    return new RecordingDelivery(LOOP, mx.address(), TestOptions.seconds(20))
        .queued(mail)
        .recipientsPerBatch(most)
        .quitWhenDrained();
  }

  private static RecordingDelivery deliver(RecordingDelivery delivery) {
    delivery.open(Auth.anonymous());
    await()
        .pollInterval(Duration.ofMillis(5))
        .atMost(Duration.ofSeconds(30))
        .until(delivery::isClosed);
    assertThat(delivery.violations()).isEmpty();
    assertThat(delivery.events(Closed.class)).hasSize(1);
    return delivery;
  }

  private static RecordingDelivery deliver(FakeMx mx, int most, Message... mail) {
    return deliver(delivery(mx, most, mail));
  }

  private static List<String> paths(int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> "<r" + i + "@destination.example>").toList();
  }

  private static List<String> localparts(List<? extends Message> messages) {
    return messages.stream().map(m -> m.recipient().localpart()).toList();
  }

  private static List<String> delivered(RecordingDelivery delivery) {
    return localparts(delivery.events(Delivered.class).stream().map(Delivered::message).toList());
  }

  private static List<String> failed(RecordingDelivery delivery) {
    return localparts(delivery.events(Failed.class).stream().map(Failed::message).toList());
  }

  private static List<String> givenBack(RecordingDelivery delivery) {
    return localparts(delivery.events(GivenBack.class).stream().map(GivenBack::message).toList());
  }

  // ---- what goes well

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void oneTransactionCarriesAll(boolean pipelining) {
    try (FakeMx mx = mx(pipelining).start()) {
      RecordingDelivery delivery = deliver(mx, 100, OutboundMessage.batch(50, BODY));
      assertThat(mx.received()).hasSize(1);
      assertThat(mx.received().getFirst().rcptTo()).isEqualTo(paths(0, 50));
      assertThat(mx.received().getFirst().text()).isEqualTo(BODY);
      assertThat(mx.commands().stream().filter(c -> c.startsWith("MAIL"))).hasSize(1);
      assertThat(mx.commands().stream().filter(c -> c.equals("DATA"))).hasSize(1);
      assertThat(mx.commands()).endsWith("DATA", "QUIT");
      assertThat(mx.defects()).isEmpty();
      assertThat(delivery.events(Delivered.class))
          .hasSize(50)
          .allMatch(e -> e.bytes() == BODY.length())
          .allMatch(e -> e.reply().equals(new Reply(250, "2.0.0", "Ok queued")));
      assertThat(delivered(delivery)).isEqualTo(localparts(delivery.taken()));
    }
  }

  @Test
  void allCommandsLeaveInOneWriteWithPipelining() {
    try (FakeMx mx = mx(true).start()) {
      deliver(mx, 100, OutboundMessage.batch(100, BODY));
      assertThat(mx.received().getFirst().rcptTo()).hasSize(100);
      assertThat(mx.pipelined()).isEqualTo(101); // behind MAIL and each RCPT
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theLimitCutsABatchIntoTransactions(boolean pipelining) {
    try (FakeMx mx = mx(pipelining).start()) {
      deliver(mx, 20, OutboundMessage.batch(50, BODY));
      assertThat(mx.received())
          .extracting(FakeMx.Mail::rcptTo)
          .containsExactly(paths(0, 20), paths(20, 40), paths(40, 50));
      assertThat(mx.commands()).doesNotContain("RSET");
    }
  }

  @Test
  void otherMailGoesApart() {
    OutboundMessage[] one = OutboundMessage.batch(3, BODY);
    OutboundMessage[] other = OutboundMessage.batch(2, "Subject: other\r\n\r\n\r\n");
    OutboundMessage single = OutboundMessage.to("single@destination.example", "\r\n");
    try (FakeMx mx = mx(true).start()) {
      deliver(mx, 100, one[0], one[1], one[2], single, other[0], other[1]);
      assertThat(mx.received()).extracting(mail -> mail.rcptTo().size()).containsExactly(3, 1, 2);
    }
  }

  @Test
  void aHugeBatchIsSentInWindows() {
    OutboundMessage[] batch = OutboundMessage.batch(3_000, BODY);
    try (FakeMx mx = mx(true).start()) {
      RecordingDelivery delivery = deliver(mx, 3_000, batch);
      assertThat(mx.received()).hasSize(1);
      assertThat(mx.received().getFirst().rcptTo()).isEqualTo(paths(0, 3_000));
      assertThat(delivery.events(Delivered.class)).hasSize(3_000);
      // 16 KiB of commands of some 37 octets each; the last of a window has nothing behind it
      int windows = 3_000 + 2 - 1 - mx.pipelined();
      assertThat(windows).isBetween(5, 10);
      assertThat(mx.defects()).isEmpty();
    }
  }

  // ---- refusals

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aRecipientIsRefusedForItself(boolean pipelining) {
    FakeMx mx =
        mx(pipelining)
            .on(
                At.RCPT,
                proceed(),
                say("550 5.1.1 who?"),
                proceed(),
                say("450 4.2.0 later"),
                say("452 4.2.2 full"))
            .start();
    try (mx) {
      RecordingDelivery delivery = deliver(mx, 100, OutboundMessage.batch(6, BODY));
      assertThat(delivery.events(Failed.class))
          .extracting(Failed::stage, Failed::reply, Failed::bytes)
          .containsExactly(
              org.assertj.core.groups.Tuple.tuple(
                  Stage.AFTER_RCPT_TO, new Reply(550, "5.1.1", "who?"), 0),
              org.assertj.core.groups.Tuple.tuple(
                  Stage.AFTER_RCPT_TO, new Reply(450, "4.2.0", "later"), 0),
              org.assertj.core.groups.Tuple.tuple(
                  Stage.AFTER_RCPT_TO, new Reply(452, "4.2.2", "full"), 0));
      assertThat(failed(delivery)).containsExactly("r1", "r3", "r4");
      assertThat(delivered(delivery)).containsExactly("r0", "r2", "r5");
      assertThat(mx.received()).hasSize(1);
      assertThat(mx.received().getFirst().rcptTo()).hasSize(3);
      assertThat(mx.commands()).doesNotContain("RSET");
    }
  }

  static Stream<Arguments> refusalsOfAll() {
    return Stream.of(
            new Object[] {At.MAIL, Stage.AFTER_MAIL_FROM, 0},
            new Object[] {At.DATA, Stage.AFTER_DATA, 0},
            new Object[] {At.DOT, Stage.CONFIRMATION, BODY.length()})
        .flatMap(
            row ->
                Stream.of("451 4.3.0 later", "554 5.7.1 never", "452 4.3.1 disk full")
                    .flatMap(
                        reply ->
                            Stream.of(true, false)
                                .map(pipe -> Arguments.of(row[0], row[1], row[2], reply, pipe))));
  }

  @ParameterizedTest
  @MethodSource("refusalsOfAll")
  void aRefusalOfTheTransactionIsForAll(
      At point, Stage stage, int bytes, String reply, boolean pipelining) {
    try (FakeMx mx = mx(pipelining).on(point, say(reply)).start()) {
      OutboundMessage last = OutboundMessage.to("last@destination.example", "\r\n");
      OutboundMessage[] batch = OutboundMessage.batch(4, BODY);
      RecordingDelivery delivery = deliver(mx, 100, batch[0], batch[1], batch[2], batch[3], last);
      assertThat(delivery.events(Failed.class))
          .hasSize(4)
          .allMatch(e -> e.stage() == stage)
          .allMatch(e -> e.bytes() == bytes)
          .allMatch(e -> e.reply().equals(Reply.parse(reply)));
      assertThat(delivered(delivery)).containsExactly("last");
      assertThat(mx.commands()).containsOnlyOnce("RSET");
      assertThat(mx.connections()).isEqualTo(1);
      assertThat(mx.defects()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"354 go on", "554 5.5.1 no valid recipients"})
  void nobodyIsLeftToGetThePipelinedData(String toData) {
    Action no = say("550 5.1.1 no");
    FakeMx mx = mx(true).on(At.RCPT, no, no, no).on(At.DATA, say(toData)).start();
    try (mx) {
      OutboundMessage last = OutboundMessage.to("last@destination.example", "\r\n");
      OutboundMessage[] batch = OutboundMessage.batch(3, BODY);
      RecordingDelivery delivery = deliver(mx, 100, batch[0], batch[1], batch[2], last);
      assertThat(failed(delivery)).containsExactly("r0", "r1", "r2");
      assertThat(delivered(delivery)).containsExactly("last");
      assertThat(mx.received()).hasSize(1);
      assertThat(mx.commands()).containsOnlyOnce("RSET");
    }
  }

  @Test
  void withoutPipeliningNobodyIsLeftSoDataIsNotSent() {
    Action no = say("450 4.1.1 no");
    FakeMx mx = mx(false).on(At.RCPT, no, no, no).start();
    try (mx) {
      RecordingDelivery delivery = deliver(mx, 100, OutboundMessage.batch(3, BODY));
      assertThat(failed(delivery)).containsExactly("r0", "r1", "r2");
      assertThat(mx.commands()).doesNotContain("DATA").contains("RSET");
    }
  }

  // ---- RFC 5321 section 4.5.3.1.10

  static Stream<Arguments> limits() {
    return Stream.of("452 4.5.3 too many recipients", "452 enough", "552 too many recipients")
        .flatMap(reply -> Stream.of(true, false).map(pipe -> Arguments.of(reply, pipe)));
  }

  /** What is over the limit of the peer waits for another transaction: once, and nothing more. */
  @ParameterizedTest
  @MethodSource("limits")
  void whatIsOverThePeersLimitIsGivenBackUntried(String reply, boolean pipelining) {
    List<Action> script = new ArrayList<>(Collections.nCopies(10, proceed()));
    script.addAll(Collections.nCopies(pipelining ? 15 : 1, say(reply)));
    FakeMx mx = mx(pipelining).on(At.RCPT, script.toArray(Action[]::new)).start();
    try (mx) {
      RecordingDelivery delivery =
          deliver(delivery(mx, 100, OutboundMessage.batch(25, BODY)).requeueing());
      assertThat(givenBack(delivery))
          .containsExactlyInAnyOrderElementsOf(
              IntStream.range(10, 25).mapToObj(i -> "r" + i).toList());
      assertThat(delivery.events(Failed.class)).isEmpty();
      assertThat(delivered(delivery))
          .containsExactlyElementsOf(IntStream.range(0, 25).mapToObj(i -> "r" + i).toList());
      // the connection has learnt the limit
      assertThat(mx.received())
          .extracting(FakeMx.Mail::rcptTo)
          .containsExactly(paths(0, 10), paths(10, 20), paths(20, 25));
      assertThat(mx.defects()).isEmpty();
    }
  }

  @Test
  void whatIsAcceptedBehindTheLimitIsNotSentTwice() {
    FakeMx mx =
        mx(true)
            .on(
                At.RCPT,
                proceed(),
                say("452 4.5.3 too many"),
                proceed(),
                say("550 5.1.1 who?"),
                say("452 4.5.3 too many"))
            .start();
    try (mx) {
      RecordingDelivery delivery =
          deliver(delivery(mx, 100, OutboundMessage.batch(5, BODY)).requeueing());
      assertThat(failed(delivery)).containsExactly("r3");
      assertThat(delivered(delivery)).containsExactlyInAnyOrder("r0", "r1", "r2", "r4");
      assertThat(mx.received().getFirst().rcptTo()).hasSize(2);
      assertThat(mx.received().stream().flatMap(m -> m.rcptTo().stream()))
          .doesNotHaveDuplicates()
          .hasSize(4);
    }
  }

  /** With nobody accepted the peer means this recipient: no round without progress. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a452ToTheFirstRecipientIsItsOwn(boolean pipelining) {
    try (FakeMx mx = mx(pipelining).always(At.RCPT, say("452 4.5.3 too many")).start()) {
      RecordingDelivery delivery =
          deliver(delivery(mx, 100, OutboundMessage.batch(3, BODY)).requeueing());
      assertThat(failed(delivery)).containsExactly("r0", "r1", "r2");
      assertThat(delivery.events(GivenBack.class)).isEmpty();
    }
  }

  @Test
  void overTheLimitAndThenTheBodyIsRefused() {
    FakeMx mx =
        mx(true)
            .on(At.RCPT, proceed(), say("452 too many"), say("452 too many"))
            .on(At.DOT, say("451 4.3.0 later"))
            .start();
    try (mx) {
      RecordingDelivery delivery =
          deliver(delivery(mx, 100, OutboundMessage.batch(3, BODY)).requeueing());
      assertThat(failed(delivery)).containsExactly("r0");
      assertThat(delivered(delivery)).containsExactly("r1", "r2");
      assertThat(mx.received()).hasSize(2);
    }
  }

  // ---- peers that go away

  static Stream<Arguments> losses() {
    return Stream.of(
        // at; pipelining; how often it goes well before; who failed; who was given back
        Arguments.of(At.MAIL, true, 0, List.of("r0", "r1", "r2", "r3"), List.of()),
        Arguments.of(At.MAIL, false, 0, List.of("r0"), List.of("r1", "r2", "r3")),
        Arguments.of(At.RCPT, true, 1, List.of("r0", "r1", "r2", "r3"), List.of()),
        Arguments.of(At.RCPT, false, 1, List.of("r0", "r1"), List.of("r2", "r3")),
        Arguments.of(At.DATA, true, 0, List.of("r0", "r1", "r2", "r3"), List.of()),
        Arguments.of(At.DATA, false, 0, List.of("r0", "r1", "r2", "r3"), List.of()),
        Arguments.of(At.DOT, true, 0, List.of("r0", "r1", "r2", "r3"), List.of()),
        Arguments.of(At.DOT, false, 0, List.of("r0", "r1", "r2", "r3"), List.of()));
  }

  @ParameterizedTest
  @MethodSource("losses")
  void chargesWhatWasTriedAndNothingElse(
      At point, boolean pipelining, int well, List<String> failed, List<String> givenBack) {
    for (Action action : List.of(leave(), leave("421 4.3.2 closing"), stall())) {
      List<Action> script = new ArrayList<>(Collections.nCopies(well, proceed()));
      script.add(action);
      try (FakeMx mx = mx(pipelining).on(point, script.toArray(Action[]::new)).start()) {
        RecordingDelivery delivery =
            deliver(
                new RecordingDelivery(
                        LOOP,
                        mx.address(),
                        TestOptions.of(Duration.ofMillis(400), "__hostname__", Send8BitMime.NO))
                    .queued(OutboundMessage.batch(4, BODY))
                    .recipientsPerBatch(100));
        assertThat(failed(delivery)).as("%s", action).isEqualTo(failed);
        assertThat(givenBack(delivery)).containsExactlyInAnyOrderElementsOf(givenBack);
        assertThat(delivery.events(Failed.class)).allMatch(e -> e.reply().isTransient());
        assertThat(mx.received()).isEmpty();
      }
    }
  }

  @Test
  void anIdleConnectionThatWasGivenUpCostsNobody() {
    FakeMx mx = mx(true).on(At.MAIL, proceed(), leave()).start();
    try (mx) {
      OutboundMessage first = OutboundMessage.to("first@destination.example", "\r\n");
      OutboundMessage[] batch = OutboundMessage.batch(3, BODY);
      RecordingDelivery delivery = deliver(mx, 100, first, batch[0], batch[1], batch[2]);
      assertThat(delivered(delivery)).containsExactly("first");
      assertThat(delivery.events(Failed.class)).isEmpty();
      assertThat(givenBack(delivery)).containsExactly("r2", "r1", "r0"); // to the head, each
    }
  }

  // ---- mail that must not leave

  @Test
  void aRecipientThatMustNotBeSentFailsAlone() {
    OutboundMessage[] batch = OutboundMessage.batch(4, BODY);
    Message evil = batch[2].to(new org.impetusmta.api.message.Address("a\r\nRSET", "b"));
    try (FakeMx mx = mx(true).start()) {
      RecordingDelivery delivery = deliver(mx, 100, batch[0], batch[1], evil, batch[3]);
      assertThat(delivery.events(Failed.class))
          .containsExactly(new Failed(evil, Stage.MAIL_FROM, Failures.BAD_RECIPIENT, 0));
      assertThat(delivered(delivery)).containsExactly("r0", "r1", "r3");
      assertThat(mx.received()).hasSize(1);
    }
  }
}
