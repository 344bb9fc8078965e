package org.impetusmta.listener.esmtp;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.impetusmta.listener.esmtp.ContentReader.Fault;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ContentReaderTest {
  private final AtomicLong memory = new AtomicLong();

  /** Whatever the network does to the octets, the same ones end the content. */
  @ParameterizedTest
  @CsvSource({
    "'.\\r\\n', '', false",
    "'a: b\\r\\n\\r\\nc\\r\\n.\\r\\n', 'a: b\\r\\n\\r\\nc\\r\\n', false",
    "'..\\r\\n.x\\r\\n...\\r\\n.\\r\\n', '..\\r\\n.x\\r\\n...\\r\\n', false",
    "'\\r\\n\\r\\n.\\r\\n', '\\r\\n\\r\\n', false",
    "'h\\n.\\r\\nx\\r\\n.\\r\\n', 'h\\n.\\r\\nx\\r\\n', true",
    "'\\n.\\r\\n\\r\\n.\\r\\n', '\\n.\\r\\n\\r\\n', true",
    "'\\r\\nb\\n.\\r\\nx\\r\\n.\\r\\n', '\\r\\nb\\n.\\r\\nx\\r\\n', true",
    "'\\r\\nb\\r\\n.\\nx\\r\\n.\\r\\n', '\\r\\nb\\r\\n.\\nx\\r\\n', true",
    "'\\r\\nb\\r\\n.\\r\\r\\n\\r\\n.\\r\\n', '\\r\\nb\\r\\n.\\r\\r\\n\\r\\n', true",
    "'\\r\\nb\\r.\\r\\nx\\r\\n.\\r\\n', '\\r\\nb\\r.\\r\\nx\\r\\n', true",
    "'\\r\\nb\\r\\n.\\rx\\r\\n.\\r\\n', '\\r\\nb\\r\\n.\\rx\\r\\n', true",
    "'\\r\\nb\\r\\r\\n.\\r\\n', '\\r\\nb\\r\\r\\n', true",
    "'\\r\\r\\n.\\r\\n', '\\r\\r\\n', true"
  })
  void endsAtCrLfDotCrLfAlone(String escaped, String content, boolean lone) {
    byte[] octets = unescape(escaped + "QUIT\\r\\n");
    for (int split = 0; split <= octets.length; split++) {
      for (int second = split; second <= octets.length; second++) {
        ContentReader reader = new ContentReader(memory, 1 << 20, _ -> true, 0);
        ByteBuf one = Unpooled.copiedBuffer(octets, 0, split);
        ByteBuf two = Unpooled.copiedBuffer(octets, split, second - split);
        ByteBuf three = Unpooled.copiedBuffer(octets, second, octets.length - second);
        boolean ended = reader.read(one) || reader.read(two) || reader.read(three);
        assertThat(ended).isTrue();
        assertThat(reader.fault()).isEqualTo(Fault.NONE);
        assertThat(reader.loneLineEnds()).isEqualTo(lone);
        assertThat(one.readableBytes() + two.readableBytes() + three.readableBytes()).isEqualTo(6);
        assertThat(reader.body().toByteArray()).isEqualTo(unescape(content));
        reader.release();
        assertThat(memory.get()).isZero();
      }
    }
  }

  @Test
  void keepsWhatItReadsInWhateverPiecesItComes() {
    Random random = new Random(4711);
    for (int round = 0; round < 200; round++) {
      StringBuilder text = new StringBuilder();
      int lines = random.nextInt(3000);
      for (int i = 0; i < lines; i++) {
        text.append("x".repeat(random.nextInt(90))).append("\r\n");
      }
      byte[] octets = (text + ".\r\n").getBytes(StandardCharsets.US_ASCII);
      ContentReader reader = new ContentReader(memory, 1 << 24, _ -> true, 0);
      int at = 0;
      boolean ended = false;
      while (at < octets.length) {
        int length = Math.min(octets.length - at, 1 + random.nextInt(20_000));
        ended = reader.read(Unpooled.wrappedBuffer(octets, at, length));
        at += length;
      }
      assertThat(ended).isTrue();
      assertThat(new String(reader.body().toByteArray(), StandardCharsets.US_ASCII))
          .isEqualTo(text.toString());
      reader.release();
    }
    assertThat(memory.get()).isZero();
  }

  @Test
  void findsTheFirstCrOrLf() {
    byte[] octets = new byte[64];
    for (int from = 0; from < 20; from++) {
      for (int at = from; at < 64; at++) {
        for (byte wanted : new byte[] {'\r', '\n'}) {
          java.util.Arrays.fill(octets, (byte) 0x8D);
          octets[at] = wanted;
          if (at + 1 < 64) {
            octets[at + 1] = 0x0B;
          }
          assertThat(ContentReader.crOrLf(octets, from, 64)).isEqualTo(at);
          assertThat(ContentReader.crOrLf(octets, from, at)).isEqualTo(at);
        }
      }
    }
  }

  @Test
  void memoryOfRefusedContentIsGivenBackWhileItIsStillRead() {
    ContentReader reader = new ContentReader(memory, 1 << 24, _ -> true, 1000);
    byte[] much = "0123456789abcdef\r\n".repeat(4000).getBytes(StandardCharsets.US_ASCII);
    for (int i = 0; i < 10; i++) {
      assertThat(reader.read(Unpooled.wrappedBuffer(much))).isFalse();
    }
    assertThat(reader.fault()).isEqualTo(Fault.TOO_LARGE);
    assertThat(memory.get()).isLessThanOrEqualTo(64 << 10);
    assertThat(reader.read(Unpooled.copiedBuffer(".\r\n", StandardCharsets.US_ASCII))).isTrue();
    reader.release();
    assertThat(memory.get()).isZero();
  }

  @Test
  void theServerIsAskedForEachArrayAndGetsAllBack() {
    AtomicLong server = new AtomicLong();
    AtomicInteger asked = new AtomicInteger();
    ContentReader.ServerMemory limited =
        grown -> {
          asked.incrementAndGet();
          if (grown > 0 && server.get() + grown > 200_000) {
            return false;
          }
          server.addAndGet(grown);
          return true;
        };
    ContentReader reader = new ContentReader(memory, 1 << 24, limited, 0);
    byte[] much = "0123456789abcdef\r\n".repeat(4000).getBytes(StandardCharsets.US_ASCII);
    for (int i = 0; i < 10; i++) {
      assertThat(reader.read(Unpooled.wrappedBuffer(much))).isFalse();
      assertThat(server.get()).isEqualTo(memory.get());
    }
    assertThat(reader.fault()).isEqualTo(Fault.LOW_MEMORY);
    assertThat(server.get()).as("refused content is forgotten").isLessThanOrEqualTo(64 << 10);
    assertThat(asked.get()).as("not for each line").isLessThan(20);
    assertThat(reader.read(Unpooled.copiedBuffer(".\r\n", StandardCharsets.US_ASCII))).isTrue();
    reader.release();
    assertThat(server.get()).isZero();
  }

  private static byte[] unescape(String text) {
    return text.replace("\\r", "\r").replace("\\n", "\n").getBytes(StandardCharsets.US_ASCII);
  }
}
