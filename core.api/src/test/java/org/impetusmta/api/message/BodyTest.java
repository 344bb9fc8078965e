package org.impetusmta.api.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies on the heap and in files. */
class BodyTest {
  private final AtomicInteger released = new AtomicInteger();

  private static byte[] octets(int length) {
    byte[] octets = new byte[length];
    new Random(length).nextBytes(octets);
    return octets;
  }

  private Body inFile(byte[] octets) {
    return Body.of(
        new BodyRegion(
            Path.of("/nowhere"),
            17,
            ByteBuffer.wrap(octets),
            Body.of(octets).endsLine(),
            released::incrementAndGet));
  }

  /** The same octets, cut into segments that are longer than what counts of them. */
  private static Body inPieces(byte[] octets, int most) {
    Random random = new Random(most);
    List<byte[]> segments = new ArrayList<>();
    List<Integer> lengths = new ArrayList<>();
    for (int at = 0; at < octets.length; ) {
      int some = Math.min(random.nextInt(most + 1), octets.length - at);
      byte[] segment = new byte[some + 3];
      System.arraycopy(octets, at, segment, 0, some);
      segments.add(segment);
      lengths.add(some);
      at += some;
    }
    return Body.of(
        segments.toArray(new byte[0][]), lengths.stream().mapToInt(Integer::intValue).toArray());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 1000, 16 * 1024, 16 * 1024 + 1, 50_000})
  void equalOctetsAreEqualHoweverTheyLie(int length) {
    byte[] octets = octets(length);
    List<Body> same =
        List.of(
            Body.of(octets),
            inPieces(octets, 7),
            inPieces(octets, 5000),
            inFile(octets),
            inFile(octets.clone()));
    for (Body one : same) {
      for (Body other : same) {
        assertThat(one.sameOctets(other)).isTrue();
      }
    }
    if (length > 0) {
      for (int at : new int[] {0, length / 2, length - 1}) {
        byte[] changed = octets.clone();
        changed[at]++;
        for (Body one : same) {
          assertThat(one.sameOctets(Body.of(changed))).isFalse();
          assertThat(inPieces(changed, 9).sameOctets(one)).isFalse();
          assertThat(inFile(changed).sameOctets(one)).isFalse();
        }
      }
      assertThat(same.get(3).sameOctets(Body.of(octets(length - 1)))).isFalse();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'', true",
    "a, false",
    "'\n', false",
    "'a\r\n', true",
    "'\r\n', true",
    "'\r', false"
  })
  void knowsWhetherItEndsALine(String text, boolean ends) {
    byte[] octets = text.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    assertThat(Body.of(octets).endsLine()).isEqualTo(ends);
    assertThat(inPieces(octets, 1).endsLine()).isEqualTo(ends);
  }

  @Test
  void isReleasedByTheLastWhoHeldIt() {
    Body body = inFile(octets(10));
    body.hold();
    body.hold();
    body.letGo();
    assertThat(released).hasValue(0);
    body.letGo();
    assertThat(released).hasValue(1);
    assertThatThrownBy(body::letGo).isInstanceOf(IllegalStateException.class);
    assertThat(released).hasValue(1);
  }

  @Test
  void onTheHeapNobodyNeedsToHoldIt() {
    Body body = Body.of(octets(10));
    body.letGo();
    body.hold();
    assertThat(body.region()).isEmpty();
  }

  @Test
  void aHeaderGoesInFrontOfWhatIsInAFile() {
    byte[] octets = octets(100);
    Body body = inFile(octets).prepend(new byte[] {'x', '\r', '\n'});
    assertThat(body.region()).isEmpty();
    assertThat(body.length()).isEqualTo(103);
    assertThat(body.toByteArray()).startsWith('x', '\r', '\n').endsWith(octets);
  }

  @org.junit.jupiter.params.ParameterizedTest
  @org.junit.jupiter.params.provider.CsvSource(
      nullValues = "-",
      value = {"A,1", "tls-required,No", "Long,one  two", "x,-", "B,''", "Late,-", "TLS,-"})
  void theFirstFieldOfANameIsRead(String name, String value) {
    byte[] octets =
        "A: 1\r\nTLS-Required :\t No \r\nlong: one\r\n  two\r\nB:\r\na: 2\r\n\r\nLate: 1\r\n"
            .getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    for (int cut = 1; cut < octets.length; cut += 3) {
      Body body =
          Body.of(
              java.util.Arrays.copyOf(octets, cut),
              java.util.Arrays.copyOfRange(octets, cut, octets.length));
      assertThat(body.header(name)).isEqualTo(java.util.Optional.ofNullable(value));
    }
    assertThat(Body.of(new byte[0]).header("A")).isEmpty();
  }
}
