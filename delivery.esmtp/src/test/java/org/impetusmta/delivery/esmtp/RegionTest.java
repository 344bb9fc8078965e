package org.impetusmta.delivery.esmtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.impetusmta.testkit.mx.FakeMx.delay;
import static org.impetusmta.testkit.mx.FakeMx.proceed;
import static org.impetusmta.testkit.mx.FakeMx.say;
import static org.impetusmta.testkit.mx.FakeMx.stall;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.BodyRegion;
import org.impetusmta.api.message.Message;
import org.impetusmta.delivery.esmtp.EsmtpOptions.Send8BitMime;
import org.impetusmta.testkit.mx.FakeMx;
import org.impetusmta.testkit.mx.FakeMx.At;
import org.impetusmta.testkit.mx.OutboundMessage;
import org.impetusmta.testkit.mx.RecordingDelivery;
import org.impetusmta.testkit.mx.RecordingDelivery.Event.Closed;
import org.impetusmta.testkit.mx.RecordingDelivery.Event.Delivered;
import org.impetusmta.testkit.mx.RecordingDelivery.Event.Failed;
import org.impetusmta.testkit.net.NettyTestLoop;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Bodies that stay in a file, mapped or sent by the kernel, over epoll and NIO. */
final class RegionTest {
  private static final NettyTestLoop BEST = NettyTestLoop.best();
  private static final NettyTestLoop NIO = NettyTestLoop.nio();

  /** How a body leaves. */
  enum Way {
    MAPPED_BEST,
    MAPPED_NIO,
    SENDFILE_BEST,
    SENDFILE_NIO;

    boolean sendfile() {
      return this == SENDFILE_BEST || this == SENDFILE_NIO;
    }

    NettyTestLoop loop() {
      return this == MAPPED_BEST || this == SENDFILE_BEST ? BEST : NIO;
    }

    EsmtpOptions options() {
      return sendfile() ? TestOptions.sendfile() : TestOptions.seconds(20);
    }
  }

  @TempDir Path folder;
  private final AtomicInteger released = new AtomicInteger();

  @AfterAll
  static void closeLoops() {
    BEST.close();
    NIO.close();
  }

  private static byte[] content(int length, long seed) {
    byte[] octets = new byte[length];
    new Random(seed).nextBytes(octets);
    for (int i = 0; i < length; i++) {
      byte octet = octets[i];
      octets[i] = octet == '\r' || octet == '\n' || octet == '.' ? (byte) 'x' : octet;
    }
    if (length >= 2) {
      octets[length - 2] = '\r';
      octets[length - 1] = '\n';
    }
    return octets;
  }

  /** A body that lies in the middle of a file, at an odd offset. */
  private Body inFile(byte[] content, boolean endsLine) throws IOException {
    Path file = Files.createTempFile(folder, "segment", "");
    int offset = 4711;
    byte[] all = new byte[offset + content.length + 1000];
    java.util.Arrays.fill(all, (byte) '!');
    System.arraycopy(content, 0, all, offset, content.length);
    Files.write(file, all);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      ByteBuffer mapping = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
      return Body.of(
          new BodyRegion(
              file,
              offset,
              mapping.slice(offset, content.length),
              endsLine,
              released::incrementAndGet));
    }
  }

  private Message mail(byte[] content) throws IOException {
    return OutboundMessage.to("r@destination.example", "").withBody(inFile(content, true));
  }

  private static RecordingDelivery deliver(FakeMx mx, Way way, EsmtpOptions options, Message... m) {
    RecordingDelivery delivery =
        new RecordingDelivery(way.loop(), mx.address(), options)
            .queued(m)
            .recipientsPerBatch(100)
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

  static Stream<Arguments> sizes() {
    return Stream.of(Way.values())
        .flatMap(
            way ->
                IntStream.of(
                        2,
                        100,
                        FilePiece.LEAST - 1,
                        FilePiece.LEAST,
                        FilePiece.LEAST + 1,
                        Pieces.PIECE - 1,
                        Pieces.PIECE,
                        Pieces.PIECE + 1,
                        3 * Pieces.PIECE + 17,
                        10_000_000)
                    .mapToObj(size -> Arguments.of(way, size)));
  }

  /** Around the limits of pieces and of what the kernel sends: each octet once. */
  @ParameterizedTest
  @MethodSource("sizes")
  void sendsTheBodyByteForByte(Way way, int size) throws IOException {
    byte[] one = content(size, 1);
    byte[] two = content(size, 2);
    try (FakeMx mx = FakeMx.offering("PIPELINING", "SIZE").start()) {
      RecordingDelivery delivery = deliver(mx, way, way.options(), mail(one), mail(two));
      assertThat(mx.received()).hasSize(2);
      assertThat(mx.received().get(0).body().toByteArray()).isEqualTo(one);
      assertThat(mx.received().get(1).body().toByteArray()).isEqualTo(two);
      assertThat(mx.commands()).contains("MAIL FROM:<sender@source.example> SIZE=" + size);
      assertThat(delivery.events(Delivered.class))
          .extracting(Delivered::bytes)
          .containsExactly(size, size);
      assertThat(mx.defects()).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  void addsTheLastLineEnd(Way way) throws IOException {
    byte[] content = content(100_000, 1);
    content[content.length - 1] = 'x';
    content[content.length - 2] = 'x';
    Message message =
        OutboundMessage.to("r@destination.example", "").withBody(inFile(content, false));
    try (FakeMx mx = FakeMx.offering("PIPELINING").start()) {
      RecordingDelivery delivery = deliver(mx, way, way.options(), message);
      byte[] taken = mx.received().getFirst().body().toByteArray();
      assertThat(taken).hasSize(content.length + 2).startsWith(content).endsWith('\r', '\n');
      assertThat(delivery.events(Delivered.class).getFirst().bytes()).isEqualTo(content.length);
    }
  }

  @ParameterizedTest
  @EnumSource
  void sendsAnEmptyBody(Way way) throws IOException {
    try (FakeMx mx = FakeMx.offering("PIPELINING").start()) {
      deliver(mx, way, way.options(), mail(new byte[0]));
      assertThat(mx.received().getFirst().body().length()).isZero();
    }
  }

  /** Nothing comes onto the heap: a segment that was asked for would be there. */
  @ParameterizedTest
  @EnumSource
  void doesNotBringItOntoTheHeap(Way way) throws Exception {
    Body body = inFile(content(200_000, 1), true);
    try (FakeMx mx = FakeMx.offering("PIPELINING", "SIZE").start()) {
      deliver(
          mx, way, way.options(), OutboundMessage.to("r@destination.example", "").withBody(body));
      assertThat(mx.received()).hasSize(1);
    }
    var segments = Body.class.getDeclaredField("segments");
    segments.setAccessible(true);
    assertThat(((byte[][]) segments.get(body))[0]).isNull();
  }

  @ParameterizedTest
  @EnumSource
  void aBatchSendsItOnce(Way way) throws IOException {
    OutboundMessage[] batch = OutboundMessage.batch(20, "");
    Body body = inFile(content(300_000, 1), true);
    Message[] mail = new Message[batch.length];
    for (int i = 0; i < batch.length; i++) {
      mail[i] = batch[i].withBody(body);
    }
    try (FakeMx mx = FakeMx.offering("PIPELINING", "SIZE").start()) {
      RecordingDelivery delivery = deliver(mx, way, way.options(), mail);
      assertThat(mx.received()).hasSize(1);
      assertThat(mx.received().getFirst().rcptTo()).hasSize(20);
      assertThat(mx.received().getFirst().body().toByteArray()).isEqualTo(content(300_000, 1));
      assertThat(delivery.events(Delivered.class)).hasSize(20).allMatch(e -> e.bytes() == 300_000);
    }
  }

  @ParameterizedTest
  @EnumSource
  void waitsForASlowReader(Way way) throws IOException {
    byte[] content = content(6_000_000, 1);
    FakeMx mx =
        FakeMx.offering("PIPELINING").on(At.BODY, delay(Duration.ofMillis(300), proceed())).start();
    try (mx) {
      deliver(mx, way, way.options(), mail(content));
      assertThat(mx.received().getFirst().body().toByteArray()).isEqualTo(content);
    }
  }

  @ParameterizedTest
  @EnumSource
  void givesUpWhenTheBodyIsNotRead(Way way) throws IOException {
    EsmtpOptions impatient =
        TestOptions.of(Duration.ofMillis(300), "__hostname__", Send8BitMime.NO);
    if (way.sendfile()) {
      impatient = TestOptions.sendfile(Duration.ofMillis(300));
    }
    byte[] content = content(32_000_000, 1);
    try (FakeMx mx = FakeMx.offering("PIPELINING").on(At.BODY, stall()).start()) {
      RecordingDelivery delivery = deliver(mx, way, impatient, mail(content));
      Failed failed = delivery.events(Failed.class).getFirst();
      assertThat(failed.reply()).isEqualTo(Failures.timeout(failed.stage()));
      assertThat(failed.bytes()).isPositive().isLessThan(content.length);
    }
  }

  @ParameterizedTest
  @EnumSource
  void listensToARefusalInTheMiddle(Way way) throws IOException {
    byte[] content = content(48_000_000, 1);
    try (FakeMx mx = FakeMx.offering("PIPELINING").on(At.BODY, say("552 5.3.4 too big")).start()) {
      RecordingDelivery delivery = deliver(mx, way, way.options(), mail(content));
      assertThat(delivery.events(Failed.class))
          .extracting(e -> e.reply().code())
          .containsExactly(552);
    }
  }

  /** The file became shorter under the mapping: the message is tried again, the process lives. */
  @ParameterizedTest
  @EnumSource
  void aFileThatWasCutOffFailsTheAttempt(Way way) throws IOException {
    byte[] content = content(1_000_000, 1);
    Message message = mail(content);
    Path file = message.body().region().orElseThrow().file();
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(40_000);
    }
    try (FakeMx mx = FakeMx.offering("PIPELINING").start()) {
      EsmtpOptions options =
          way.sendfile() ? TestOptions.sendfile(Duration.ofSeconds(2)) : TestOptions.seconds(2);
      RecordingDelivery delivery = deliver(mx, way, options, message);
      assertThat(delivery.events(Delivered.class)).isEmpty();
      assertThat(delivery.events(Failed.class)).hasSize(1);
      assertThat(delivery.events(Failed.class)).allMatch(e -> e.reply().isTransient());
      assertThat(mx.received()).isEmpty();
    }
  }

  @Test
  void whatIsOnTheHeapIsSentFromThere() throws IOException {
    assertThat(Pieces.of(Body.of(new byte[100_000]), true)).isInstanceOf(BodyCursor.class);
    Body body = inFile(content(100_000, 1), true);
    assertThat(Pieces.of(body, true)).isInstanceOf(FilePiece.class);
    assertThat(Pieces.of(body, false)).isInstanceOf(MappedPieces.class);
  }
}
