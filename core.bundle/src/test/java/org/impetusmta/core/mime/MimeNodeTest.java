package org.impetusmta.core.mime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Pattern;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.MessageLimitException;
import org.impetusmta.api.message.MessageOperations.Placement;
import org.impetusmta.api.message.MessageOperations.Within;
import org.impetusmta.api.message.MimePart;
import org.impetusmta.api.message.TransferEncoding;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class MimeNodeTest {
  private static final String MIXED =
      """
      Subject: two parts
      Content-Type: MULTIPART/mixed; x=y;
       boundary="b b"

      preamble
      --b bnot a delimiter
      --b b\s\s
      Content-Type: text/plain; charset=iso-8859-1
      Content-Transfer-Encoding: quoted-printable

      gr=FC=DFe
      ..dot=
       soft
      --b b
      Content-Type: multipart/alternative; boundary=in

      --in

      no type
      --in
      Content-Type: text/html; charset="utf-8"
      Content-Transfer-Encoding: BASE64

      PGI+w6Q8L2I+
      --in--
      inner epilogue
      --b b
      Content-Type: message/rfc822

      Subject: inner
      Content-Type: text/x; name=n

      inner text
      --b b
      Content-Type: application/octet-stream
      Content-Transfer-Encoding: base64

      AAEC
      --b b--
      epilogue
      """
          .replace("\n", "\r\n");

  private static MimeNode read(String text) {
    return read(text, StandardCharsets.US_ASCII);
  }

  private static MimeNode read(String text, Charset otherwise) {
    return MimeTree.read(text.getBytes(StandardCharsets.ISO_8859_1), ContentType.PLAIN, otherwise);
  }

  private static String text(MimeNode node) {
    return new String(node.message().toByteArray(), StandardCharsets.ISO_8859_1);
  }

  private static MimeNode child(MimePart part, int index) {
    return (MimeNode) part.children().get(index);
  }

  @Test
  void findsParts() {
    MimeNode root = read(MIXED);
    assertThat(root.walk().stream().map(MimePart::contentType))
        .containsExactly(
            "multipart/mixed",
            "text/plain",
            "multipart/alternative",
            "text/plain",
            "text/html",
            "message/rfc822",
            "text/x",
            "application/octet-stream");
    assertThat(child(root, 0).text()).contains("gr\u00fc\u00dfe\r\n.dot soft");
    assertThat(child(child(root, 1), 0).text()).contains("no type");
    assertThat(child(child(root, 1), 1).text()).contains("<b>\u00e4</b>");
    assertThat(child(child(root, 2), 0).header("subject")).containsExactly("inner");
    assertThat(child(child(root, 2), 0).text()).contains("inner text");
    assertThat(child(child(root, 2), 0).parameter("NAME")).contains("n");
    assertThat(child(root, 3).content()).containsExactly(0, 1, 2);
    assertThat(child(root, 3).text()).isEmpty();
    assertThat(root.parent()).isEmpty();
    assertThat(child(root, 3).parent()).containsSame(root);
    assertThat(text(root)).isEqualTo(MIXED);
  }

  @Test
  void aBodyInPiecesHasTheSameParts() {
    byte[] wire = MIXED.getBytes(StandardCharsets.ISO_8859_1);
    for (int size : new int[] {1, 2, 3, 7, 64, wire.length}) {
      List<byte[]> pieces = new ArrayList<>(List.of(new byte[0]));
      for (int at = 0; at < wire.length; at += size) {
        pieces.add(Arrays.copyOfRange(wire, at, Math.min(wire.length, at + size)));
        pieces.add(new byte[0]);
      }
      Body body = Body.of(pieces.toArray(byte[][]::new));
      MimeNode root =
          MimeTree.read(new WireOctets(body), ContentType.PLAIN, StandardCharsets.US_ASCII);
      assertThat(root.shape()).as("pieces of %d", size).isEqualTo(read(MIXED).shape());
      assertThat(child(root, 3).content()).containsExactly(0, 1, 2);
      root.setHeader("Y", Placement.APPEND, List.of("2"));
      assertThat(text(root)).contains("\r\nY: 2\r\n", "\r\nPGI+w6Q8L2I+\r\n");
    }
  }

  @Test
  void aTreeIsMadeOfItsShape() {
    String digest = "Content-Type: multipart/digest; boundary=x\n\n--x\n\nA: b\n\nc\n--x--\n";
    for (String text : List.of(MIXED, digest.replace("\n", "\r\n"), "A: b\r\n\r\n", "")) {
      MimeNode read = read(text);
      MimeNode made =
          MimeTree.of(
              new WireOctets(text.getBytes(StandardCharsets.ISO_8859_1)),
              read.shape(),
              ContentType.PLAIN,
              StandardCharsets.US_ASCII);
      assertThat(made.walk().stream().map(MimePart::contentType))
          .isEqualTo(read.walk().stream().map(MimePart::contentType).toList());
      assertThat(made.walk().stream().map(part -> part.text().orElse("")))
          .isEqualTo(read.walk().stream().map(part -> part.text().orElse("")).toList());
      assertThat(text(made)).isEqualTo(text(read));
      assertThat(made.shape()).isEqualTo(read.shape());
    }
  }

  @Test
  void whatIsNotEditedStaysAsItCame() {
    MimeNode root = read(MIXED);
    child(root, 1).unlink();
    int from = MIXED.indexOf("--b b\r\nContent-Type: multipart/alternative");
    int to = MIXED.indexOf("--b b\r\nContent-Type: message");
    assertThat(text(root))
        .isEqualTo((MIXED.substring(0, from) + MIXED.substring(to)).replace("--b b  ", "--b b"));

    MimeNode other = read(MIXED);
    child(other, 3).setHeader("X-Scanned", Placement.APPEND, List.of("yes"));
    assertThat(text(other))
        .isEqualTo(
            MIXED
                .replace("base64\r\n\r\nAAEC", "base64\r\nX-Scanned: yes\r\n\r\nAAEC")
                .replace("--b b  ", "--b b"));
  }

  @Test
  void movesParts() {
    MimeNode root = read(MIXED);
    MimeNode last = child(root, 3);
    last.unlink();
    last.insertBefore(child(root, 0));
    MimeNode made =
        new MessageBuilder(new Random(1))
            .part("text/plain", new byte[] {'x'}, TransferEncoding.SEVEN_BIT);
    child(root, 2).addLastChild(made);
    assertThat(root.walk().stream().map(MimePart::contentType).limit(5))
        .containsExactly(
            "multipart/mixed",
            "application/octet-stream",
            "text/plain",
            "multipart/alternative",
            "text/plain");
    MimeNode again = read(text(root));
    assertThat(again.walk().stream().map(MimePart::contentType))
        .containsExactlyElementsOf(root.walk().stream().map(MimePart::contentType).toList());
    assertThat(child(child(again, 2), 2).text()).contains("x");

    assertThatThrownBy(() -> root.addLastChild(made)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> child(root, 0).addLastChild(read("\r\n")))
        .as("no multipart")
        .isInstanceOf(IllegalStateException.class);
    MimeNode inner = child(root, 2);
    assertThatThrownBy(() -> inner.addLastChild(root))
        .as("a part below itself")
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(root::unlink).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> child(child(root, 3), 0).unlink())
        .as("the message of a message part")
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void brokenStructureIsReadAsFarAsItGoes() {
    MimeNode open = read("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n");
    assertThat(open.walk()).hasSize(2);
    assertThat(child(open, 0).text()).contains("one");
    assertThat(read("Content-Type: multipart/mixed; boundary=b\r\n\r\nnothing\r\n").walk())
        .hasSize(1);
    assertThat(read("Content-Type: multipart/mixed\r\n\r\n--\r\n--\r\n").walk()).hasSize(1);
    MimeNode nonsense = read("Content-Type: ;;;\r\n\r\nx\r\n");
    assertThat(nonsense.contentType()).isEqualTo("text/plain");
    assertThat(nonsense.text()).contains("x\r\n");
    MimeNode badBase64 = read("Content-Transfer-Encoding: base64\r\n\r\n!!!%%\r\n");
    assertThat(badBase64.content()).isNotNull();
    MimeNode badCharset = read("Content-Type: text/plain; charset=\"\\r x\"\r\n\r\nx\r\n");
    assertThat(badCharset.text()).contains("x\r\n");
    assertThat(read("").text()).isEmpty();
    assertThat(read("no header and no body").text()).isEmpty();
  }

  @Test
  void textWithoutCharacterSetHasThatOfTheConfiguration() {
    String mail = "Subject: x\r\n\r\n\u00e4\r\n";
    assertThat(read(mail, StandardCharsets.ISO_8859_1).text()).contains("\u00e4\r\n");
    assertThat(read(mail, StandardCharsets.US_ASCII).text()).contains("\ufffd\r\n");
    assertThat(
            read(
                    "Content-Type: text/plain; charset=nonsense\r\n\r\n\u00e4",
                    StandardCharsets.ISO_8859_1)
                .text())
        .contains("\u00e4");
    assertThat(read("Subject: \u00e4\r\n\r\n", StandardCharsets.ISO_8859_1).header("subject"))
        .containsExactly("\u00e4");
  }

  @Test
  void replacedTextKeepsItsCharacterSetAndEncodingWhereItCan() {
    MimeNode root = read(MIXED);
    assertThat(
            root.replace(
                Within.TEXT, Pattern.compile("(gr.+e)|(\u00e4)|inner (text)"), "[$3]\u00f6"))
        .isEqualTo(3);
    MimeNode again = read(text(root));
    assertThat(child(again, 0).text()).contains("[]\u00f6\r\n.dot soft");
    assertThat(child(again, 0).header("Content-Type"))
        .containsExactly("text/plain; charset=iso-8859-1");
    assertThat(child(again, 0).header("Content-Transfer-Encoding"))
        .containsExactly("quoted-printable");
    assertThat(child(child(again, 1), 1).text()).contains("<b>[]\u00f6</b>");
    assertThat(child(child(again, 1), 1).header("Content-Transfer-Encoding"))
        .containsExactly("BASE64");
    MimeNode inner = child(child(again, 2), 0);
    assertThat(inner.text()).as("was 7-bit US-ASCII").contains("[text]\u00f6");
    assertThat(inner.parameter("charset")).contains("utf-8");
    assertThat(inner.parameter("name")).contains("n");
    assertThat(inner.header("Content-Transfer-Encoding")).containsExactly("quoted-printable");

    MimeNode latin = read(MIXED);
    latin.replace(Within.TEXT, Pattern.compile("soft"), "\u20ac");
    assertThat(child(read(text(latin)), 0).text())
        .as("the euro is not in ISO 8859-1")
        .contains("gr\u00fc\u00dfe\r\n.dot \u20ac");
  }

  @Test
  void setsText() {
    MimeNode root = read(MIXED);
    root.setText("one\n.two\n\u00e4\n", "text/html", Optional.empty());
    assertThat(text(root)).startsWith("Subject: two parts\r\n").contains("MIME-Version: 1.0\r\n");
    MimeNode again = read(text(root));
    assertThat(again.walk()).hasSize(1);
    assertThat(again.contentType()).isEqualTo("text/html");
    assertThat(again.text()).contains("one\r\n.two\r\n\u00e4\r\n");
    root.setText("plain\n", "text/plain", Optional.empty());
    assertThat(text(root))
        .contains("charset=us-ascii")
        .contains("7bit")
        .endsWith("\r\n\r\nplain\r\n");
    assertThatThrownBy(() -> root.setText("x", "image/png", Optional.empty()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void matchesOctetsAndText() {
    MimeNode root = read(MIXED);
    assertThat(root.match(Within.TEXT, Pattern.compile("<(.)>|(zz)")))
        .containsExactly(List.of("<b>", "b", ""));
    assertThat(root.match(Within.BODY, Pattern.compile("(?m)^\\.dot"))).hasSize(1);
    assertThat(root.match(Within.BODY, Pattern.compile("two parts"))).isEmpty();
    assertThat(root.match(Within.RAW, Pattern.compile("two parts"))).hasSize(1);
    assertThat(child(root, 3).replace(Within.BODY, Pattern.compile("A+"), ".")).isEqualTo(1);
    assertThat(new String(child(root, 3).body(), StandardCharsets.US_ASCII)).isEqualTo(".EC");
    assertThat(text(root)).contains("\r\n..EC\r\n");
    assertThat(child(root, 0).replace(Within.RAW, Pattern.compile("(?s).*"), "X: y\n\nz"))
        .isPositive();
    assertThat(child(read(text(root)), 0).header("X")).containsExactly("y");
  }

  @Test
  @Timeout(120) // without the limit it takes for ever
  void patternsThatGoBackForEverAreEnded() {
    MimeNode root = read("Subject: x\r\n\r\n" + "a".repeat(5000) + "\r\n");
    for (String pattern : new String[] {"(a*)*b", "(a|aa)+$b", "(?=(.*))", "((a|b)*)*c"}) {
      assertThatThrownBy(() -> root.replace(Within.TEXT, Pattern.compile(pattern), "$0$0"))
          .as(pattern)
          .isInstanceOf(MessageLimitException.class);
    }
  }

  @Test
  void partsWithoutNumberAreRefused() {
    StringBuilder many = new StringBuilder("Content-Type: multipart/mixed; boundary=b\r\n\r\n");
    many.append("--b\r\n\r\n\r\n".repeat(1001)).append("--b--\r\n");
    assertThatThrownBy(() -> read(many.toString())).isInstanceOf(MessageLimitException.class);
    StringBuilder deep = new StringBuilder();
    for (int i = 0; i < 40; i++) {
      deep.append("Content-Type: message/rfc822\r\n\r\n");
    }
    assertThatThrownBy(() -> read(deep.toString())).isInstanceOf(MessageLimitException.class);
  }

  @Test
  void readsWhateverComes() {
    Random random = new Random(4711);
    String[] pieces = {
      "\r\n",
      "\n",
      "\r",
      "--b",
      "--b--",
      "--",
      "Content-Type: multipart/mixed; boundary=b\r\n",
      "Content-Type: message/rfc822\r\n",
      "Content-Transfer-Encoding: base64\r\n",
      "\r\n\r\n",
      "x",
      "=",
      "..",
      ".",
      "Content-Type: text/plain; charset=",
      "utf-16",
      "\u00ff",
      ":",
      " ",
      ";",
      "\""
    };
    for (int round = 0; round < 20_000; round++) {
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(40); i > 0; i--) {
        text.append(pieces[random.nextInt(pieces.length)]);
      }
      MimeNode root = read(text.toString());
      assertThat(new String(root.wireForm(), StandardCharsets.ISO_8859_1))
          .isEqualTo(text.toString());
      for (MimePart part : root.walk()) {
        assertThat(part.content()).isNotNull();
        assertThat(part.text()).isNotNull();
        assertThat(part.addressHeader("Content-Type")).isNotNull();
      }
      root.replace(Within.TEXT, Pattern.compile("x"), "\u00e4");
      assertThat(read(text(root)).wireForm()).isEqualTo(root.message().toByteArray());
    }
  }

  @Test
  void base64IsReadBackHoweverItIsCut() {
    byte[] octets = new byte[10_000];
    new Random(4711).nextBytes(octets);
    MimeNode part =
        new MessageBuilder(new Random(1)).part("image/png", octets, TransferEncoding.BASE64);
    assertThat(part.content()).isEqualTo(octets);
    assertThat(new String(part.body(), StandardCharsets.US_ASCII))
        .isEqualTo(Base64.getMimeEncoder().encodeToString(octets));
  }
}
