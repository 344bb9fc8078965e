package org.impetusmta.core.reception;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.regex.Pattern;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Context;
import org.impetusmta.core.reception.RepairOptions.DateHeader;
import org.impetusmta.core.reception.RepairOptions.LineLengthPolicy;
import org.impetusmta.core.reception.RepairOptions.LoneInBody;
import org.impetusmta.core.reception.RepairOptions.LoneInHeaders;
import org.impetusmta.core.reception.RepairOptions.MessageIdHeader;
import org.impetusmta.core.reception.RepairOptions.MissingHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What transcripts of the ESMTP listener do not show: all octets, however they are cut. */
class MessageRepairTest {
  /** What any reader may take for the end of data. */
  private static final Pattern END_FOR_SOMEBODY =
      Pattern.compile("(?<=^|[\r\n])\\.(?=[\r\n])", Pattern.DOTALL);

  private static RepairOptions options(
      LoneInHeaders headers, LoneInBody body, String length, LineLengthPolicy policy) {
    return new RepairOptions(
        DateHeader.IFNEEDED,
        MessageIdHeader.IFNEEDED,
        MissingHeaders.ALLOW,
        headers,
        body,
        LineLength.parse(length),
        policy);
  }

  private static Body settled(RepairOptions options, Body body, Context context) throws BadContent {
    return new MessageRepair(options).settled(body, true, context, () -> "now", () -> "<id@host>");
  }

  private static Body cut(String text, int size) {
    byte[] octets = text.getBytes(StandardCharsets.ISO_8859_1);
    byte[][] segments = new byte[(octets.length + size - 1) / size][];
    for (int i = 0; i < segments.length; i++) {
      segments[i] = Arrays.copyOfRange(octets, i * size, Math.min(octets.length, (i + 1) * size));
    }
    return Body.of(segments);
  }

  private static String text(Body body) {
    return new String(body.toByteArray(), StandardCharsets.ISO_8859_1);
  }

  @Test
  void aMessageInOrderIsTheSameObject() throws BadContent {
    Body body = cut("Date: x\r\nMessage-ID: <1@x>\r\n\r\nbody\r\n", 9);
    Context context = new Context();
    RepairOptions all = options(LoneInHeaders.FIX, LoneInBody.FIX, "998", LineLengthPolicy.FIX);
    assertThat(settled(all, body, context)).isSameAs(body);
    assertThat(context.size()).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 11, 4096})
  void whatIsMissingIsFoundHoweverTheOctetsAreCut(int size) throws BadContent {
    RepairOptions options =
        options(LoneInHeaders.PEDANTIC, LoneInBody.IGNORE, "ignore", LineLengthPolicy.NONE);
    Context context = new Context();
    Body mended =
        settled(options, cut("Dat: x\r\nMessage-IDs: 1\r\n\r\nDate: b\r\n", size), context);
    assertThat(text(mended))
        .isEqualTo(
            "Dat: x\r\nMessage-IDs: 1\r\nMessage-ID: <id@host>\r\nDate: now\r\n\r\nDate: b\r\n");
    assertThat(context.get(MessageRepair.DATE_MISSING)).contains("true");
    assertThat(
            text(settled(options, cut("a: b\r\n\tDate: x\r\ndATE:\r\n\r\n", size), new Context())))
        .isEqualTo("a: b\r\n\tDate: x\r\ndATE:\r\nMessage-ID: <id@host>\r\n\r\n");
    assertThat(text(settled(options, cut("no header\r\n", size), new Context())))
        .isEqualTo("Message-ID: <id@host>\r\nDate: now\r\n\r\nno header\r\n");
  }

  /** ADR 28: whatever is allowed, nobody can read an end of data in what is passed on. */
  @Test
  void nothingThatPassesCanBeTakenForTheEndOfData() {
    Random random = new Random(4711);
    String[] pieces = {"\r", "\n", "\r\n", "\r\n", ".", "..", "a", "b: c", " ", "\r\n\r\n", "\0"};
    int passed = 0;
    int refused = 0;
    for (int round = 0; round < 60_000; round++) {
      StringBuilder text = new StringBuilder("A: b\r\n");
      for (int i = random.nextInt(24); i > 0; i--) {
        text.append(pieces[random.nextInt(pieces.length)]);
      }
      text.append("\r\n");
      // what the listener hands over has no end of data in it
      String content = text.toString().replaceAll("(?<=\r\n)\\.(?=\r\n)", "..");
      for (LoneInBody body : LoneInBody.values()) {
        for (LoneInHeaders headers : LoneInHeaders.values()) {
          String length = random.nextBoolean() ? "ignore" : Integer.toString(1 + random.nextInt(9));
          RepairOptions options = options(headers, body, length, LineLengthPolicy.FIX);
          try {
            String out =
                text(settled(options, cut(content, 1 + random.nextInt(20)), new Context()));
            passed++;
            assertThat(END_FOR_SOMEBODY.matcher(out).find())
                .as("%s %s", options, content)
                .isFalse();
            if (body == LoneInBody.FIX && headers == LoneInHeaders.FIX) {
              assertThat(out).doesNotContainPattern("\r(?!\n)|(?<!\r)\n");
            }
          } catch (BadContent bad) {
            refused++;
            assertThat(body == LoneInBody.FIX && headers == LoneInHeaders.FIX).isFalse();
          }
        }
      }
    }
    assertThat(passed).isGreaterThan(50_000);
    assertThat(refused).isGreaterThan(50_000);
  }

  @Test
  void brokenLinesAreShortAndKeepTheirOctets() throws BadContent {
    Random random = new Random(4711);
    for (int round = 0; round < 3000; round++) {
      int limit = 2 + random.nextInt(60);
      StringBuilder text = new StringBuilder("A: b\r\n\r\n");
      for (int i = random.nextInt(200); i > 0; i--) {
        text.append(random.nextInt(5) == 0 ? ' ' : (char) ('a' + random.nextInt(3)));
      }
      text.append("\r\n");
      RepairOptions options =
          options(LoneInHeaders.FIX, LoneInBody.FIX, Integer.toString(limit), LineLengthPolicy.FIX);
      Body body = cut(text.toString(), 30);
      Body out = LongLines.settled(body, options.maxLineLength().octets(), true);
      String content = text(out).substring(text(out).indexOf("\r\n\r\n") + 4);
      for (String line : content.split("\r\n")) {
        assertThat(line.length()).isLessThanOrEqualTo(limit);
      }
      assertThat(content.replace("\r\n", ""))
          .isEqualTo(text.substring(text.indexOf("\r\n\r\n") + 4).replace("\r\n", ""));
      LongLines.settled(out, limit, false);
    }
  }

  @Test
  void aFoldedHeaderIsNeverAnEmptyLine() throws BadContent {
    Random random = new Random(4711);
    for (int round = 0; round < 3000; round++) {
      int limit = 2 + random.nextInt(30);
      StringBuilder text = new StringBuilder("A:");
      for (int i = random.nextInt(120); i > 0; i--) {
        text.append(" \t x".charAt(random.nextInt(5) % 4));
      }
      text.append("\r\n").append(" ".repeat(random.nextInt(100))).append("\tz\r\n\r\nb\r\n");
      Body out = LongLines.settled(cut(text.toString(), 30), limit, true);
      String header = text(out);
      assertThat(header.indexOf("\r\n\r\n")).isEqualTo(header.length() - 7);
      assertThat(header.replaceAll("[ \t\r\n]", ""))
          .isEqualTo(text.toString().replaceAll("[ \t\r\n]", ""));
      for (String line : header.split("\r\n")) {
        assertThat(line.length()).isLessThanOrEqualTo(limit);
      }
    }
  }

  /** Octets that cost more than they weigh would let a stranger hold a loop. */
  @Test
  @Timeout(120) // it takes a second; quadratic work takes hours
  void hostileContentCostsNoMoreThanItsLength() throws BadContent {
    int much = 4 << 20;
    RepairOptions options = options(LoneInHeaders.FIX, LoneInBody.FIX, "998", LineLengthPolicy.FIX);
    for (String content :
        new String[] {
          "A: b\r\n\r\n" + "\r".repeat(much) + "\r\n",
          "A: b" + "\r".repeat(much) + "x\r\n",
          "A:" + " ".repeat(much) + "x\r\n\r\n",
          "A: x" + " ".repeat(much) + "\r\n\r\n",
          "A:" + " x".repeat(much / 2) + "\r\n\r\n",
          "A: b\r\n\r\n" + " ".repeat(much) + "\r\n",
          "A: b\r\n\r\n" + "x".repeat(much) + "\r\n"
        }) {
      assertThat(settled(options, cut(content, 1 << 16), new Context()).length()).isPositive();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0", "-1", "none", "998 ", "99999999999"})
  void otherLengthsAreRefused(String text) {
    assertThatThrownBy(() -> LineLength.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aDiscardIsLoggedInTheWordsOfPolicy() {
    assertThat(Acceptance.discardReply("").toString()).isEqualTo("550 5.7.0 discarded by policy");
    assertThat(Acceptance.discardReply("550 Bounce message processed").toString())
        .isEqualTo("550 Bounce message processed");
    assertThat(Acceptance.discardReply("no code").toString())
        .isEqualTo("550 5.7.1 [internal] discarded by policy: no code");
    assertThat(Acceptance.discardReply("250 ok").code()).isEqualTo(550);
  }

  @Test
  void aPolicyDecidesBeforeAWord() {
    assertThat(options(LoneInHeaders.FIX, LoneInBody.FIX, "Pedantic", LineLengthPolicy.NONE))
        .extracting(RepairOptions::longLines)
        .isEqualTo(LineLength.Word.PEDANTIC);
    assertThat(options(LoneInHeaders.FIX, LoneInBody.FIX, "pedantic", LineLengthPolicy.FIX))
        .extracting(RepairOptions::longLines)
        .isEqualTo(LineLength.Word.FIX);
    assertThat(options(LoneInHeaders.FIX, LoneInBody.FIX, "2048", LineLengthPolicy.NONE))
        .extracting(RepairOptions::longLines)
        .isEqualTo(LineLength.Word.IGNORE);
    assertThat(LineLength.parse("fix").octets()).isEqualTo(998);
  }
}
