package org.impetusmta.delivery.esmtp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.impetusmta.delivery.esmtp.ReplyReader.Outcome.COMPLETE;
import static org.impetusmta.delivery.esmtp.ReplyReader.Outcome.MALFORMED;
import static org.impetusmta.delivery.esmtp.ReplyReader.Outcome.MORE;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import org.impetusmta.api.message.Reply;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ReplyReaderTest {
  private final ReplyReader reader = new ReplyReader();

  private static ByteBuf octets(String text) {
    return Unpooled.wrappedBuffer(text.getBytes(ISO_8859_1));
  }

  static Arguments[] replies() {
    return new Arguments[] {
      Arguments.of("250 Ok\r\n", new Reply(250, "", "Ok")),
      Arguments.of("250\r\n", new Reply(250, "", "")),
      Arguments.of("250 \r\n", new Reply(250, "", "")),
      Arguments.of("250 Ok\n", new Reply(250, "", "Ok")),
      Arguments.of("250\n", new Reply(250, "", "")),
      Arguments.of("250 2.0.0 Ok queued\r\n", new Reply(250, "2.0.0", "Ok queued")),
      Arguments.of("250 2.0.0\r\n", new Reply(250, "2.0.0", "")),
      Arguments.of("550 5.7.123 no\r\n", new Reply(550, "5.7.123", "no")),
      Arguments.of("550 5.7.1234 no\r\n", new Reply(550, "", "5.7.1234 no")),
      Arguments.of("550 4.7.1 other class\r\n", new Reply(550, "", "4.7.1 other class")),
      Arguments.of("550 5.7.x no\r\n", new Reply(550, "", "5.7.x no")),
      Arguments.of("550 5.7.1no\r\n", new Reply(550, "", "5.7.1no")),
      Arguments.of("354 3.0.0 go\r\n", new Reply(354, "", "3.0.0 go")),
      Arguments.of("250-a\r\n250-b\r\n250 c\r\n", new Reply(250, "", "a\nb\nc")),
      Arguments.of("250-\r\n250\r\n", new Reply(250, "", "\n")),
      Arguments.of(
          "550-5.1.1 no such\r\n550 5.1.1 user\r\n", new Reply(550, "5.1.1", "no such\nuser")),
      Arguments.of("550-5.1.1 no such\r\n550 user\r\n", new Reply(550, "5.1.1", "no such\nuser")),
      Arguments.of("550-5.1.1 a\r\n550 5.2.1 b\r\n", new Reply(550, "5.1.1", "a\n5.2.1 b")),
      Arguments.of("450 tab\there\r\n", new Reply(450, "", "tab here")),
      Arguments.of("450 \u001b[31mred\u0007\u0000\r\n", new Reply(450, "", "?[31mred??")),
      Arguments.of("450 a\rb\r\n", new Reply(450, "", "a?b")),
      Arguments.of(
          new String("450 später\r\n".getBytes(UTF_8), ISO_8859_1), new Reply(450, "", "später")),
      Arguments.of("450 sp\u00e4ter\r\n", new Reply(450, "", "sp?ter")),
      Arguments.of(
          new String("450 \u202egnp.exe \u2028\r\n".getBytes(UTF_8), ISO_8859_1),
          new Reply(450, "", "?gnp.exe ?")),
    };
  }

  @ParameterizedTest
  @MethodSource("replies")
  void reads(String wire, Reply expected) {
    ByteBuf in = octets(wire + "rest");
    assertThat(reader.read(in)).isEqualTo(COMPLETE);
    assertThat(reader.code()).isEqualTo(expected.code());
    assertThat(reader.reply()).isEqualTo(expected);
    assertThat(in.toString(ISO_8859_1)).isEqualTo("rest");
    assertThat(reader.midReply()).isFalse();
  }

  @ParameterizedTest
  @MethodSource("replies")
  void readsHoweverItIsCut(String wire, Reply expected) {
    for (int cut = 1; cut < wire.length(); cut++) {
      assertThat(reader.read(octets(wire.substring(0, cut)))).isEqualTo(MORE);
      assertThat(reader.midReply()).isTrue();
      assertThat(reader.read(octets(wire.substring(cut)))).isEqualTo(COMPLETE);
      assertThat(reader.reply()).isEqualTo(expected);
    }
    for (int i = 0; i < wire.length() - 1; i++) {
      assertThat(reader.read(octets(wire.substring(i, i + 1)))).isEqualTo(MORE);
    }
    assertThat(reader.read(octets(wire.substring(wire.length() - 1)))).isEqualTo(COMPLETE);
    assertThat(reader.reply()).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\r\n",
        "\n",
        "25\r\n",
        "hello\r\n",
        "2x0 a\r\n",
        "150 a\r\n",
        "650 a\r\n",
        "2500 a\r\n",
        "250+a\r\n",
        " 250 a\r\n",
        "250-a\r\n251 b\r\n",
        "220-hello\r\n521 bye\r\n",
        "250-a\r\n\r\n250 b\r\n",
        "\u0000\u0001\u0002"
      })
  void refuses(String wire) {
    assertThat(reader.read(octets(wire))).isEqualTo(MALFORMED);
  }

  @Test
  void keepsTheBeginningOfALongLine() {
    assertThat(reader.read(octets("250 " + "x".repeat(20_000) + "\r\n"))).isEqualTo(COMPLETE);
    assertThat(reader.reply().text()).isEqualTo("x".repeat(ReplyReader.MAX_LINE));
    assertThat(reader.read(octets("250 short\r\n"))).isEqualTo(COMPLETE);
    assertThat(reader.reply().text()).isEqualTo("short");
  }

  @Test
  void boundsLinesAndOctets() {
    String most = "250-a\r\n".repeat(ReplyReader.MAX_LINES - 1);
    assertThat(reader.read(octets(most + "250 b\r\n"))).isEqualTo(COMPLETE);
    assertThat(reader.read(octets(most + "250-a\r\n250 b\r\n"))).isEqualTo(MALFORMED);
    assertThat(reader.read(octets("250 " + "x".repeat(ReplyReader.MAX_OCTETS))))
        .isEqualTo(MALFORMED);
  }

  static Arguments[] offers() {
    return new Arguments[] {
      Arguments.of("250 mx\r\n", Extensions.NONE),
      Arguments.of("250 PIPELINING\r\n", Extensions.NONE),
      Arguments.of("250-mx\r\n250 PIPELINING\r\n", offer(true, false, 0, false)),
      Arguments.of(
          "250-mx\r\n250-size 1000\r\n250-8BitMime\r\n250 Pipelining\r\n",
          offer(true, true, 1000, true)),
      Arguments.of("250-mx\r\n250-SIZE=1000\r\n250 size=\r\n", offer(false, true, 0, false)),
      Arguments.of(
          "250-mx\r\n250-\r\n250-\u00ff\u00fe\r\n250 SIZE\r\n", offer(false, true, 0, false)),
      Arguments.of("250-mx\r\n250-PIPELININGS\r\n250 SIZEX\r\n", Extensions.NONE),
      Arguments.of(
          "250-mx\r\n250-" + "A".repeat(10_000) + "\r\n250 SIZE\r\n", offer(false, true, 0, false)),
    };
  }

  private static Extensions offer(boolean pipelining, boolean size, long limit, boolean eightBit) {
    return new Extensions(
        pipelining,
        size,
        limit,
        eightBit,
        false,
        false,
        false,
        false,
        List.of(),
        List.of(),
        List.of());
  }

  @ParameterizedTest(name = "Crash parsing EHLO capabilities, {index}")
  @MethodSource("offers")
  void readsExtensions(String wire, Extensions expected) {
    assertThat(reader.read(octets(wire))).isEqualTo(COMPLETE);
    assertThat(reader.extensions())
        .usingRecursiveComparison()
        .ignoringFields("others")
        .isEqualTo(expected);
  }

  @Test
  void readsParametersOfExtensions() {
    String wire =
        "250-mx\r\n250-AUTH plain LOGIN\r\n250-AUTH=cram-md5\r\n250-XCLIENT NAME ADDR\r\n"
            + "250-CHUNKING\r\n250-SMTPUTF8\r\n250-DSN\r\n250-STARTTLS\r\n250 requiretls\r\n";
    assertThat(reader.read(octets(wire))).isEqualTo(COMPLETE);
    Extensions offered = reader.extensions();
    assertThat(offered.auth()).containsExactly("PLAIN", "LOGIN");
    assertThat(offered.xclient()).containsExactly("NAME", "ADDR");
    assertThat(offered.chunking() && offered.smtpUtf8() && offered.dsn() && offered.startTls())
        .isTrue();
    assertThat(offered.offers("REQUIRETLS")).isTrue();
  }
}
