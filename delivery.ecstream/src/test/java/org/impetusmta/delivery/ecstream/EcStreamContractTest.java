package org.impetusmta.delivery.ecstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.impetusmta.api.delivery.DeliveryMethod;
import org.impetusmta.api.ecstream.Frame;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.testkit.mx.DeliveryMethodContract;
import org.impetusmta.testkit.mx.OutboundMessage;
import org.impetusmta.testkit.mx.RecordingDelivery;
import org.impetusmta.testkit.mx.RecordingDelivery.Event;
import org.impetusmta.testkit.net.NettyTestLoop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** ECStream keeps the contract of delivery methods, and has many messages under way. */
class EcStreamContractTest extends DeliveryMethodContract {
  private static final Reply OK = new Reply(250, "2.0.0", "OK");
  private final NettyTestLoop loop = NettyTestLoop.best();
  private int port = 1;

  @AfterEach
  void closeLoop() {
    loop.close();
  }

  @Override
  protected DeliveryMethod method() {
    return new EcStreamDelivery(delivery -> "client.example", delivery -> Optional.empty());
  }

  @Override
  protected EventLoop loop() {
    return loop;
  }

  @Override
  protected Record options() {
    return new EcStreamOptions(port, Duration.ofSeconds(1));
  }

  private static FakeEcStream.Script script(Behaviour behaviour) {
    AtomicInteger count = new AtomicInteger();
    return switch (behaviour) {
      case ACCEPTS -> one(dialogue -> dialogue.answer(to -> OK));
      case REFUSES_FOR_NOW ->
          one(dialogue -> dialogue.answer(to -> new Reply(450, "4.2.0", "later")));
      case REFUSES_FOR_GOOD ->
          one(dialogue -> dialogue.answer(to -> new Reply(550, "5.1.1", "never")));
      case REFUSES_SECOND ->
          one(
              dialogue ->
                  dialogue.answer(
                      to -> count.incrementAndGet() == 2 ? new Reply(550, "5.1.1", "never") : OK));
      case LEAVES_AT_ONCE -> dialogue -> {};
      case UNWILLING ->
          dialogue -> {
            dialogue.read();
            dialogue.write(new Frame.Bye(new Reply(554, "5.3.2", "no service")));
          };
      case LEAVES_IN_SECOND ->
          one(
              dialogue -> {
                if (dialogue.read() instanceof Frame.Submit first) {
                  dialogue.write(new Frame.Result(first.sequence(), java.util.List.of(OK)));
                  dialogue.read();
                }
              });
      case SILENT ->
          dialogue -> {
            while (dialogue.read() != null) {}
          };
      case BABBLES ->
          dialogue -> {
            dialogue.raw("SSH-2.0-OpenSSH_9.2\r\n");
            while (dialogue.read() != null) {}
          };
    };
  }

  /** One message under way at a time. */
  private static FakeEcStream.Script one(FakeEcStream.Script then) {
    return dialogue -> {
      dialogue.open(1, 1);
      then.run(dialogue);
    };
  }

  private FakeEcStream start(FakeEcStream.Script script) {
    try {
      FakeEcStream fake = new FakeEcStream(script);
      port = fake.address().getPort();
      return fake;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  protected FarEnd farEnd(Behaviour behaviour) {
    FakeEcStream fake = start(script(behaviour));
    return new FarEnd() {
      @Override
      public InetSocketAddress address() {
        return fake.address();
      }

      @Override
      public int taken() {
        return fake.taken.get();
      }

      @Override
      public void close() {
        fake.close();
      }
    };
  }

  private RecordingDelivery delivery(FakeEcStream fake, int messages) {
    RecordingDelivery delivery = new RecordingDelivery(loop, fake.address(), options());
    for (int i = 0; i < messages; i++) {
      delivery.queued(OutboundMessage.to("r" + i + "@d.example", "Subject: x\r\n\r\nx\r\n"));
    }
    return delivery;
  }

  @Test
  void asManyMessagesAreUnderWayAsTheServerAllows() {
    AtomicInteger waiting = new AtomicInteger();
    try (FakeEcStream fake =
        start(
            dialogue -> {
              dialogue.open(4, 1 << 20);
              Frame.Submit[] four = new Frame.Submit[4];
              for (int i = 0; i < 4; i++) {
                if (dialogue.read() instanceof Frame.Submit submit) {
                  four[i] = submit;
                  waiting.incrementAndGet();
                }
              }
              // in any order
              for (int i : new int[] {2, 0, 3, 1}) {
                dialogue.write(new Frame.Result(four[i].sequence(), java.util.List.of(OK)));
              }
              dialogue.answer(to -> OK);
            })) {
      RecordingDelivery delivery = delivery(fake, 9).quitWhenDrained().open(method());
      await().until(delivery::isClosed);
      assertThat(delivery.violations()).isEmpty();
      assertThat(waiting).hasValue(4);
      assertThat(delivery.events(Event.Delivered.class)).hasSize(9);
    }
  }

  @Test
  void whatAServerThatSaysByeHasNotAnsweredGoesBack() {
    try (FakeEcStream fake =
        start(
            dialogue -> {
              dialogue.open(4, 1 << 20);
              dialogue.read();
              dialogue.write(new Frame.Bye(new Reply(421, "4.3.2", "shutting down")));
              while (dialogue.read() != null) {}
            })) {
      RecordingDelivery delivery = delivery(fake, 3).open(method());
      await().until(delivery::isClosed);
      assertThat(delivery.violations()).isEmpty();
      assertThat(delivery.events(Event.Failed.class)).isEmpty();
      assertThat(delivery.events(Event.GivenBack.class)).hasSize(3);
    }
  }

  @Test
  void whatIsUnderWayWhenTheLineBreaksFailsForNow() {
    try (FakeEcStream fake =
        start(
            dialogue -> {
              dialogue.open(4, 1 << 20);
              for (int i = 0; i < 3; i++) {
                dialogue.read();
              }
            })) {
      RecordingDelivery delivery = delivery(fake, 3).open(method());
      await().until(delivery::isClosed);
      assertThat(delivery.violations()).isEmpty();
      assertThat(delivery.events(Event.Failed.class))
          .hasSize(3)
          .allMatch(failed -> failed.reply().isTransient());
    }
  }

  @Test
  void anAnswerToNothingEndsTheConnection() {
    try (FakeEcStream fake =
        start(
            dialogue -> {
              dialogue.open(4, 1 << 20);
              dialogue.write(new Frame.Result(77, java.util.List.of(OK)));
              while (dialogue.read() != null) {}
            })) {
      RecordingDelivery delivery = delivery(fake, 1).open(method());
      await().until(delivery::isClosed);
      assertThat(delivery.violations()).isEmpty();
      assertThat(delivery.events(Event.Delivered.class)).isEmpty();
    }
  }

  /** There is no TLS on it, and a frame has no place for other than ASCII addresses. */
  @Test
  void whatItCannotSayFailsAndTheRestGoesOn() {
    try (FakeEcStream fake =
        start(
            dialogue -> {
              dialogue.open(4, 1 << 20);
              dialogue.answer(to -> OK);
            })) {
      OutboundMessage secret = OutboundMessage.to("r@d.example", "Subject: x\r\n\r\nx\r\n");
      secret.context().set(Message.REQUIRE_TLS, "true");
      OutboundMessage declared = OutboundMessage.to("r@d.example", "Subject: x\r\n\r\nx\r\n");
      declared.context().set("smtputf8", "true");
      RecordingDelivery delivery =
          delivery(fake, 1)
              .queued(secret, declared)
              .queued(OutboundMessage.to("\u00e9@d.example", "Subject: x\r\n\r\nx\r\n"))
              .queued(OutboundMessage.to("last@d.example", "Subject: x\r\n\r\nx\r\n"))
              .quitWhenDrained()
              .open(method());
      await().until(delivery::isClosed);
      assertThat(delivery.violations()).isEmpty();
      assertThat(delivery.events(Event.Failed.class))
          .extracting(failed -> failed.reply().enhanced())
          .containsExactly("5.7.30", "5.6.7", "5.6.7");
      assertThat(delivery.events(Event.Delivered.class)).hasSize(2);
    }
  }
}
