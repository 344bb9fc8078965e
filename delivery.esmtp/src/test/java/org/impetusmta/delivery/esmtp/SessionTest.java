package org.impetusmta.delivery.esmtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.impetusmta.testkit.mx.FakeMx.say;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.impetusmta.api.delivery.Credentials;
import org.impetusmta.api.delivery.Credentials.Mechanism;
import org.impetusmta.api.delivery.Delivery;
import org.impetusmta.api.delivery.DeliveryConnection;
import org.impetusmta.api.delivery.DeliveryMethod;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.Reply;
import org.impetusmta.delivery.esmtp.EsmtpOptions.Xclient;
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
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is settled before mail goes: dialects, XCLIENT, AUTH. */
final class SessionTest {
  private static final NettyTestLoop LOOP = NettyTestLoop.best();
  private static final EsmtpOptions PATIENT = TestOptions.seconds(20);

  @AfterAll
  static void closeLoop() {
    LOOP.close();
  }

  private static OutboundMessage mail(int number) {
    return OutboundMessage.to("r" + number + "@destination.example", "Subject: x\r\n\r\nHello\r\n");
  }

  private static OutboundMessage from(String ehlo) {
    OutboundMessage message = mail(1);
    message.connectionContext().set("ehlo_domain", ehlo);
    message.connectionContext().set("ehlo_string", "EHLO " + ehlo);
    return message;
  }

  private static RecordingDelivery deliver(
      FakeMx mx, Dialect dialect, EsmtpOptions options, Auth auth, Message... mail) {
    RecordingDelivery delivery =
        new RecordingDelivery(LOOP, mx.address(), options)
            .queued(mail)
            .recipientsPerBatch(10)
            .quitWhenDrained()
            .open(new EsmtpDelivery("client.example", dialect, auth));
    await().atMost(Duration.ofSeconds(30)).until(delivery::isClosed);
    assertThat(delivery.violations()).isEmpty();
    return delivery;
  }

  private static Credentials as(Mechanism mechanism, String user, String secret) {
    return new Credentials(mechanism, user, secret);
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  // ---- the socket

  @ParameterizedTest
  @ValueSource(ints = {0, 16384})
  void theOperatingSystemsBufferHasTheBoundThatIsSaid(int octets) throws Exception {
    try (FakeMx mx = FakeMx.offering().on(At.BANNER, FakeMx.stall()).start()) {
      AtomicReference<EsmtpConnection> connection = new AtomicReference<>();
      EsmtpDelivery esmtp = new EsmtpDelivery("client.example", Dialect.ESMTP, Auth.NONE);
      DeliveryMethod method =
          new DeliveryMethod() {
            @Override
            public String name() {
              return esmtp.name();
            }

            @Override
            public DeliveryConnection open(Delivery opening) {
              EsmtpConnection opened = (EsmtpConnection) esmtp.open(opening);
              connection.set(opened);
              return opened;
            }
          };
      RecordingDelivery delivery =
          new RecordingDelivery(LOOP, mx.address(), TestOptions.buffers(octets))
              .queued(mail(1))
              .open(method);
      await().until(() -> mx.connections() == 1 && connection.get() != null);
      Channel channel = Objects.requireNonNull(connection.get()).channel();
      // the kernel doubles what it is told, for its own needs
      int own = Objects.requireNonNull(channel.config().getOption(ChannelOption.SO_SNDBUF));
      if (octets > 0) {
        assertThat(own).isEqualTo(2 * octets);
      } else {
        assertThat(own).isGreaterThan(2 * 16384);
      }
      channel.close();
      await().until(delivery::isClosed);
    }
  }

  // ---- dialects

  @ParameterizedTest
  @ValueSource(strings = {"PIPELINING", "8BITMIME", "CHUNKING", "PIPELINING CHUNKING"})
  void lmtpHasAReplyForEachRecipient(String offered) {
    OutboundMessage[] batch = OutboundMessage.batch(3, "Subject: x\r\n\r\n..\r\nHello\r\n");
    FakeMx mx =
        FakeMx.offering(offered.split(" "))
            .on(At.DOT, FakeMx.proceed(), say("452 4.2.2 full"), say("550 5.1.1 gone"));
    try (mx) {
      RecordingDelivery delivery = deliver(mx.start(), Dialect.LMTP, PATIENT, Auth.NONE, batch);
      assertThat(mx.commands()).startsWith("LHLO client.example");
      assertThat(delivery.events(Delivered.class))
          .extracting(Delivered::message)
          .containsExactly(batch[0]);
      assertThat(delivery.events(Failed.class))
          .extracting(Failed::reply)
          .containsExactly(new Reply(452, "4.2.2", "full"), new Reply(550, "5.1.1", "gone"));
      assertThat(delivery.events(Failed.class)).allMatch(e -> e.stage() == Stage.CONFIRMATION);
      assertThat(mx.received().getFirst().body().sameOctets(batch[0].body())).isTrue();
      assertThat(mx.commands()).doesNotContain("RSET").endsWith("QUIT");
      assertThat(mx.defects()).isEmpty();
    }
  }

  @Test
  void lmtpDoesNotFallBackToHelo() {
    try (FakeMx mx = FakeMx.offering().on(At.EHLO, say("500 5.5.1 what?")).start()) {
      RecordingDelivery delivery = deliver(mx, Dialect.LMTP, PATIENT, Auth.NONE, mail(1));
      assertThat(delivery.taken()).isEmpty();
      assertThat(delivery.events(Closed.class).getFirst().stage()).isEqualTo(Stage.AFTER_EHLO);
    }
  }

  @Test
  void smtpSaysHelo() {
    try (FakeMx mx = FakeMx.offering("PIPELINING", "SIZE").start()) {
      deliver(mx, Dialect.SMTP, PATIENT, Auth.NONE, mail(1));
      assertThat(mx.commands())
          .startsWith("HELO client.example", "MAIL FROM:<sender@source.example>");
      assertThat(mx.received()).hasSize(1);
      assertThat(mx.pipelined()).isZero();
    }
  }

  // ---- XCLIENT

  @Test
  void xclientComesAgainForAnotherClient() {
    try (FakeMx mx = FakeMx.offering("XCLIENT NAME ADDR PROTO HELO", "PIPELINING").start()) {
      RecordingDelivery delivery =
          deliver(
              mx,
              Dialect.ESMTP,
              TestOptions.xclient(Xclient.IFAVAILABLE),
              Auth.NONE,
              from("a.example"),
              from("a.example"),
              from("b c=d"));
      assertThat(delivery.events(Delivered.class)).hasSize(3);
      assertThat(mx.commands())
          .filteredOn(line -> line.startsWith("XCLIENT") || line.startsWith("EHLO"))
          .containsExactly(
              "EHLO client.example",
              "XCLIENT NAME=[UNAVAILABLE] ADDR=[UNAVAILABLE] PROTO=ESMTP HELO=a.example",
              "EHLO client.example",
              "XCLIENT NAME=[UNAVAILABLE] ADDR=[UNAVAILABLE] PROTO=ESMTP HELO=b+20c+3Dd",
              "EHLO client.example");
      assertThat(mx.connections()).isEqualTo(1);
      assertThat(mx.defects()).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"IFAVAILABLE", "REQUIRED"})
  void xclientThatIsRefused(Xclient xclient) {
    for (String offered : new String[] {"XCLIENT ADDR", "8BITMIME"}) {
      try (FakeMx mx = FakeMx.offering(offered).always(At.XCLIENT, say("550 5.7.0 no")).start()) {
        RecordingDelivery delivery =
            deliver(mx, Dialect.ESMTP, TestOptions.xclient(xclient), Auth.NONE, mail(1), mail(2));
        boolean required = xclient == Xclient.REQUIRED;
        assertThat(delivery.events(Delivered.class)).hasSize(required ? 0 : 2);
        assertThat(delivery.events(Failed.class))
            .hasSize(required ? 1 : 0)
            .allMatch(e -> e.reply().isTransient());
        assertThat(mx.commands()).endsWith("QUIT");
      }
    }
  }

  // ---- AUTH

  @ParameterizedTest(name = "AUTH PLAIN sent a trailing NUL; base64 credential length {0}")
  @ValueSource(ints = {1, 2, 3, 15, 16, 31, 32, 63, 64, 127, 128, 200})
  void authPlain(int length) {
    Credentials who = as(Mechanism.PLAIN, "u".repeat(length), "\u00fc".repeat(length));
    FakeMx mx = FakeMx.offering("AUTH PLAIN LOGIN");
    boolean fits = 11 + AuthStep.plain(who).length() + 2 <= 512;
    if (!fits) {
      mx.on(At.AUTH, say("334 "));
    }
    try (mx) {
      RecordingDelivery delivery =
          deliver(mx.start(), Dialect.ESMTP, PATIENT, Auth.as(who), mail(1), mail(2));
      assertThat(delivery.events(Delivered.class)).hasSize(2);
      String sent = mx.commands().get(fits ? 1 : 2);
      byte[] wire = Base64.getDecoder().decode(fits ? sent.substring(11) : sent);
      assertThat(new String(wire, StandardCharsets.UTF_8))
          .isEqualTo("\0" + who.user() + "\0" + who.secret());
      assertThat(mx.commands()).filteredOn(line -> line.startsWith("AUTH")).hasSize(1);
    }
  }

  @Test
  void authLogin() {
    FakeMx mx =
        FakeMx.offering("AUTH LOGIN").on(At.AUTH, say("334 VXNlcm5hbWU6"), say("334 UGFzc3dvcmQ6"));
    try (mx) {
      deliver(
          mx.start(), Dialect.ESMTP, PATIENT, Auth.as(as(Mechanism.LOGIN, "me", "pw")), mail(1));
      assertThat(mx.commands())
          .containsSubsequence("AUTH LOGIN", base64("me"), base64("pw"), "QUIT");
      assertThat(mx.received()).hasSize(1);
    }
  }

  /** The example of RFC 2195 section 2. */
  @Test
  void authCramMd5() {
    FakeMx mx =
        FakeMx.offering("AUTH CRAM-MD5")
            .on(At.AUTH, say("334 PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+"));
    try (mx) {
      deliver(
          mx.start(),
          Dialect.ESMTP,
          PATIENT,
          Auth.as(as(Mechanism.CRAM_MD5, "tim", "tanstaaftanstaaf")),
          mail(1));
      assertThat(mx.commands()).contains("dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw");
      assertThat(mx.received()).hasSize(1);
    }
  }

  @Test
  void xoauth2AnswersTheErrorWithAnEmptyLine() {
    FakeMx mx =
        FakeMx.offering("AUTH XOAUTH2")
            .on(At.AUTH, say("334 eyJzdGF0dXMiOiI0MDEifQ=="), say("535 5.7.8 expired"));
    try (mx) {
      RecordingDelivery delivery =
          deliver(
              mx.start(),
              Dialect.ESMTP,
              PATIENT,
              Auth.as(as(Mechanism.XOAUTH2, "me", "token")),
              mail(1));
      assertThat(mx.commands())
          .containsSubsequence(
              "AUTH XOAUTH2 " + base64("user=me\1auth=Bearer token\1\1"), "", "QUIT");
      assertThat(delivery.events(Failed.class))
          .extracting(Failed::reply)
          .containsExactly(new Reply(454, "4.7.0", "[internal] AUTH refused: 535 5.7.8 expired"));
      assertThat(delivery.events(Failed.class).toString()).doesNotContain("token");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"AUTH LOGIN", "8BITMIME"})
  void sendsNothingWithoutTheMechanism(String offered) {
    try (FakeMx mx = FakeMx.offering(offered).start()) {
      RecordingDelivery delivery =
          deliver(mx, Dialect.ESMTP, PATIENT, Auth.as(as(Mechanism.PLAIN, "a", "b")), mail(1));
      assertThat(mx.commands()).containsExactly("EHLO client.example", "QUIT");
      assertThat(delivery.events(Failed.class)).hasSize(1).allMatch(e -> e.reply().isTransient());
    }
  }

  @Test
  @DisplayName("Connection reused for a message with other credentials")
  void otherCredentialsTakeANewConnection() {
    Auth byRecipient =
        Auth.by(
            message -> Optional.of(as(Mechanism.PLAIN, message.recipient().localpart(), "secret")));
    try (FakeMx mx = FakeMx.offering("AUTH PLAIN", "PIPELINING").start()) {
      RecordingDelivery first = deliver(mx, Dialect.ESMTP, PATIENT, byRecipient, mail(1), mail(2));
      assertThat(first.events(Delivered.class)).hasSize(1);
      assertThat(first.events(GivenBack.class))
          .extracting(GivenBack::message)
          .isEqualTo(List.of(first.taken().get(1)));
      assertThat(first.events(Closed.class))
          .containsExactly(new Closed(Stage.IDLE, Optional.empty()));
      deliver(mx, Dialect.ESMTP, PATIENT, byRecipient, mail(2));
      assertThat(mx.connections()).isEqualTo(2);
      assertThat(mx.commands())
          .filteredOn(line -> line.startsWith("AUTH"))
          .hasSize(2)
          .doesNotHaveDuplicates();
      assertThat(mx.received()).hasSize(2);
    }
  }

  @Test
  void secretsAreNotInTheText() {
    assertThat(as(Mechanism.PLAIN, "me", "pw").toString()).isEqualTo("PLAIN as me");
  }
}
