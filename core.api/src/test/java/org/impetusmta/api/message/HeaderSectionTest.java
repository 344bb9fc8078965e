package org.impetusmta.api.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeaderSectionTest {
  private static final String MAIL =
      "Received: from a\r\n\tby b\r\nSubject:  one\r\n two \r\nX-A: 1\r\nx-a : 2\r\nno field\r\n"
          + "\r\nX-A: in the body\r\n..\r\n";

  /** The octets of {@code text}, cut into segments of {@code size}. */
  private static Body body(String text, int size) {
    byte[] octets = text.getBytes(StandardCharsets.ISO_8859_1);
    List<byte[]> segments = new ArrayList<>();
    for (int i = 0; i < octets.length; i += size) {
      segments.add(java.util.Arrays.copyOfRange(octets, i, Math.min(octets.length, i + size)));
    }
    return Body.of(segments.toArray(new byte[0][]));
  }

  private static String text(Body body) {
    return new String(body.toByteArray(), StandardCharsets.ISO_8859_1);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 20, 64, 4096})
  void readsAndEditsHoweverTheOctetsAreCut(int size) {
    HeaderSection header = HeaderSection.of(body(MAIL, size));
    assertThat(header.names()).containsExactly("Received", "Subject", "X-A", "x-a", "");
    assertThat(header.values("SUBJECT")).containsExactly("one two");
    assertThat(header.values("x-A")).containsExactly("1", "2");
    assertThat(header.first("received")).contains("from a\tby b");
    assertThat(header.first("to")).isEmpty();
    assertThat(header.contains("no field")).isFalse();

    header.prepend("X-First", "f");
    header.append("X-Last", "l");
    assertThat(header.remove("subject")).isEqualTo(1);
    assertThat(header.removeIf("X-A", "2"::equals)).isEqualTo(1);
    assertThat(text(header.body()))
        .isEqualTo(
            "X-First: f\r\nReceived: from a\r\n\tby b\r\nX-A: 1\r\nno field\r\nX-Last: l\r\n"
                + "\r\nX-A: in the body\r\n..\r\n");
    header.replace("X-A", "3");
    assertThat(text(header.body())).contains("X-Last: l\r\nX-A: 3\r\n\r\nX-A: in the body");
  }

  @Test
  void whatIsNotEditedIsTheSameBody() {
    Body body = body(MAIL, 5);
    HeaderSection header = HeaderSection.of(body);
    assertThat(header.remove("X-None")).isZero();
    assertThat(header.body()).isSameAs(body);
  }

  @Test
  void edgesOfAMessage() {
    HeaderSection none = HeaderSection.of(body("\r\nbody\r\n", 64));
    assertThat(none.names()).isEmpty();
    none.append("A", "1");
    assertThat(text(none.body())).isEqualTo("A: 1\r\n\r\nbody\r\n");

    HeaderSection empty = HeaderSection.of(Body.of());
    empty.append("A", "1");
    assertThat(text(empty.body())).isEqualTo("A: 1\r\n\r\n");

    HeaderSection cut = HeaderSection.of(body("A: 1", 64));
    cut.append("B", "2");
    assertThat(text(cut.body())).isEqualTo("A: 1\r\nB: 2\r\n\r\n");

    HeaderSection all = HeaderSection.of(body("A: 1\r\n\r\nbody\r\n", 64));
    all.remove("A");
    assertThat(text(all.body())).isEqualTo("\r\nbody\r\n");
  }

  @Test
  void longValuesAreFoldedAtBlanksAndReadBackAsTheyWere() {
    String value = "word ".repeat(60) + "x".repeat(120);
    HeaderSection header = HeaderSection.of(body("A: 1\r\n\r\n", 64));
    header.append("Keywords", value);
    for (String line : text(header.body()).split("\r\n")) {
      assertThat(line.length()).isLessThanOrEqualTo(121);
    }
    assertThat(text(header.body()).split("\r\n").length).isGreaterThan(5);
    assertThat(HeaderSection.of(header.body()).first("keywords")).contains(value);
  }

  @Test
  void blanksNeverMakeALineOfTheirOwn() {
    HeaderSection header = HeaderSection.of(body("A: 1\r\n\r\n", 64));
    header.append("B", "x".repeat(100) + " ".repeat(200) + "y" + " ".repeat(100));
    assertThat(text(header.body())).doesNotContainPattern("\r\n[ \t]*\r\n[^\r]");
    assertThat(header.names()).containsExactly("A", "B");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\r\nBcc: x", "a\nb", "a\rb", "a\0b"})
  void noValueBreaksOutOfItsField(String value) {
    HeaderSection header = HeaderSection.of(body(MAIL, 64));
    assertThatThrownBy(() -> header.append("X", value))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> header.replace("Subject", value))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(header.first("subject")).as("nothing is removed then").contains("one two");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a:", "ä", "a\r\nb"})
  void noNameIsOtherThanAName(String name) {
    HeaderSection header = HeaderSection.of(body(MAIL, 64));
    assertThatThrownBy(() -> header.prepend(name, "x"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void dotsOfTheWireFormAreNotPartOfANameOrContent() {
    HeaderSection header = HeaderSection.of(body("..x: 1\r\n\r\n", 64));
    assertThat(header.values(".x")).containsExactly("1");
    header.append(".y", "2");
    assertThat(text(header.body())).isEqualTo("..x: 1\r\n..y: 2\r\n\r\n");
    assertThat(new String(Content.octets(header.body()), StandardCharsets.US_ASCII))
        .isEqualTo(".x: 1\r\n.y: 2\r\n\r\n");
  }

  @Test
  void contentAndWireFormAreEachOthersInverse() {
    String content = ".\r\n..\r\na.\r\n.b\r\n\r\n";
    for (int size : new int[] {1, 2, 3, 100}) {
      Body wire = Content.wire(content.getBytes(StandardCharsets.US_ASCII));
      assertThat(text(wire)).isEqualTo("..\r\n...\r\na.\r\n..b\r\n\r\n");
      assertThat(new String(Content.octets(body(text(wire), size)), StandardCharsets.US_ASCII))
          .isEqualTo(content);
    }
    assertThat(text(Content.wire("a\n.\nb\r.\rc".getBytes(StandardCharsets.US_ASCII))))
        .isEqualTo("a\r\n..\r\nb\r\n..\r\nc\r\n");
  }

  @Test
  void contentThatBeginsWithABlankIsNoHeader() {
    for (String content : List.of(" folded: x\r\n\r\nbody\r\n", "\tX: 1\r\nbody\r\n", " ")) {
      byte[] octets = content.getBytes(StandardCharsets.US_ASCII);
      for (Body body : List.of(Body.of(octets), Body.of(new byte[0], octets))) {
        HeaderSection header = HeaderSection.of(body);
        assertThat(header.names()).isEmpty();
        assertThat(header.remove("X")).isZero();
        assertThat(header.body()).isSameAs(body);
        header.prepend("A", "1");
        header.append("B", "2");
        assertThat(new String(header.body().toByteArray(), StandardCharsets.US_ASCII))
            .isEqualTo("A: 1\r\nB: 2\r\n\r\n" + content);
        byte[] field = "A: 1\r\n".getBytes(StandardCharsets.US_ASCII);
        assertThat(new String(body.withFields(field).toByteArray(), StandardCharsets.US_ASCII))
            .isEqualTo("A: 1\r\n\r\n" + content);
      }
    }
    Body plain = Body.of("X: 1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    assertThat(plain.withFields("A: 1\r\n".getBytes(StandardCharsets.US_ASCII)).length())
        .isEqualTo(14);
  }
}
