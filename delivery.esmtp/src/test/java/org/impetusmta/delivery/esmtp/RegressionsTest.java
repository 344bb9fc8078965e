package org.impetusmta.delivery.esmtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.impetusmta.testkit.mx.FakeMx.delay;
import static org.impetusmta.testkit.mx.FakeMx.leave;
import static org.impetusmta.testkit.mx.FakeMx.proceed;
import static org.impetusmta.testkit.mx.FakeMx.raw;
import static org.impetusmta.testkit.mx.FakeMx.say;

import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Optional;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.Reply;
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

/**
 * Faults that others had: each name is a row of the list of regressions. More of them are in {@link
 * SessionTest}, {@link ContentTest} and {@link ReplyReaderTest}.
 */
final class RegressionsTest {
  private static final NettyTestLoop LOOP = NettyTestLoop.best();

  @AfterAll
  static void closeLoop() {
    LOOP.close();
  }

  private static Message mail(int number) {
    return OutboundMessage.to("r" + number + "@destination.example", "Subject: x\r\n\r\nx\r\n");
  }

  private static RecordingDelivery opened(InetSocketAddress to, Message... mail) {
    return new RecordingDelivery(LOOP, to, TestOptions.seconds(20))
        .queued(mail)
        .recipientsPerBatch(10)
        .quitWhenDrained()
        .open(Auth.anonymous());
  }

  private static RecordingDelivery deliver(FakeMx mx, Message... mail) {
    RecordingDelivery delivery = opened(mx.address(), mail);
    await().atMost(Duration.ofSeconds(30)).until(delivery::isClosed);
    assertThat(delivery.violations()).isEmpty();
    return delivery;
  }

  @Test
  @DisplayName("Multi-line reply whose last line has another code was requeued without a log line")
  void lastLineWithAnotherCode() {
    try (FakeMx mx = FakeMx.offering().on(At.BANNER, raw("220-hello\r\n521 bye\r\n")).start()) {
      RecordingDelivery delivery = deliver(mx, mail(1));
      assertThat(delivery.taken()).isEmpty();
      assertThat(delivery.events(Closed.class))
          .containsExactly(new Closed(Stage.BANNER, Optional.of(Failures.MALFORMED)));
    }
    try (FakeMx mx = FakeMx.offering().on(At.RCPT, raw("250-hello\r\n550 bye\r\n")).start()) {
      RecordingDelivery delivery = deliver(mx, mail(1));
      assertThat(delivery.events(Failed.class))
          .extracting(Failed::reply)
          .containsExactly(Failures.MALFORMED);
    }
  }

  @Test
  @DisplayName("After 421 and close, the next queued message was tempfailed too")
  void the421IsForOneMessage() {
    FakeMx mx = FakeMx.offering("PIPELINING").on(At.MAIL, leave("421 4.3.2 closing"));
    try (mx) {
      RecordingDelivery delivery = deliver(mx.start(), mail(1), mail(2));
      assertThat(delivery.taken()).hasSize(1);
      assertThat(delivery.events(Failed.class))
          .extracting(Failed::reply)
          .containsExactly(new Reply(421, "4.3.2", "closing"));
    }
  }

  @Test
  @DisplayName("QUIT not followed by an orderly TCP close")
  void quitIsFollowedByAnOrderlyClose() {
    FakeMx mx = FakeMx.offering().on(At.QUIT, delay(Duration.ofMillis(50), say("221 2.0.0 bye")));
    try (mx) {
      RecordingDelivery delivery = deliver(mx.start(), mail(1));
      assertThat(delivery.events(Closed.class))
          .containsExactly(new Closed(Stage.IDLE, Optional.empty()));
      assertThat(mx.commands()).endsWith("QUIT");
      assertThat(mx.defects()).isEmpty(); // a reset would be one
    }
  }

  @Test
  @DisplayName("Remote refuses a batch recipient over the limit while batch is being sent")
  void recipientOverTheLimit() {
    FakeMx mx =
        FakeMx.offering("PIPELINING")
            .on(
                At.RCPT,
                proceed(),
                proceed(),
                say("452 4.5.3 too many"),
                say("452 4.5.3 too many"));
    OutboundMessage[] batch = OutboundMessage.batch(4, "Subject: x\r\n\r\nx\r\n");
    try (mx) {
      mx.start();
      RecordingDelivery delivery =
          new RecordingDelivery(LOOP, mx.address(), TestOptions.seconds(20))
              .queued(batch)
              .recipientsPerBatch(10)
              .requeueing()
              .quitWhenDrained()
              .open(Auth.anonymous());
      await().atMost(Duration.ofSeconds(30)).until(delivery::isClosed);
      assertThat(delivery.violations()).isEmpty();
      assertThat(delivery.events(Delivered.class))
          .extracting(Delivered::message)
          .containsExactly(batch);
      assertThat(delivery.events(GivenBack.class)).hasSize(2);
      assertThat(delivery.events(Failed.class)).isEmpty();
    }
  }

  @Test
  @DisplayName("Message lost when config change resets the connection during RSET")
  void toldToEndDuringRset() {
    FakeMx mx =
        FakeMx.offering()
            .on(At.RCPT, say("550 5.1.1 gone"))
            .on(At.RSET, delay(Duration.ofMillis(200), say("250 2.0.0 Ok")));
    try (mx) {
      RecordingDelivery delivery = opened(mx.start().address(), mail(1), mail(2));
      await().until(() -> mx.commands().contains("RSET"));
      delivery.quit();
      await().until(delivery::isClosed);
      assertThat(delivery.violations()).isEmpty();
      assertThat(delivery.events(Failed.class)).hasSize(1);
      assertThat(delivery.taken()).hasSize(1); // the second never left its queue
      assertThat(mx.commands()).endsWith("QUIT");
    }
  }

  @Test
  @DisplayName("Messages stuck in the active queue when a binding cannot connect")
  void cannotConnect() throws Exception {
    InetSocketAddress nobody;
    try (ServerSocket probe = new ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress())) {
      nobody = (InetSocketAddress) probe.getLocalSocketAddress();
    }
    RecordingDelivery delivery = opened(nobody, mail(1));
    await().until(delivery::isClosed);
    assertThat(delivery.taken()).isEmpty();
    assertThat(delivery.events(Closed.class))
        .allMatch(e -> e.stage() == Stage.NOT_CONNECTED)
        .allMatch(e -> e.cause().isPresent() && e.cause().get().isTransient());
  }
}
