package org.impetusmta.listener.esmtp;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.Random;
import org.impetusmta.api.message.Body;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BinaryMimeTest {
  private static final String BINARY = "Content-Transfer-Encoding: binary\r\n";
  private static final String BASE64 = "Content-Transfer-Encoding: base64\r\n";

  private static Optional<String> converted(String message) {
    byte[] octets = message.getBytes(StandardCharsets.ISO_8859_1);
    return BinaryMime.convert(octets, octets.length)
        .map(Body::toByteArray)
        .map(wire -> new String(wire, StandardCharsets.ISO_8859_1));
  }

  @Test
  void aBinaryPartComesBackOctetForOctet() {
    byte[] octets = new byte[200_000];
    new Random(4711).nextBytes(octets);
    String binary = new String(octets, StandardCharsets.ISO_8859_1);
    String wire = converted("A: b\r\n" + BINARY + "\r\n" + binary).orElseThrow();
    assertThat(wire).startsWith("A: b\r\n" + BASE64 + "\r\n");
    assertThat(wire.lines()).allMatch(line -> line.length() <= 76);
    assertThat(Base64.getMimeDecoder().decode(wire.substring(wire.indexOf("\r\n\r\n") + 4)))
        .isEqualTo(octets);
  }

  @Test
  void textThatIsOnlyCalledBinaryIsCalled8bit() {
    assertThat(converted("content-transfer-encoding :\r\n BINARY\r\nA: b\r\n\r\n.\u00fc\r\n"))
        .contains("A: b\r\nContent-Transfer-Encoding: 8bit\r\n\r\n..\u00fc\r\n");
  }

  @Test
  void aLineThatIsTooLongForTextIsBinary() {
    assertThat(converted(BINARY + "\r\n" + "x".repeat(998) + "\r\n").orElseThrow())
        .contains("8bit");
    assertThat(converted(BINARY + "\r\n" + "x".repeat(999) + "\r\n").orElseThrow())
        .contains("base64");
  }

  @Test
  void partsOfPartsAreConverted() {
    String inner =
        "--in\r\n" + BINARY + "\r\n\0\r\n--in\r\nContent-Type: text/plain\r\n\r\nhi\r\n--in--";
    String message =
        "Content-Type: multipart/mixed; boundary=\"out er\"\r\n"
            + BINARY
            + "\r\npreamble\r\n--out er\r\nContent-Type: message/rfc822\r\n"
            + BINARY
            + "\r\nContent-Type: multipart/mixed; boundary=in\r\n\r\n"
            + inner
            + "\r\n--out er--\r\nepilogue";
    assertThat(converted(message).orElseThrow())
        .isEqualTo(
            "Content-Type: multipart/mixed; boundary=\"out er\"\r\n"
                + "Content-Transfer-Encoding: 8bit\r\n\r\n"
                + "preamble\r\n--out er\r\nContent-Type: message/rfc822\r\n"
                + "Content-Transfer-Encoding: 8bit\r\n\r\n"
                + "Content-Type: multipart/mixed; boundary=in\r\n\r\n"
                + "--in\r\n"
                + BASE64
                + "\r\nAA==\r\n\r\n--in\r\nContent-Type: text/plain\r\n\r\nhi\r\n--in--"
                + "\r\n--out er--\r\nepilogue\r\n");
  }

  @Test
  void aBoundaryThatBeginsAnotherIsNotIt() {
    String message =
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
            + BINARY
            + "\r\n\0\r\n--bc\r\n--b-\r\n--b--\r\n";
    assertThat(converted(message).orElseThrow())
        .contains(
            Base64.getEncoder()
                .encodeToString("\0\r\n--bc\r\n--b-".getBytes(StandardCharsets.ISO_8859_1)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "A: b\nc\r\n\r\nx",
        "A: b\r\r\n\r\nx",
        "A: b\r\nContent-Transfer-Encoding: base64\r\n\r\nx\ny",
        "Content-Type: multipart/mixed; boundary=b\r\n\r\npre\namble\r\n--b--\r\n",
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n\r\n--b--\r\nepi\nlogue"
      })
  void whatHasToBeLinesAndIsNotIsRefused(String message) {
    assertThat(converted(message)).isEmpty();
  }

  /** Whatever comes, what leaves is lines, dot-stuffed, and no end of content. */
  @Test
  void whateverComesIsLinesAfterwards() {
    Random random = new Random(42);
    String[] pieces = {
      "\r\n",
      "\r",
      "\n",
      "--b",
      "--b--",
      ".",
      "\r\n.\r\n",
      "x",
      BINARY,
      "\0",
      ":",
      " ",
      "Content-Type: multipart/mixed; boundary=b\r\n",
      "Content-Type: message/rfc822\r\n"
    };
    int made = 0;
    for (int i = 0; i < 20_000; i++) {
      StringBuilder message = new StringBuilder();
      for (int j = random.nextInt(20); j >= 0; j--) {
        message.append(pieces[random.nextInt(pieces.length)]);
      }
      Optional<String> wire = converted(message.toString());
      if (wire.isPresent()) {
        made++;
        String lines = "\r\n" + wire.get();
        assertThat(lines).as(message.toString()).endsWith("\r\n").doesNotContain("\r\n.\r\n");
        assertThat(lines.replace("\r\n", "")).doesNotContain("\r").doesNotContain("\n");
      }
    }
    assertThat(made).isGreaterThan(1000);
  }
}
