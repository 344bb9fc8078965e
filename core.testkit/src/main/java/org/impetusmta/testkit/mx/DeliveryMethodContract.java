package org.impetusmta.testkit.mx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.impetusmta.api.delivery.DeliveryMethod;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.testkit.mx.RecordingDelivery.Event;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What {@code Delivery} asks of every delivery method: each message taken is answered for exactly
 * once, what was not attempted is given back or left in the queue, the end is reported exactly
 * once, and all of it on the loop. A method's test extends it and adds what its protocol asks.
 */
public abstract class DeliveryMethodContract {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** How the far end behaves. */
  protected enum Behaviour {
    /** Takes everything. */
    ACCEPTS,
    /** Refuses every message for now. */
    REFUSES_FOR_NOW,
    /** Refuses every message for good. */
    REFUSES_FOR_GOOD,
    /** Refuses the second message for good, takes the others. */
    REFUSES_SECOND,
    /** Hangs up before it says that it is willing. */
    LEAVES_AT_ONCE,
    /** Says that it is not willing. */
    UNWILLING,
    /** Hangs up in the middle of the second message. */
    LEAVES_IN_SECOND,
    /** Takes the connection and says nothing. */
    SILENT,
    /** Speaks some other protocol. */
    BABBLES
  }

  /** A far end on loopback. */
  protected interface FarEnd extends AutoCloseable {
    InetSocketAddress address();

    /** How many messages it took responsibility for. */
    int taken();

    @Override
    void close();
  }

  private final List<FarEnd> farEnds = new ArrayList<>();

  /** The method under test. */
  protected abstract DeliveryMethod method();

  /** A loop that carries connections of the method. */
  protected abstract EventLoop loop();

  /** The method's options, with timeouts of about a second. */
  protected abstract Record options();

  /** Starts a far end. */
  protected abstract FarEnd farEnd(Behaviour behaviour);

  @AfterEach
  final void closeFarEnds() {
    farEnds.forEach(FarEnd::close);
  }

  private FarEnd start(Behaviour behaviour) {
    FarEnd farEnd = farEnd(behaviour);
    farEnds.add(farEnd);
    return farEnd;
  }

  private RecordingDelivery delivery(InetSocketAddress address) {
    return new RecordingDelivery(loop(), address, options());
  }

  private static Message[] mail(int count) {
    Message[] mail = new Message[count];
    for (int i = 0; i < count; i++) {
      mail[i] =
          OutboundMessage.to("r" + i + "@destination.example", "Subject: " + i + "\r\n\r\nx\r\n");
    }
    return mail;
  }

  private static void awaitClosed(RecordingDelivery delivery) {
    await().atMost(PATIENCE).until(delivery::isClosed);
    assertThat(delivery.violations()).isEmpty();
    assertThat(delivery.events(Event.Closed.class)).hasSize(1);
  }

  @Test
  void namesItselfInLowerCase() {
    assertThat(method().name()).isNotEmpty().isLowerCase();
  }

  @Test
  void deliversAllThatWaits() {
    FarEnd farEnd = start(Behaviour.ACCEPTS);
    RecordingDelivery delivery =
        delivery(farEnd.address()).queued(mail(25)).quitWhenDrained().open(method());
    awaitClosed(delivery);
    assertThat(delivery.events(Event.Connected.class)).hasSize(1);
    assertThat(delivery.events(Event.Delivered.class))
        .extracting(Event.Delivered::message)
        .containsExactlyElementsOf(delivery.taken());
    assertThat(delivery.taken()).hasSize(25);
    assertThat(farEnd.taken()).isEqualTo(25);
    assertThat(delivery.events(Event.Closed.class).getFirst().cause()).isEmpty();
  }

  @Test
  void countsTheOctetsOfTheBody() {
    FarEnd farEnd = start(Behaviour.ACCEPTS);
    Message[] one = mail(1);
    RecordingDelivery delivery =
        delivery(farEnd.address()).queued(one).quitWhenDrained().open(method());
    awaitClosed(delivery);
    assertThat(delivery.events(Event.Delivered.class).getFirst().bytes()).isEqualTo(one[0].size());
  }

  @Test
  void waitsForMailAndGoesOnWhenWoken() {
    FarEnd farEnd = start(Behaviour.ACCEPTS);
    RecordingDelivery delivery = delivery(farEnd.address()).open(method());
    await().atMost(PATIENCE).until(() -> !delivery.events(Event.Connected.class).isEmpty());
    Message[] mail = mail(3);
    for (int i = 0; i < mail.length; i++) {
      delivery.enqueue(mail[i]);
      int delivered = i + 1;
      await()
          .atMost(PATIENCE)
          .until(() -> delivery.events(Event.Delivered.class).size() == delivered);
    }
    assertThat(delivery.isClosed()).isFalse();
    delivery.quit();
    awaitClosed(delivery);
    assertThat(delivery.events(Event.Closed.class).getFirst().cause()).isEmpty();
  }

  @Test
  void finishesWhatIsInFlightBeforeItQuits() {
    FarEnd farEnd = start(Behaviour.ACCEPTS);
    RecordingDelivery delivery = delivery(farEnd.address()).queued(mail(100));
    delivery.onEvent(
        event -> {
          if (event instanceof Event.Delivered) {
            delivery.quit();
          }
        });
    delivery.open(method());
    awaitClosed(delivery);
    assertThat(delivery.events(Event.Failed.class)).isEmpty();
    assertThat(delivery.events(Event.Delivered.class)).isNotEmpty().hasSizeLessThan(100);
    assertThat(farEnd.taken()).isEqualTo(delivery.events(Event.Delivered.class).size());
  }

  @Test
  void quitsWhileNothingWasSaidYet() {
    FarEnd farEnd = start(Behaviour.SILENT);
    RecordingDelivery delivery = delivery(farEnd.address()).queued(mail(1));
    delivery.onEvent(
        event -> {
          if (event instanceof Event.Connected) {
            delivery.quit();
          }
        });
    delivery.open(method());
    awaitClosed(delivery);
    assertThat(delivery.events(Event.Failed.class)).isEmpty();
    assertThat(delivery.events(Event.Delivered.class)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(names = {"REFUSES_FOR_NOW", "REFUSES_FOR_GOOD"})
  void answersForEachMessageThatIsRefused(Behaviour behaviour) {
    FarEnd farEnd = start(behaviour);
    RecordingDelivery delivery =
        delivery(farEnd.address()).queued(mail(5)).quitWhenDrained().open(method());
    awaitClosed(delivery);
    assertThat(delivery.events(Event.Failed.class))
        .hasSize(5)
        .allMatch(e -> e.reply().isPermanent() == (behaviour == Behaviour.REFUSES_FOR_GOOD));
    assertThat(farEnd.taken()).isZero();
  }

  @Test
  void goesOnBehindARefusal() {
    FarEnd farEnd = start(Behaviour.REFUSES_SECOND);
    RecordingDelivery delivery =
        delivery(farEnd.address()).queued(mail(4)).quitWhenDrained().open(method());
    awaitClosed(delivery);
    assertThat(delivery.events(Event.Failed.class))
        .extracting(Event.Failed::message)
        .containsExactly(delivery.taken().get(1));
    assertThat(delivery.events(Event.Delivered.class)).hasSize(3);
    assertThat(farEnd.taken()).isEqualTo(3);
  }

  @Test
  void answersForEachMessageOfABatch() {
    FarEnd farEnd = start(Behaviour.ACCEPTS);
    RecordingDelivery delivery =
        delivery(farEnd.address())
            .queued(OutboundMessage.batch(7, "Subject: x\r\n\r\nx\r\n"))
            .recipientsPerBatch(5)
            .quitWhenDrained()
            .open(method());
    awaitClosed(delivery);
    assertThat(delivery.events(Event.Delivered.class))
        .extracting(Event.Delivered::message)
        .containsExactlyElementsOf(delivery.taken());
    assertThat(delivery.taken()).hasSize(7);
    assertThat(farEnd.taken()).isBetween(2, 7);
  }

  @Test
  void oneRefusalInABatchIsThatMessagesOwn() {
    FarEnd farEnd = start(Behaviour.REFUSES_SECOND);
    RecordingDelivery delivery =
        delivery(farEnd.address())
            .queued(OutboundMessage.batch(4, "Subject: x\r\n\r\nx\r\n"))
            .recipientsPerBatch(100)
            .quitWhenDrained()
            .open(method());
    awaitClosed(delivery);
    assertThat(delivery.events(Event.Failed.class))
        .extracting(Event.Failed::message)
        .containsExactly(delivery.taken().get(1));
    assertThat(delivery.events(Event.Delivered.class)).hasSize(3);
  }

  @ParameterizedTest
  @EnumSource(names = {"LEAVES_AT_ONCE", "UNWILLING", "SILENT", "BABBLES"})
  void chargesNoMessageWithAHostThatDoesNotServe(Behaviour behaviour) {
    FarEnd farEnd = start(behaviour);
    RecordingDelivery delivery = delivery(farEnd.address()).queued(mail(3)).open(method());
    awaitClosed(delivery);
    assertThat(delivery.events(Event.Failed.class)).isEmpty();
    assertThat(delivery.events(Event.GivenBack.class)).hasSameSizeAs(delivery.taken());
    assertThat(delivery.events(Event.Closed.class).getFirst().cause()).isPresent();
  }

  @Test
  void chargesNoMessageWhereNothingListens() throws IOException {
    // bound and not listening: the port is refused, and nobody else can take it meanwhile
    try (Socket bound = new Socket()) {
      bound.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      InetSocketAddress nobody = (InetSocketAddress) bound.getLocalSocketAddress();
      RecordingDelivery delivery = delivery(nobody).queued(mail(3)).open(method());
      awaitClosed(delivery);
      assertThat(delivery.events(Event.Connected.class)).isEmpty();
      assertThat(delivery.events(Event.Failed.class)).isEmpty();
      assertThat(delivery.events(Event.GivenBack.class)).hasSameSizeAs(delivery.taken());
      assertThat(delivery.events(Event.Closed.class).getFirst().cause())
          .get()
          .matches(reply -> reply.isTransient());
    }
  }

  @Test
  void failsTheMessageThatWasInFlightAndNoOther() {
    FarEnd farEnd = start(Behaviour.LEAVES_IN_SECOND);
    RecordingDelivery delivery = delivery(farEnd.address()).queued(mail(4)).open(method());
    awaitClosed(delivery);
    assertThat(delivery.events(Event.Delivered.class))
        .extracting(Event.Delivered::message)
        .containsExactly(delivery.taken().get(0));
    assertThat(delivery.events(Event.Failed.class))
        .extracting(Event.Failed::message)
        .containsExactly(delivery.taken().get(1));
    assertThat(delivery.events(Event.Failed.class).getFirst().reply().isTransient()).isTrue();
    assertThat(delivery.events(Event.GivenBack.class)).hasSize(delivery.taken().size() - 2);
  }
}
