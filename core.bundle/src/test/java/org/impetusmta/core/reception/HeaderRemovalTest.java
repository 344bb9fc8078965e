package org.impetusmta.core.reception;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.impetusmta.api.message.Body;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeaderRemovalTest {
  private static final String MAIL =
      "A: 1\r\n"
          + "X-Gone: a\r\n"
          + " b\r\n"
          + "x-gone : c\r\n"
          + "X-Gone-Too: d\r\n"
          + "X-Gone: keep\r\n\r\n"
          + "X-Gone: body\r\n";
  private static final String LEFT =
      "A: 1\r\nX-Gone-Too: d\r\nX-Gone: keep\r\n\r\nX-Gone: body\r\n";

  private static Body cut(String text, int size) {
    byte[] octets = text.getBytes(StandardCharsets.ISO_8859_1);
    List<byte[]> segments = new ArrayList<>();
    for (int at = 0; at < octets.length; at += size) {
      segments.add(Arrays.copyOfRange(octets, at, Math.min(octets.length, at + size)));
    }
    return Body.of(segments.toArray(byte[][]::new));
  }

  private static String without(Body body) {
    Body left = HeaderRemoval.remove(body, "X-Gone", value -> !value.strip().equals("keep"));
    assertThat(left.length()).isEqualTo(left.toByteArray().length);
    return new String(left.toByteArray(), StandardCharsets.ISO_8859_1);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 7, 11, 16, 31, 60, 1000})
  void fields_go_wherever_segments_are_cut(int size) {
    assertThat(without(cut(MAIL, size))).isEqualTo(LEFT);
  }

  @Test
  void a_body_without_the_field_is_the_same() {
    Body body = cut("A: 1\r\n\r\nX-Gone: body\r\n", 8);
    assertThat(HeaderRemoval.remove(body, "X-Gone", _ -> true)).isSameAs(body);
  }

  @Test
  void a_header_that_never_ends_is_a_header() {
    assertThat(without(cut("X-Gone: a\r\nA: 1", 4))).isEqualTo("A: 1");
    assertThat(without(cut("A: 1\r\nX-Gone", 4))).isEqualTo("A: 1\r\nX-Gone");
    assertThat(without(cut("", 4))).isEmpty();
    assertThat(without(cut("\r\nX-Gone: a\r\n", 4))).isEqualTo("\r\nX-Gone: a\r\n");
  }
}
