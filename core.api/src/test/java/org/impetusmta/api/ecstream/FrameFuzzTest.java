package org.impetusmta.api.ecstream;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Whatever the octets: frames or an {@link EcStreamException}; the same however they are cut; no
 * more is kept than came; what was read reads as the same when it is written again. {@code
 * docs/fuzzing.md} says how to look for more.
 */
class FrameFuzzTest {
  private static final int LONGEST = 1 << 20;

  @FuzzTest(maxDuration = "5m")
  @DictionaryEntries({
    "ECS1\\x01",
    "\\x00\\x00\\x00\\x0f\\x01ECS1\\x01\\x00\\x07client1",
    "\\x03\\x00\\x00\\x00\\x01\\x00\\x00\\x03s@b\\x00\\x01\\x00\\x03a@b",
    "\\x04\\x00\\x00\\x00\\x01\\x00\\x01\\x00\\xfa\\x00\\x052.0.0\\x00\\x02OK",
    "\\x05\\x01\\xa5\\x00\\x00\\x00\\x00",
    "\\x00\\x00\\x00\\x06",
    "\\xff\\xff\\xff\\xff"
  })
  void frames(byte[] octets) {
    List<Frame> whole = new ArrayList<>();
    String refused = read(octets, octets.length, whole);
    for (int piece : new int[] {1, 7}) {
      List<Frame> cut = new ArrayList<>();
      assertThat(read(octets, piece, cut)).isEqualTo(refused);
      assertThat(cut).hasSameSizeAs(whole);
      for (int i = 0; i < cut.size(); i++) {
        assertThat(FrameCodec.encode(cut.get(i))).isEqualTo(FrameCodec.encode(whole.get(i)));
      }
    }
    for (Frame frame : whole) {
      byte[] written = FrameCodec.encode(frame);
      List<Frame> again = new ArrayList<>();
      assertThat(read(written, written.length, again)).isEmpty();
      assertThat(again).hasSize(1);
      assertThat(FrameCodec.encode(again.getFirst())).isEqualTo(written);
    }
  }

  /** What was wrong; empty when nothing was. */
  private static String read(byte[] octets, int piece, List<Frame> into) {
    FrameReader reader = new FrameReader(LONGEST, 100);
    try {
      for (int at = 0; at < octets.length; at += piece) {
        ByteBuffer some = ByteBuffer.wrap(octets, at, Math.min(piece, octets.length - at));
        while (some.hasRemaining()) {
          Optional<Frame> frame = reader.read(some);
          frame.ifPresent(into::add);
        }
        assertThat(reader.kept()).isLessThanOrEqualTo(2 * at + 2 * piece + 4096);
      }
      return "";
    } catch (EcStreamException e) {
      assertThat(e).hasMessageMatching("[ -~]{1,80}");
      return String.valueOf(e.getMessage());
    }
  }
}
