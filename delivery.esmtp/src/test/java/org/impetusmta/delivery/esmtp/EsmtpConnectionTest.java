package org.impetusmta.delivery.esmtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.impetusmta.testkit.mx.FakeMx.leave;
import static org.impetusmta.testkit.mx.FakeMx.proceed;
import static org.impetusmta.testkit.mx.FakeMx.raw;
import static org.impetusmta.testkit.mx.FakeMx.reset;
import static org.impetusmta.testkit.mx.FakeMx.say;
import static org.impetusmta.testkit.mx.FakeMx.stall;
import static org.impetusmta.testkit.mx.FakeMx.trickle;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.Reply;
import org.impetusmta.delivery.esmtp.EsmtpOptions.Send8BitMime;
import org.impetusmta.testkit.mx.FakeMx;
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
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The dialogue with servers of every kind. */
final class EsmtpConnectionTest {
  private static final NettyTestLoop LOOP = NettyTestLoop.best();
  private static final EsmtpOptions PATIENT = TestOptions.seconds(20);
  private static final EsmtpOptions IMPATIENT =
      TestOptions.of(Duration.ofMillis(300), "__hostname__", Send8BitMime.NO);

  @AfterAll
  static void closeLoop() {
    LOOP.close();
  }

  private static Message mail(int number) {
    return OutboundMessage.to(
        "r" + number + "@destination.example", "Subject: " + number + "\r\n\r\nHello\r\n");
  }

  private static RecordingDelivery deliver(FakeMx mx, EsmtpOptions options, Message... mail) {
    RecordingDelivery delivery =
        new RecordingDelivery(LOOP, mx.address(), options)
            .queued(mail)
            .quitWhenDrained()
            .open(Auth.anonymous());
    await()
        .pollInterval(Duration.ofMillis(5))
        .atMost(Duration.ofSeconds(30))
        .until(delivery::isClosed);
    assertThat(delivery.violations()).isEmpty();
    assertThat(delivery.events(Closed.class)).hasSize(1);
    return delivery;
  }

  private static Closed closed(RecordingDelivery delivery) {
    return delivery.events(Closed.class).getFirst();
  }

  private static FakeMx mx(boolean pipelining) {
    return pipelining ? FakeMx.offering("PIPELINING") : FakeMx.offering();
  }

  // ---- what goes well

  @Test
  void speaksOneCommandAtATimeWithoutPipelining() {
    try (FakeMx mx = mx(false).start()) {
      RecordingDelivery delivery = deliver(mx, PATIENT, mail(1), mail(2));
      assertThat(mx.commands())
          .containsExactly(
              "EHLO client.example",
              "MAIL FROM:<sender@source.example>",
              "RCPT TO:<r1@destination.example>",
              "DATA",
              "MAIL FROM:<sender@source.example>",
              "RCPT TO:<r2@destination.example>",
              "DATA",
              "QUIT");
      assertThat(mx.pipelined()).isZero();
      assertThat(mx.defects()).isEmpty();
      assertThat(delivery.events(Delivered.class))
          .extracting(Delivered::reply)
          .containsOnly(new Reply(250, "2.0.0", "Ok queued"));
      assertThat(closed(delivery)).isEqualTo(new Closed(Stage.IDLE, Optional.empty()));
    }
  }

  @Test
  void sendsEnvelopeAndDataInOneWriteWithPipelining() {
    try (FakeMx mx = mx(true).start()) {
      deliver(mx, PATIENT, mail(1), mail(2));
      assertThat(mx.commands()).hasSize(8).endsWith("DATA", "QUIT");
      assertThat(mx.pipelined()).isEqualTo(4); // behind MAIL and RCPT of each
      assertThat(mx.defects()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void deliversManyOnOneConnection(boolean pipelining) {
    Message[] mail =
        Stream.iterate(0, i -> i < 500, i -> i + 1).map(i -> mail(i)).toArray(Message[]::new);
    try (FakeMx mx = mx(pipelining).start()) {
      RecordingDelivery delivery = deliver(mx, PATIENT, mail);
      assertThat(delivery.events(Delivered.class)).hasSize(500);
      assertThat(mx.received()).hasSize(500);
      for (int i = 0; i < mail.length; i++) {
        assertThat(mx.received().get(i).rcptTo())
            .containsExactly("<r" + i + "@destination.example>");
        assertThat(mx.received().get(i).text()).startsWith("Subject: " + i + "\r\n");
      }
      assertThat(mx.connections()).isEqualTo(1);
      assertThat(mx.defects()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Subject: x\r\n\r\n..\r\n..hidden\r\n...\r\n. not alone\r\n",
        "\r\n",
        "Subject: 8 bit \u00e4\u00ff\u0000\r\n\r\n\u0080\r\n",
        "no header at all\r\n"
      })
  void sendsTheBodyByteForByte(String body) {
    try (FakeMx mx = mx(true).start()) {
      deliver(mx, PATIENT, OutboundMessage.to("r@destination.example", body));
      assertThat(mx.received()).hasSize(1);
      assertThat(mx.received().getFirst().text()).isEqualTo(body);
    }
  }

  @Test
  void addsTheLastLineEnd() {
    try (FakeMx mx = mx(true).start()) {
      RecordingDelivery delivery =
          deliver(mx, PATIENT, OutboundMessage.to("r@destination.example", "a\r\n\r\nb"));
      assertThat(mx.received().getFirst().text()).isEqualTo("a\r\n\r\nb\r\n");
      assertThat(delivery.events(Delivered.class).getFirst().bytes()).isEqualTo(6);
    }
  }

  @Test
  void sendsABigBodyByteForByte() {
    byte[] head = "Subject: big\r\n\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    byte[] content = new byte[10 * 1024 * 1024];
    new Random(1).nextBytes(content);
    for (int i = 0; i < content.length; i++) {
      byte octet = content[i];
      content[i] = octet == '\r' || octet == '\n' || octet == '.' ? (byte) 'x' : octet;
    }
    content[content.length - 2] = '\r';
    content[content.length - 1] = '\n';
    Body body = Body.of(content).prepend(head);
    Message big = OutboundMessage.to("r@destination.example", "").withBody(body);
    try (FakeMx mx = FakeMx.offering("PIPELINING", "SIZE 0").start()) {
      RecordingDelivery delivery = deliver(mx, PATIENT, mail(1), big, mail(2));
      assertThat(delivery.events(Delivered.class))
          .extracting(Delivered::bytes)
          .contains(body.length());
      assertThat(mx.commands()).contains("MAIL FROM:<sender@source.example> SIZE=" + body.length());
      assertThat(mx.received()).hasSize(3);
      assertThat(mx.received().get(1).body().toByteArray()).isEqualTo(body.toByteArray());
    }
  }

  static Arguments[] parameters() {
    Message plain = mail(1);
    Message eightBit =
        OutboundMessage.to("r1@destination.example", "\u00e4\r\n").declared8BitMime();
    return new Arguments[] {
      Arguments.of("", Send8BitMime.IFAVAILABLE, eightBit, ""),
      Arguments.of("SIZE", Send8BitMime.IFAVAILABLE, plain, " SIZE=21"),
      Arguments.of("SIZE 10000000", Send8BitMime.IFAVAILABLE, eightBit, " SIZE=3"),
      Arguments.of("8BITMIME", Send8BitMime.IFAVAILABLE, plain, ""),
      Arguments.of("8BITMIME", Send8BitMime.IFAVAILABLE, eightBit, " BODY=8BITMIME"),
      Arguments.of("8BITMIME", Send8BitMime.NO, eightBit, ""),
      Arguments.of("8bitmime,size", Send8BitMime.IFAVAILABLE, eightBit, " SIZE=3 BODY=8BITMIME"),
    };
  }

  @ParameterizedTest
  @MethodSource("parameters")
  void declaresWhatTheServerUnderstands(
      String offered, Send8BitMime send8BitMime, Message message, String parameters) {
    String[] extensions = offered.isEmpty() ? new String[0] : offered.split(",");
    try (FakeMx mx = FakeMx.offering(extensions).start()) {
      deliver(mx, TestOptions.of(Duration.ofSeconds(20), "__hostname__", send8BitMime), message);
      assertThat(mx.commands()).contains("MAIL FROM:<sender@source.example>" + parameters);
      assertThat(mx.received()).hasSize(1);
    }
  }

  @Test
  void sendsTheNullSenderAndPostmaster() {
    try (FakeMx mx = mx(true).start()) {
      deliver(mx, PATIENT, OutboundMessage.to("postmaster", "\r\n").from(Address.NULL));
      assertThat(mx.commands()).contains("MAIL FROM:<>", "RCPT TO:<postmaster>");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "__hostname__, sender@source.example, client.example",
    "other.example, sender@source.example, other.example",
    "__message__, sender@source.example, source.example",
    "__message__, '', client.example",
  })
  void introducesItself(String option, String sender, String name) {
    try (FakeMx mx = mx(true).start()) {
      deliver(
          mx,
          TestOptions.of(Duration.ofSeconds(20), option, Send8BitMime.NO),
          OutboundMessage.to("r@destination.example", "\r\n").from(Address.of(sender)));
      assertThat(mx.commands()).startsWith("EHLO " + name);
      assertThat(mx.received()).hasSize(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"500 5.5.1 what?", "502 5.5.1 not here"})
  void fallsBackToHelo(String refusal) {
    try (FakeMx mx = FakeMx.offering("PIPELINING", "SIZE").on(At.EHLO, say(refusal)).start()) {
      deliver(mx, PATIENT, mail(1));
      assertThat(mx.commands())
          .startsWith(
              "EHLO client.example", "HELO client.example", "MAIL FROM:<sender@source.example>");
      assertThat(mx.received()).hasSize(1);
      assertThat(mx.defects()).isEmpty();
    }
  }

  @Test
  void readsRepliesThatComeInPieces() {
    FakeMx mx =
        FakeMx.offering("PIPELINING")
            .on(At.BANNER, trickle("220-welcome", "220-to the", "220 machine"))
            .on(At.EHLO, trickle("250-fake.mx", "250-PIPELINING", "250 SIZE 1000000"))
            .on(At.MAIL, trickle("250-2.1.0 fine", "250 2.1.0 go"))
            .on(At.RCPT, trickle("250-2.1.5 fine", "250 2.1.5 go"))
            .on(At.DATA, trickle("354-so", "354 go"))
            .on(At.DOT, trickle("250-2.0.0 got it", "250-2.0.0 all", "250 2.0.0 as 123"));
    try (mx) {
      RecordingDelivery delivery = deliver(mx.start(), PATIENT, mail(1));
      assertThat(delivery.events(Delivered.class))
          .extracting(Delivered::reply)
          .containsExactly(new Reply(250, "2.0.0", "got it\nall\nas 123"));
      assertThat(mx.pipelined()).isEqualTo(2);
    }
  }

  // ---- refusals

  static Stream<Arguments> refusals() {
    return Stream.of(
            new Object[] {At.MAIL, Stage.AFTER_MAIL_FROM, 0},
            new Object[] {At.RCPT, Stage.AFTER_RCPT_TO, 0},
            new Object[] {At.DATA, Stage.AFTER_DATA, 0},
            new Object[] {At.DOT, Stage.CONFIRMATION, 21})
        .flatMap(
            row ->
                Stream.of("450 4.2.0 later", "550 5.1.1 never", "452 later", "554-5.7.1 a\r\n554 b")
                    .flatMap(
                        reply ->
                            Stream.of(true, false)
                                .map(pipe -> Arguments.of(row[0], reply, pipe, row[1], row[2]))));
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void failsWhatIsRefusedAndGoesOn(
      At point, String refusal, boolean pipelining, Stage stage, int bytes) {
    try (FakeMx mx = mx(pipelining).on(point, proceed(), say(refusal)).start()) {
      RecordingDelivery delivery = deliver(mx, PATIENT, mail(1), mail(2), mail(3));
      Reply reply = Reply.parse(refusal.replace("\r\n554", "\n"));
      assertThat(delivery.events(Failed.class))
          .hasSize(1)
          .first()
          .matches(e -> e.message() == delivery.taken().get(1))
          .matches(e -> e.stage() == stage)
          .matches(e -> e.bytes() == bytes)
          .matches(e -> e.reply().code() == reply.code())
          .matches(e -> e.reply().enhanced().equals(reply.enhanced()));
      assertThat(delivery.events(Delivered.class)).hasSize(2);
      assertThat(mx.received()).hasSize(2);
      assertThat(mx.commands()).containsOnlyOnce("RSET");
      assertThat(mx.connections()).isEqualTo(1);
      assertThat(mx.defects()).isEmpty();
      assertThat(closed(delivery)).isEqualTo(new Closed(Stage.IDLE, Optional.empty()));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "BANNER, 450 4.3.2 later,   BANNER",
    "BANNER, 554 5.3.2 never,   BANNER",
    "BANNER, 421 4.3.2 closing, BANNER",
    "EHLO,   450 4.3.2 later,   AFTER_EHLO",
    "EHLO,   550 5.7.1 never,   AFTER_EHLO",
    "EHLO,   501 5.5.4 syntax,  AFTER_EHLO",
    "EHLO,   421 4.3.2 closing, AFTER_EHLO",
  })
  void blamesTheHostThatDoesNotServe(At point, String refusal, Stage stage) {
    try (FakeMx mx = mx(true).on(point, say(refusal)).start()) {
      RecordingDelivery delivery = deliver(mx, PATIENT, mail(1));
      assertThat(delivery.taken()).isEmpty();
      assertThat(closed(delivery)).isEqualTo(new Closed(stage, Optional.of(Reply.parse(refusal))));
      await().until(() -> refusal.startsWith("421") || mx.commands().contains("QUIT"));
      assertThat(mx.defects()).isEmpty();
    }
  }

  @Test
  void blamesTheHostThatRefusesHeloToo() {
    FakeMx mx = mx(true).on(At.EHLO, say("500 what?")).on(At.HELO, say("502 5.5.1 nor that"));
    try (mx) {
      RecordingDelivery delivery = deliver(mx.start(), PATIENT, mail(1));
      assertThat(delivery.taken()).isEmpty();
      assertThat(closed(delivery))
          .isEqualTo(
              new Closed(Stage.AFTER_EHLO, Optional.of(new Reply(502, "5.5.1", "nor that"))));
    }
  }

  @Test
  void givesBackTheMessageWhoseNameItWantedForEhlo() {
    try (FakeMx mx = mx(true).on(At.EHLO, say("450 4.3.2 later")).start()) {
      RecordingDelivery delivery =
          deliver(
              mx,
              TestOptions.of(Duration.ofSeconds(20), "__message__", Send8BitMime.NO),
              mail(1),
              mail(2));
      assertThat(delivery.events(GivenBack.class))
          .extracting(GivenBack::message)
          .containsExactly(delivery.taken().getFirst());
      assertThat(delivery.events(Failed.class)).isEmpty();
    }
  }

  @Test
  void leavesAServerThatRefusesRset() {
    FakeMx mx = mx(true).on(At.RCPT, say("550 5.1.1 no")).on(At.RSET, say("502 5.5.1 not here"));
    try (mx) {
      RecordingDelivery delivery = deliver(mx.start(), PATIENT, mail(1), mail(2));
      assertThat(delivery.taken()).hasSize(1);
      assertThat(closed(delivery).stage()).isEqualTo(Stage.AFTER_RSET);
      assertThat(closed(delivery).cause()).contains(new Reply(502, "5.5.1", "not here"));
    }
  }

  // ---- RFC 2920 section 3.1: what a pipelining client may find

  static Arguments[] mixtures() {
    return new Arguments[] {
      // MAIL, RCPT, DATA of the first message; stage that it fails at; connection goes on
      Arguments.of("550 m", "503 r", "503 d", Stage.AFTER_MAIL_FROM, true),
      Arguments.of("550 m", "503 r", "354 d", Stage.AFTER_MAIL_FROM, true),
      Arguments.of("450 m", "250 r", "554 d", Stage.AFTER_MAIL_FROM, true),
      Arguments.of("550 m", "250 r", "354 d", Stage.AFTER_MAIL_FROM, false),
      Arguments.of("250 m", "550 r", "354 d", Stage.AFTER_RCPT_TO, true),
      Arguments.of("250 m", "450 r", "554 d", Stage.AFTER_RCPT_TO, true),
      Arguments.of("250 m", "250 r", "451 d", Stage.AFTER_DATA, true),
      Arguments.of("250 m", "250 r", "250 d", Stage.DATA, false),
      Arguments.of("354 m", "250 r", "354 d", Stage.MAIL_FROM, false),
      Arguments.of("250 m", "354 r", "354 d", Stage.RCPT_TO, false),
    };
  }

  @ParameterizedTest
  @MethodSource("mixtures")
  void sortsOutMixedReplies(String mail, String rcpt, String data, Stage stage, boolean goesOn) {
    FakeMx mx =
        mx(true).on(At.MAIL, say(mail)).on(At.RCPT, say(rcpt)).on(At.DATA, say(data)).start();
    try (mx) {
      RecordingDelivery delivery = deliver(mx, PATIENT, mail(1), mail(2));
      Message first = delivery.taken().getFirst();
      assertThat(delivery.events(Failed.class))
          .hasSize(1)
          .first()
          .matches(e -> e.message() == first)
          .matches(e -> e.stage() == stage);
      assertThat(mx.received()).hasSize(goesOn ? 1 : 0);
      assertThat(mx.received()).allMatch(m -> m.text().startsWith("Subject: 2"));
      assertThat(delivery.taken()).hasSize(goesOn ? 2 : 1);
      assertThat(closed(delivery).cause().isEmpty()).isEqualTo(goesOn);
    }
  }

  // ---- hosts that go away or say nothing

  static Stream<Arguments> losses() {
    return Stream.of(true, false)
        .flatMap(
            pipelining ->
                Stream.of(
                    Arguments.of(At.BANNER, pipelining, Stage.BANNER, "no banner", false),
                    Arguments.of(At.EHLO, pipelining, Stage.EHLO, "no HELO/EHLO response", false),
                    Arguments.of(
                        At.MAIL, pipelining, Stage.MAIL_FROM, "no MAIL FROM response", true),
                    Arguments.of(At.RCPT, pipelining, Stage.RCPT_TO, "no RCPT TO response", true),
                    Arguments.of(At.DATA, pipelining, Stage.DATA, "no DATA response", true),
                    Arguments.of(
                        At.DOT, pipelining, Stage.CONFIRMATION, "no BODY response", true)));
  }

  @ParameterizedTest
  @MethodSource("losses")
  void givesUpAfterTheTimeout(
      At point, boolean pipelining, Stage stage, String text, boolean charged) {
    try (FakeMx mx = mx(pipelining).on(point, stall()).start()) {
      RecordingDelivery delivery = deliver(mx, IMPATIENT, mail(1), mail(2));
      Reply reply = new Reply(451, "4.4.2", "[internal] " + text);
      assertThat(delivery.events(Failed.class))
          .extracting(Failed::stage, Failed::reply)
          .hasSize(charged ? 1 : 0)
          .allMatch(t -> t.toList().equals(List.of(stage, reply)));
      assertThat(delivery.taken()).hasSize(charged ? 1 : 0);
      assertThat(closed(delivery)).isEqualTo(new Closed(stage, Optional.of(reply)));
    }
  }

  @ParameterizedTest
  @MethodSource("losses")
  void noticesADisconnect(
      At point, boolean pipelining, Stage stage, String ignored, boolean charged) {
    // a reset in place of the banner may be seen as a refused connection
    List<FakeMx.Action> actions = point == At.BANNER ? List.of(leave()) : List.of(leave(), reset());
    for (FakeMx.Action action : actions) {
      try (FakeMx mx = mx(pipelining).on(point, action).start()) {
        RecordingDelivery delivery = deliver(mx, PATIENT, mail(1), mail(2));
        Reply reply = new Reply(451, "4.4.2", "[internal] connection closed by remote host");
        assertThat(delivery.events(Failed.class))
            .extracting(Failed::stage, Failed::reply)
            .hasSize(charged ? 1 : 0)
            .allMatch(t -> t.toList().equals(List.of(stage, reply)));
        assertThat(delivery.taken()).hasSize(charged ? 1 : 0);
        assertThat(closed(delivery)).isEqualTo(new Closed(stage, Optional.of(reply)));
      }
    }
  }

  @Test
  void givesUpWhenABodyIsNotRead() {
    Message big =
        OutboundMessage.to("r@destination.example", "")
            .withBody(Body.of(new byte[32 * 1024 * 1024]));
    try (FakeMx mx = mx(true).on(At.BODY, stall()).start()) {
      RecordingDelivery delivery = deliver(mx, IMPATIENT, big, mail(2));
      Failed failed = delivery.events(Failed.class).getFirst();
      assertThat(failed.stage()).isEqualTo(Stage.BODY);
      assertThat(failed.reply()).isEqualTo(new Reply(451, "4.4.2", "[internal] send BODY failed"));
      assertThat(failed.bytes()).isPositive().isLessThan(big.size());
      assertThat(delivery.taken()).hasSize(1);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = At.class,
      names = {"MAIL", "RCPT", "DATA", "DOT"})
  void takes421AsTheEndOfTheConnectionOnly(At point) {
    for (boolean pipelining : new boolean[] {true, false}) {
      try (FakeMx mx = mx(pipelining).on(point, leave("421 4.3.2 closing")).start()) {
        RecordingDelivery delivery = deliver(mx, PATIENT, mail(1), mail(2));
        assertThat(delivery.events(Failed.class))
            .extracting(Failed::reply)
            .containsExactly(new Reply(421, "4.3.2", "closing"));
        assertThat(delivery.taken()).hasSize(1);
        assertThat(closed(delivery).cause()).isEmpty();
      }
    }
  }

  @Test
  void chargesNoMessageWith421ToRset() {
    FakeMx mx = mx(true).on(At.RCPT, say("550 5.1.1 no")).on(At.RSET, leave("421 4.3.2 closing"));
    try (mx) {
      RecordingDelivery delivery = deliver(mx.start(), PATIENT, mail(1), mail(2));
      assertThat(delivery.taken()).hasSize(1);
      assertThat(delivery.events(Failed.class)).hasSize(1);
      assertThat(closed(delivery)).isEqualTo(new Closed(Stage.AFTER_RSET, Optional.empty()));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void chargesNoMessageWithAPeerThatLeavesAfterConfirmation(boolean says421) {
    FakeMx.Action action =
        says421 ? leave("250 2.0.0 Ok", "421 4.3.2 enough") : leave("250 2.0.0 Ok");
    try (FakeMx mx = mx(true).on(At.DOT, action).start()) {
      RecordingDelivery delivery = deliver(mx, PATIENT, mail(1), mail(2));
      assertThat(delivery.events(Delivered.class)).hasSize(1);
      assertThat(delivery.events(Failed.class)).isEmpty();
      assertThat(delivery.events(GivenBack.class)).hasSize(delivery.taken().size() - 1);
      assertThat(closed(delivery)).isEqualTo(new Closed(Stage.IDLE, Optional.empty()));
    }
  }

  @ParameterizedTest
  @CsvSource({"421 4.4.2 idle too long, ''", "250 2.0.0 Ok, unsolicited", "hello?, malformed"})
  void endsAnIdleConnectionThatSpeaks(String line, String cause) {
    try (FakeMx mx = mx(true).start()) {
      RecordingDelivery delivery =
          new RecordingDelivery(LOOP, mx.address(), PATIENT).queued(mail(1)).open(Auth.anonymous());
      await().until(() -> !delivery.events(Delivered.class).isEmpty());
      mx.interject(line);
      await().until(delivery::isClosed);
      assertThat(delivery.violations()).isEmpty();
      assertThat(closed(delivery).stage()).isEqualTo(Stage.IDLE);
      assertThat(closed(delivery).cause().map(Reply::text).orElse("")).contains(cause);
    }
  }

  @Test
  void listensToARefusalInTheMiddleOfTheBody() {
    Message big =
        OutboundMessage.to("r@destination.example", "")
            .withBody(Body.of(new byte[48 * 1024 * 1024])); // more than sockets hold
    try (FakeMx mx = mx(true).on(At.BODY, say("552 5.3.4 too big")).start()) {
      RecordingDelivery delivery = deliver(mx, PATIENT, big, mail(2));
      Failed failed = delivery.events(Failed.class).getFirst();
      assertThat(failed.reply()).isEqualTo(new Reply(552, "5.3.4", "too big"));
      assertThat(failed.stage()).isEqualTo(Stage.BODY);
      assertThat(failed.bytes()).isLessThan(big.size());
      assertThat(closed(delivery)).isEqualTo(new Closed(Stage.BODY, Optional.empty()));
      assertThat(delivery.events(Failed.class)).hasSize(1);
    }
  }

  // ---- nonsense

  static Arguments[] nonsense() {
    return new Arguments[] {
      Arguments.of(At.BANNER, raw("SSH-2.0-OpenSSH\r\n"), "malformed"),
      Arguments.of(At.BANNER, raw("220-hello\r\n521 bye\r\n"), "malformed"),
      Arguments.of(At.BANNER, raw("\0\0\0\0"), "malformed"),
      Arguments.of(At.BANNER, raw("220 " + "x".repeat(70_000)), "malformed"),
      Arguments.of(At.BANNER, say("250 hello"), "out of step"),
      Arguments.of(At.BANNER, say("220 hello", "250 mx"), "unsolicited"),
      Arguments.of(At.EHLO, say("250 mx", "250 Ok", "250 Ok", "354 Go"), "unsolicited"),
      Arguments.of(At.EHLO, say("354 mx"), "out of step"),
      Arguments.of(At.MAIL, raw("HTTP/1.1 400\r\n"), "malformed"),
      Arguments.of(At.MAIL, say("354 go"), "out of step"),
      Arguments.of(At.RCPT, say("354 hello"), "out of step"),
      Arguments.of(At.DATA, say("354 go", "250 got it"), "unsolicited"),
      Arguments.of(At.DATA, say("250 got it"), "out of step"),
      Arguments.of(At.DOT, say("354 more"), "out of step"),
      Arguments.of(At.DOT, say("250-a", "550 b"), "malformed"),
    };
  }

  @ParameterizedTest
  @MethodSource("nonsense")
  void neverDeliversOnNonsense(At point, FakeMx.Action action, String text) {
    boolean talking = point != At.BANNER && point != At.EHLO;
    for (boolean pipelining : new boolean[] {true, false}) {
      try (FakeMx mx = mx(pipelining).on(point, action).start()) {
        RecordingDelivery delivery = deliver(mx, PATIENT, mail(1), mail(2));
        assertThat(delivery.events(Delivered.class)).isEmpty();
        assertThat(delivery.taken()).hasSize(talking ? 1 : 0);
        assertThat(delivery.events(Failed.class))
            .hasSize(talking ? 1 : 0)
            .allMatch(e -> e.reply().code() == 451 && e.reply().enhanced().equals("4.4.2"))
            .allMatch(e -> e.reply().text().contains(text));
        assertThat(closed(delivery).cause())
            .get()
            .extracting(Reply::text)
            .asString()
            .contains(text);
      }
    }
  }

  @Test
  void countsTheFirstConfirmationAndNoOther() {
    try (FakeMx mx = mx(true).on(At.DOT, say("250 2.0.0 Ok", "250 2.0.0 Ok")).start()) {
      RecordingDelivery delivery = deliver(mx, PATIENT, mail(1), mail(2));
      assertThat(delivery.events(Delivered.class)).hasSize(1);
      assertThat(delivery.taken()).hasSize(1);
      assertThat(closed(delivery).cause()).contains(Failures.UNSOLICITED);
    }
  }

  // ---- mail that must not leave

  static Arguments[] unsendable() {
    OutboundMessage good = OutboundMessage.to("r@destination.example", "\r\n");
    return new Arguments[] {
      Arguments.of(
          good.from(new Address("a>\r\nRSET\r\nMAIL FROM:<b", "c.d")), Failures.BAD_SENDER),
      Arguments.of(good.from(new Address("a\u0085", "c.d")), Failures.BAD_SENDER),
      Arguments.of(good.from(new Address("a\u00e4", "c.d")), Failures.NEEDS_SMTPUTF8),
      Arguments.of(OutboundMessage.to("a\n@b.c", "\r\n"), Failures.BAD_RECIPIENT),
      Arguments.of(good.from(new Address("a".repeat(2000), "b")), Failures.MAIL_FROM_TOO_LONG),
      Arguments.of(OutboundMessage.to("a".repeat(2000) + "@b", "\r\n"), Failures.RCPT_TO_TOO_LONG),
      Arguments.of(
          OutboundMessage.to("a@b", "a\r\n.\r\nMAIL FROM:<x@y>\r\n").by("internal"),
          Failures.NOT_WIRE_FORM),
      Arguments.of(OutboundMessage.to("a@b", "a\nb\r\n").by("internal"), Failures.NOT_WIRE_FORM),
    };
  }

  @ParameterizedTest
  @MethodSource("unsendable")
  void failsWhatMustNotGoOnTheWire(Message message, Reply reply) {
    try (FakeMx mx = mx(true).start()) {
      RecordingDelivery delivery = deliver(mx, PATIENT, mail(1), message, mail(2));
      assertThat(delivery.events(Failed.class))
          .containsExactly(new Failed(message, Stage.MAIL_FROM, reply, 0));
      assertThat(mx.received()).hasSize(2);
      assertThat(mx.defects()).isEmpty();
    }
  }

  @Test
  void sendsQuotedLocalPartsAsTheyCame() {
    try (FakeMx mx = mx(true).start()) {
      deliver(mx, PATIENT, OutboundMessage.to("\"a >b\"@c.d", "\r\n"));
      assertThat(mx.commands()).contains("RCPT TO:<\"a >b\"@c.d>");
    }
  }
}
