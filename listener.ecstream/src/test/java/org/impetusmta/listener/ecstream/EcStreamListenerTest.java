package org.impetusmta.listener.ecstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.ecstream.EcStreamException;
import org.impetusmta.api.ecstream.Frame;
import org.impetusmta.api.ecstream.FrameCodec;
import org.impetusmta.api.ecstream.FrameReader;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Reply;
import org.impetusmta.client.ecstream.EcStreamClient;
import org.impetusmta.client.ecstream.WireForm;
import org.impetusmta.delivery.ecstream.EcStreamDelivery;
import org.impetusmta.testkit.mx.OutboundMessage;
import org.impetusmta.testkit.mx.RecordingDelivery;
import org.impetusmta.testkit.mx.RecordingDelivery.Event;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EcStreamListenerTest {
  private static final String BODY = "Subject: x\r\n\r\nx\r\n";
  private EcStreamServer server;

  @BeforeEach
  void start() throws Exception {
    server = new EcStreamServer();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  /** A client in the test's thread. */
  private final class Client implements AutoCloseable {
    private final Socket socket = new Socket();
    private final FrameReader reader = new FrameReader(0, 0);
    private final ArrayDeque<Frame> frames = new ArrayDeque<>();

    Client() throws IOException {
      socket.connect(server.address());
      socket.setSoTimeout(10_000);
    }

    Client open() throws Exception {
      write(new Frame.Hello(1, "client.example"));
      assertThat(read()).isEqualTo(Limits.WELCOME);
      return this;
    }

    void write(Frame frame) throws IOException {
      raw(FrameCodec.encode(frame));
    }

    void raw(byte[] octets) throws IOException {
      socket.getOutputStream().write(octets);
    }

    void submit(int sequence, String body, String... recipients) throws IOException {
      List<Address> to = new ArrayList<>();
      for (String recipient : recipients) {
        to.add(Address.of(recipient));
      }
      write(
          new Frame.Submit(
              sequence,
              false,
              Address.of("s@source.example"),
              to,
              Body.of(body.getBytes(StandardCharsets.ISO_8859_1))));
    }

    @Nullable Frame read() throws IOException, EcStreamException {
      byte[] octets = new byte[8192];
      while (frames.isEmpty()) {
        int count = socket.getInputStream().read(octets);
        if (count < 0) {
          return null;
        }
        ByteBuffer some = ByteBuffer.wrap(octets, 0, count);
        while (some.hasRemaining()) {
          Optional<Frame> frame = reader.read(some);
          frame.ifPresent(frames::add);
        }
      }
      return frames.poll();
    }

    int[] result(int sequence) throws Exception {
      if (!(read() instanceof Frame.Result result)) {
        throw new AssertionError("no result");
      }
      assertThat(result.sequence()).isEqualTo(sequence);
      return result.replies().stream().mapToInt(reply -> reply.code()).toArray();
    }

    void saysBye(int code) throws Exception {
      if (!(read() instanceof Frame.Bye bye)) {
        throw new AssertionError("no BYE");
      }
      assertThat(bye.reply().code()).isEqualTo(code);
      assertThat(read()).isNull();
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  @Test
  void takesMessagesInOrderAndQueuesThem() throws Exception {
    try (Client client = new Client().open()) {
      for (int i = 0; i < 100; i++) {
        client.submit(i, BODY, "a@example.com", "b@example.com");
      }
      for (int i = 0; i < 100; i++) {
        assertThat(client.result(i)).containsExactly(250);
      }
      client.write(new Frame.Bye(new Reply(221, "", "")));
      client.saysBye(221);
    }
    assertThat(server.spool.kept()).hasSize(200);
    assertThat(server.queued).hasSize(200);
    assertThat(server.spool.kept().getFirst().envelope().protocol()).isEqualTo("ecstream");
    assertThat(
            new String(
                server.spool.kept().getFirst().body().toByteArray(), StandardCharsets.ISO_8859_1))
        .startsWith("Received: ")
        .endsWith(BODY);
  }

  @Test
  void tellsEachRecipientsResult() throws Exception {
    try (Client client = new Client().open()) {
      client.submit(1, BODY, "a@example.com", "b@elsewhere.example", "\"x\"@example.com", "<@x>");
      int[] codes = client.result(1);
      assertThat(codes).hasSize(4);
      assertThat(codes[0]).isEqualTo(250);
      assertThat(codes[1]).isBetween(550, 559);
      assertThat(codes[2]).isEqualTo(250);
      assertThat(codes[3]).isEqualTo(553);
      client.submit(2, BODY, "b@elsewhere.example");
      assertThat(client.result(2)[0]).isBetween(550, 559);
    }
    assertThat(server.spool.kept()).hasSize(2);
  }

  @Test
  void nothingIsAcknowledgedBeforeItIsDurable() throws Exception {
    server.spool.waiting(true);
    try (Client client = new Client().open()) {
      client.submit(1, BODY, "a@example.com");
      client.submit(2, BODY, "b@example.com");
      // both wait for the disk, whatever the first is told
      await().until(() -> server.spool.kept().size() == 2);
      // the client dies between store and acknowledgement: the mail is kept all the same
      assertThat(client.socket.getInputStream().available()).isZero();
    }
    await().until(() -> server.counters.inboundConnections.sum() == 0);
    server.spool.release();
    await().until(() -> server.queued.size() == 2);
    assertThat(server.spool.kept()).hasSize(2);
  }

  @Test
  void whatTheConnectionSaysOfAMessageIsThatOfItsTime() throws Exception {
    server.spool.waiting(true);
    try (Client client = new Client().open()) {
      client.submit(1, BODY, "a@example.com");
      client.submit(2, BODY, "b@example.com", "c@example.com");
      await().until(() -> server.spool.kept().size() == 3);
      server.spool.release();
      assertThat(client.result(1)).containsExactly(250);
      assertThat(client.result(2)).containsExactly(250);
    }
    assertThat(server.spool.kept())
        .extracting(
            kept -> kept.envelope().connectionContext().get("connection_message_count"),
            kept -> kept.envelope().connectionContext().get("message_rcpt_count"))
        .containsExactly(tuple("1", "1"), tuple("2", "2"), tuple("2", "2"));
    assertThat(server.settled)
        .extracting(context -> context.get("connection_message_count").orElse(""))
        .containsExactly("1", "2", "2");
  }

  @Test
  void afterByeAMessageWithoutAResultWasNotTaken() throws Exception {
    server.spool.waiting(true);
    try (Client client = new Client().open()) {
      client.submit(1, BODY, "a@example.com");
      client.raw(new byte[] {0, 0, 0, 1, 99});
      await()
          .until(() -> server.log.events().stream().anyMatch(LogEvent.Rejection.class::isInstance));
      assertThat(client.socket.getInputStream().available()).isZero();
      client.submit(2, BODY, "b@example.com");
      server.spool.release();
      assertThat(client.result(1)).containsExactly(250);
      client.saysBye(500);
    }
    assertThat(server.spool.kept()).hasSize(1);
  }

  @Test
  void octetsOfAFrameThatHasNotArrivedAreCounted() throws Exception {
    byte[] half = new byte[300_000];
    half[1] = 0x10;
    half[4] = 3;
    server.memory.take(1_000_000_000 - 700_000);
    try (Client client = new Client().open()) {
      client.raw(half);
      await().until(() -> !takes(500_000));
    }
    await().until(() -> takes(500_000));
    server.memory.take(500_000);
    try (Client client = new Client().open()) {
      client.raw(half);
      client.saysBye(452);
    }
    await().until(() -> takes(200_000));
  }

  private boolean takes(int octets) {
    boolean taken = server.memory.take(octets);
    if (taken) {
      server.memory.give(octets);
    }
    return taken;
  }

  @Test
  void theClientLibraryHasManyMessagesUnderWay() throws Exception {
    server.spool.waiting(true);
    List<CompletableFuture<List<Reply>>> results = new ArrayList<>();
    Address sender = Address.of("s@source.example");
    Body body = WireForm.of("Subject: x\n\n.x\ny".getBytes(StandardCharsets.US_ASCII));
    try (EcStreamClient client = new EcStreamClient(server.address(), "client.example", 10_000)) {
      for (int i = 0; i < Limits.MESSAGES; i++) {
        results.add(client.submit(sender, List.of(Address.of("a@example.com")), body));
      }
      client.flush();
      await().until(() -> server.spool.kept().size() == Limits.MESSAGES);
      assertThat(results).noneMatch(CompletableFuture::isDone);
      assertThatThrownBy(() -> client.submit(sender, List.of(), body))
          .isInstanceOf(IllegalArgumentException.class);
      server.spool.release();
      results.add(
          client.submit(
              sender,
              List.of(Address.of("a@example.com"), Address.of("a@elsewhere.example")),
              body));
    }
    assertThat(results).allMatch(CompletableFuture::isDone);
    assertThat(results.removeLast().get()).extracting(Reply::code).containsExactly(250, 550);
    for (CompletableFuture<List<Reply>> result : results) {
      assertThat(result.get()).extracting(Reply::code).containsExactly(250);
    }
    assertThat(
            new String(
                server.spool.kept().getFirst().body().toByteArray(), StandardCharsets.US_ASCII))
        .endsWith("Subject: x\r\n\r\n..x\r\ny\r\n");
  }

  @Test
  void theClientLibraryTellsWhatWasNotTaken() throws Exception {
    server.close();
    server = new EcStreamServer("ecstream_idle_time=1");
    try (EcStreamClient client = new EcStreamClient(server.address(), "client.example", 10_000)) {
      // not flushed: the server hears of nothing and ends the session
      CompletableFuture<List<Reply>> result =
          client.submit(
              Address.NULL,
              List.of(Address.of("a@example.com")),
              Body.of(BODY.getBytes(StandardCharsets.US_ASCII)));
      assertThatThrownBy(() -> result.get(10, TimeUnit.SECONDS))
          .hasCauseInstanceOf(EcStreamClient.NotTaken.class)
          .hasMessageContaining("421");
      assertThatThrownBy(
              () -> client.submit(Address.NULL, List.of(Address.of("a@example.com")), Body.of()))
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void aSpoolThatFailsDefers() throws Exception {
    server.spool.failing(true);
    try (Client client = new Client().open()) {
      client.submit(1, BODY, "a@example.com");
      assertThat(client.result(1)[0]).isBetween(400, 499);
      server.spool.failing(false);
      client.submit(2, BODY, "a@example.com");
      assertThat(client.result(2)).containsExactly(250);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"x", "x\n", "x\r\n.\r\n", ".\r\nx\r\n", "x\r\ry\r\n", "x\r\n.\ny\r\n", "x\r"})
  void aBodyThatIsNotInWireFormIsRefused(String body) throws Exception {
    try (Client client = new Client().open()) {
      client.submit(1, body, "a@example.com");
      assertThat(client.result(1)).containsExactly(550);
      client.submit(2, BODY + "..\r\n", "a@example.com");
      assertThat(client.result(2)).containsExactly(250);
    }
    assertThat(server.spool.kept()).hasSize(1);
  }

  @Test
  void manyRecipientsNeedNoDeepStack() throws Exception {
    String[] many = new String[9000];
    for (int i = 0; i < many.length; i++) {
      many[i] = "r" + i + "@example.com";
    }
    try (Client client = new Client().open()) {
      client.submit(1, BODY, many);
      assertThat(client.result(1)).containsOnly(250);
    }
    assertThat(server.spool.kept()).hasSize(many.length);
  }

  @Test
  void moreUnderWayThanAllowedEndsTheSession() throws Exception {
    server.spool.waiting(true);
    try (Client client = new Client().open()) {
      for (int i = 0; i <= Limits.MESSAGES; i++) {
        client.submit(i, BODY, "a@example.com");
      }
      client.saysBye(500);
    }
    server.spool.release();
  }

  @Test
  void theSizeIsLookedAtBeforeAnythingIsKept() throws Exception {
    try (Client client = new Client()) {
      // a message before hello has no room at all
      client.raw(new byte[] {0x00, 0x00, 0x10, 0x00, 3});
      client.saysBye(500);
    }
    try (Client client = new Client().open()) {
      client.raw(new byte[] {0x7f, 0x00, 0x00, 0x00, 3});
      client.saysBye(500);
    }
    try (Client client = new Client().open()) {
      client.raw(new byte[] {(byte) 0xff, 0x00, 0x00, 0x00, 3});
      client.saysBye(500);
    }
  }

  @Test
  void idleClientsAreCutOff() throws Exception {
    server.close();
    server = new EcStreamServer("ecstream_idle_time=1");
    try (Client client = new Client().open()) {
      client.saysBye(421);
    }
  }

  @Test
  void oneMessageInATurnIsEnough() throws Exception {
    server.close();
    server = new EcStreamServer("ecstream_max_batch_size=1");
    try (Client client = new Client().open()) {
      for (int i = 0; i < 20; i++) {
        client.submit(i, BODY, "a@elsewhere.example");
      }
      for (int i = 0; i < 20; i++) {
        assertThat(client.result(i)[0]).isBetween(550, 559);
      }
    }
  }

  @Test
  void aListenerThatStopsSaysSo() throws Exception {
    try (Client client = new Client().open()) {
      Thread.ofVirtual().start(() -> server.listener().deactivate());
      client.saysBye(421);
    }
  }

  @Test
  void hostileFramesEndTheSessionAndNothingElse() throws Exception {
    Random random = new Random(20261126);
    byte[] good =
        FrameCodec.encode(
            new Frame.Submit(
                7,
                false,
                Address.of("s@source.example"),
                List.of(Address.of("a@example.com"), Address.of("b@example.com")),
                Body.of(BODY.getBytes(StandardCharsets.US_ASCII))));
    for (int i = 0; i < 150; i++) {
      byte[] frame = good.clone();
      for (int j = 0; j <= random.nextInt(4); j++) {
        frame[random.nextInt(60)] = (byte) random.nextInt();
      }
      try (Client client = new Client().open()) {
        client.raw(frame);
        client.socket.shutdownOutput();
        while (client.read() != null) {
          // whatever it says, it comes to an end
        }
      }
    }
    await().until(() -> server.counters.inboundConnections.sum() == 0);
    assertThat(server.memory.percent()).isLessThan(2);
    try (Client client = new Client().open()) {
      client.submit(1, BODY, "a@example.com");
      assertThat(client.result(1)).containsExactly(250);
    }
  }

  @Test
  void ourDeliveryAndOurListenerUnderstandEachOther() throws Exception {
    Record options =
        new org.impetusmta.delivery.ecstream.EcStreamOptions(
            server.address().getPort(), Duration.ofSeconds(10));
    RecordingDelivery delivery =
        new RecordingDelivery(server.loops().loops().getFirst(), server.address(), options)
            .queued(batch(500, "example.com"))
            .queued(OutboundMessage.to("no@elsewhere.example", BODY))
            .queued(batch(3, "example.com"))
            .recipientsPerBatch(50)
            .quitWhenDrained()
            .open(new EcStreamDelivery(d -> "client.example", d -> Optional.empty()));
    await().until(delivery::isClosed);
    assertThat(delivery.violations()).isEmpty();
    assertThat(delivery.events(Event.Delivered.class)).hasSize(503);
    assertThat(delivery.events(Event.Failed.class))
        .hasSize(1)
        .allMatch(failed -> failed.reply().isPermanent());
    assertThat(server.spool.kept()).hasSize(503);
  }

  private static OutboundMessage[] batch(int count, String domain) {
    OutboundMessage[] batch = OutboundMessage.batch(count, BODY);
    for (int i = 0; i < count; i++) {
      batch[i] = batch[i].to(new Address("r" + i, domain));
    }
    return batch;
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "run/socket", "1.2.3.4", "1.2.3.4:70000", "[1.2:1", "::1:25"})
  void wrongAddressesAreRefused(String listen) {
    assertThatThrownBy(() -> new EcStreamServer("listen=" + listen))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("test:1")
        .hasMessageContaining("expected");
  }
}
