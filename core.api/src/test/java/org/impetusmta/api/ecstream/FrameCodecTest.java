package org.impetusmta.api.ecstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Reply;
import org.junit.jupiter.api.Test;

class FrameCodecTest {
  private static final Reply OK = new Reply(250, "2.0.0", "OK");
  private static final List<Frame> ALL =
      List.of(
          new Frame.Hello(1, "client.example"),
          new Frame.Welcome(1, 2, 3, 4, 5),
          new Frame.Submit(
              -1,
              true,
              Address.of("s@source.example"),
              List.of(Address.of("a@b"), Address.of("c@d")),
              Body.of("Subject: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII))),
          new Frame.Result(7, List.of(OK, new Reply(550, "5.1.1", "no"))),
          new Frame.Bye(new Reply(421, "", "")));

  private static byte[] octets() {
    ByteBuffer all = ByteBuffer.allocate(4096);
    ALL.forEach(frame -> all.put(FrameCodec.encode(frame)));
    byte[] octets = new byte[all.position()];
    all.flip().get(octets);
    return octets;
  }

  private static void same(Frame frame, Frame expected) {
    if (frame instanceof Frame.Submit got && expected instanceof Frame.Submit want) {
      assertThat(got.body().sameOctets(want.body())).isTrue();
      assertThat(got.recipients()).isEqualTo(want.recipients());
      assertThat(got.sender()).isEqualTo(want.sender());
      assertThat(got.sequence()).isEqualTo(want.sequence());
      assertThat(got.eightBitMime()).isEqualTo(want.eightBitMime());
    } else {
      assertThat(frame).isEqualTo(expected);
    }
  }

  @Test
  void whatIsWrittenIsReadHoweverItIsCut() throws Exception {
    byte[] octets = octets();
    for (int piece : new int[] {1, 2, 3, 7, 64, octets.length}) {
      FrameReader reader = new FrameReader(1000, 10);
      List<Frame> read = new ArrayList<>();
      for (int at = 0; at < octets.length; at += piece) {
        ByteBuffer some = ByteBuffer.wrap(octets, at, Math.min(piece, octets.length - at));
        while (some.hasRemaining()) {
          Optional<Frame> frame = reader.read(some);
          frame.ifPresent(read::add);
        }
      }
      assertThat(read).hasSameSizeAs(ALL);
      for (int i = 0; i < read.size(); i++) {
        same(read.get(i), ALL.get(i));
      }
      assertThat(reader.midFrame()).isFalse();
    }
  }

  @Test
  void everyFrameThatIsCutShortIsRefused() {
    for (Frame frame : ALL) {
      byte[] whole = FrameCodec.encode(frame);
      int least =
          frame instanceof Frame.Submit submit
              ? whole.length - submit.body().length()
              : whole.length;
      for (int length = 1; length < least - 4; length++) {
        ByteBuffer cut = ByteBuffer.wrap(whole, 4, length);
        assertThatThrownBy(() -> FrameCodec.decode(cut, 10)).isInstanceOf(EcStreamException.class);
      }
    }
  }

  @Test
  void noiseIsRefusedOrReadAndNeverKeptBeyondWhatCame() {
    Random random = new Random(7);
    byte[] good = octets();
    for (int round = 0; round < 20_000; round++) {
      byte[] noise = good.clone();
      for (int i = 0; i <= random.nextInt(8); i++) {
        noise[random.nextInt(noise.length)] = (byte) random.nextInt();
      }
      FrameReader reader = new FrameReader(1 << 26, 10_000);
      ByteBuffer some = ByteBuffer.wrap(noise);
      try {
        while (some.hasRemaining()) {
          Optional<Frame> frame = reader.read(some);
          assertThat(frame.isPresent() || !some.hasRemaining()).isTrue();
        }
        assertThat(reader.kept()).isLessThanOrEqualTo(4096);
      } catch (EcStreamException refused) {
        assertThat(refused).hasMessageMatching("[ -~]{1,80}");
      }
    }
  }

  @Test
  void limitsAreLookedAtFirst() {
    FrameReader reader = new FrameReader(100, 10);
    assertThatThrownBy(() -> reader.read(ByteBuffer.wrap(new byte[] {0, 0, 0, 101, 3})))
        .hasMessage("frame of 101 octets, at most 100");
    assertThatThrownBy(
            () -> new FrameReader(100, 10).read(ByteBuffer.wrap(new byte[] {0, 0, 0, 0, 3})))
        .isInstanceOf(EcStreamException.class);
    byte[] eleven =
        FrameCodec.submitHead(
            1, false, Address.NULL, java.util.Collections.nCopies(11, Address.of("a@b")), 0);
    assertThatThrownBy(() -> FrameCodec.decode(ByteBuffer.wrap(eleven, 4, eleven.length - 4), 10))
        .hasMessage("11 recipients");
  }
}
