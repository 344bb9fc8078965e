package org.impetusmta.core.bounce;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.message.Reply;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reads notifications back as a strict MIME reader does. */
class DeliveryStatusNotificationTest {
  private static final String ORIGINAL =
      "Received: from x\r\n by y\r\nSubject: hello\r\n\r\nLine\r\n..dot\r\nEnd\r\n";

  /** Gives ones first, so that a first boundary can be foretold. */
  private static final class Ones implements RandomGenerator {
    private int calls;

    @Override
    public long nextLong() {
      return calls++ < 2 ? 0x1111111111111111L : 0x2222222222222222L;
    }
  }

  private static DeliveryReport report(String reply, String lastReply, Optional<String> remote) {
    return DeliveryReport.failed(
        Address.of("sender@example.com"),
        Address.of("rcpt@example.org"),
        1_700_000_000_000L,
        1_700_000_100_000L,
        Reply.parse(reply),
        lastReply,
        remote);
  }

  private static DeliveryStatusNotification compose(
      DeliveryReport report, BounceOptions.Original wanted, Optional<String> original) {
    return DeliveryStatusNotification.compose(
        MessageId.of(1, 2, 3),
        report,
        wanted,
        "mta.example",
        "mailer-daemon@mta.example",
        original.map(o -> Body.of(o.getBytes(StandardCharsets.ISO_8859_1))),
        new Ones());
  }

  /** A multipart message, taken apart by RFC 2046 with every line checked. */
  private record Parsed(List<String> header, List<Part> parts) {
    record Part(String header, String content) {}

    static Parsed of(DeliveryStatusNotification notification) {
      String wire = new String(notification.body().toByteArray(), StandardCharsets.ISO_8859_1);
      assertThat(wire).endsWith("\r\n");
      assertThat(wire.replace("\r\n", "")).doesNotContain("\r").doesNotContain("\n");
      StringBuilder plain = new StringBuilder();
      for (String line : wire.substring(0, wire.length() - 2).split("\r\n", -1)) {
        assertThat(line.length()).isLessThanOrEqualTo(998);
        if (line.startsWith(".")) {
          assertThat(line).as("dot-stuffed").startsWith("..");
          plain.append(line, 1, line.length());
        } else {
          plain.append(line);
        }
        plain.append("\r\n");
      }
      if (!notification.eightBit()) {
        assertThat(wire.chars()).allMatch(c -> c < 128);
      }
      String text = plain.toString();
      int end = text.indexOf("\r\n\r\n");
      List<String> header = List.of(text.substring(0, end).replace("\r\n ", " ").split("\r\n"));
      String type =
          header.stream().filter(h -> h.startsWith("Content-Type: ")).findFirst().orElseThrow();
      assertThat(type)
          .startsWith("Content-Type: multipart/report; report-type=delivery-status; boundary=\"");
      String boundary = type.substring(type.indexOf('"') + 1, type.length() - 1);
      String rest = text.substring(end + 2);
      String close = "\r\n--" + boundary + "--\r\n";
      assertThat(rest).endsWith(close);
      rest = rest.substring(0, rest.length() - close.length());
      String[] pieces = rest.split("\r\n--" + boundary + "\r\n", -1);
      List<Part> parts = new ArrayList<>();
      for (int i = 1; i < pieces.length; i++) {
        int blank = pieces[i].indexOf("\r\n\r\n");
        parts.add(new Part(pieces[i].substring(0, blank), pieces[i].substring(blank + 4)));
      }
      return new Parsed(header, parts);
    }
  }

  @Test
  void readsAsRfc3464() {
    Parsed parsed =
        Parsed.of(
            compose(
                report("550 5.1.1 no such user", "", Optional.of("192.0.2.1")),
                BounceOptions.Original.HEADERS,
                Optional.of(ORIGINAL)));
    assertThat(parsed.header())
        .contains(
            "From: Mail Delivery System <mailer-daemon@mta.example>",
            "To: sender@example.com",
            "Date: Tue, 14 Nov 2023 22:15:00 +0000",
            "Auto-Submitted: auto-replied",
            "MIME-Version: 1.0")
        .noneMatch(h -> h.startsWith("Content-Transfer-Encoding"));
    assertThat(parsed.parts()).hasSize(3);
    assertThat(parsed.parts().get(0).header())
        .isEqualTo("Content-Type: text/plain; charset=us-ascii");
    assertThat(parsed.parts().get(0).content())
        .contains("<rcpt@example.org>")
        .contains("The server 192.0.2.1 answered:\r\n  550 5.1.1 no such user\r\n");
    assertThat(parsed.parts().get(1).header()).isEqualTo("Content-Type: message/delivery-status");
    assertThat(parsed.parts().get(1).content())
        .isEqualTo(
            """
            Reporting-MTA: dns; mta.example
            Arrival-Date: Tue, 14 Nov 2023 22:13:20 +0000

            Final-Recipient: rfc822; rcpt@example.org
            Action: failed
            Status: 5.1.1
            Remote-MTA: dns; 192.0.2.1
            Diagnostic-Code: smtp; 550 5.1.1 no such user
            Last-Attempt-Date: Tue, 14 Nov 2023 22:15:00 +0000
            """
                .replace("\n", "\r\n"));
    assertThat(parsed.parts().get(2).header()).isEqualTo("Content-Type: text/rfc822-headers");
    assertThat(parsed.parts().get(2).content())
        .isEqualTo("Received: from x\r\n by y\r\nSubject: hello\r\n");
  }

  @Test
  void carriesTheWholeOriginalUnchanged() {
    Parsed parsed =
        Parsed.of(
            compose(
                report("550 no", "", Optional.of("mx.example")),
                BounceOptions.Original.ALL,
                Optional.of(ORIGINAL)));
    assertThat(parsed.parts().get(2).header()).isEqualTo("Content-Type: message/rfc822");
    assertThat(parsed.parts().get(2).content()).isEqualTo(ORIGINAL.replace("..dot", ".dot"));
    assertThat(parsed.parts().get(1).content()).contains("Status: 5.0.0\r\n");
  }

  @Test
  void declaresEightBitContent() {
    DeliveryStatusNotification inHeaders =
        compose(
            report("550 no", "", Optional.empty()),
            BounceOptions.Original.HEADERS,
            Optional.of("Subject: caf\u00e9\r\n\r\nHello\r\n"));
    assertThat(inHeaders.eightBit()).isTrue();
    Parsed parsed = Parsed.of(inHeaders);
    assertThat(parsed.header()).contains("Content-Transfer-Encoding: 8bit");
    assertThat(parsed.parts().get(2).header()).contains("\r\nContent-Transfer-Encoding: 8bit");
    assertThat(
            compose(
                    report("550 no", "", Optional.empty()),
                    BounceOptions.Original.HEADERS,
                    Optional.of("Subject: x\r\n\r\ncaf\u00e9\r\n"))
                .eightBit())
        .isFalse();
  }

  @Test
  void goesWithoutTheOriginal() {
    for (Optional<String> original : List.of(Optional.<String>empty(), Optional.of(ORIGINAL))) {
      Parsed parsed =
          Parsed.of(
              compose(
                  report("550 5.3.0 [internal] message body missing", "", Optional.empty()),
                  BounceOptions.Original.NONE,
                  original));
      assertThat(parsed.parts()).hasSize(2);
      assertThat(parsed.parts().get(1).content())
          .contains("Diagnostic-Code: x-impetus; 550 5.3.0 [internal] message body missing\r\n")
          .doesNotContain("Remote-MTA");
    }
  }

  @Test
  void tellsTheLastReplyWhenTimeIsOver() {
    Parsed parsed =
        Parsed.of(
            compose(
                report(
                    "554 5.4.7 [internal] exceeded max time without delivery",
                    "451 4.7.1 try later",
                    Optional.empty()),
                BounceOptions.Original.NONE,
                Optional.empty()));
    assertThat(parsed.parts().getFirst().content())
        .contains("The last attempt ended with:\r\n  451 4.7.1 try later\r\n");
  }

  @Test
  void choosesAnotherBoundaryWhereTheOriginalHasIt() {
    String evil = "Subject: x\r\n\r\n--=_" + "11".repeat(16) + "--\r\n\r\n";
    DeliveryStatusNotification notification =
        compose(
            report("550 no", "", Optional.empty()), BounceOptions.Original.ALL, Optional.of(evil));
    assertThat(new String(notification.body().toByteArray(), StandardCharsets.ISO_8859_1))
        .contains("boundary=\"=_" + "22".repeat(16) + "\"");
    assertThat(Parsed.of(notification).parts().get(2).content()).isEqualTo(evil);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "550 5.1.1 a\nBcc: victim@example.net\n\n.\nMAIL FROM:<x@y>",
        "550 \u0000\u0007\u001b[31m caf\u00e9 \u2028 next",
        "550 5.1.1 .\n.\n..",
        "550-multi\n550 --=_11111111111111111111111111111111--"
      })
  void textFromTheNetworkCannotBreakOut(String reply) {
    Parsed parsed =
        Parsed.of(
            compose(
                report(reply, reply, Optional.of("evil\r\n.\r\nhost")),
                BounceOptions.Original.HEADERS,
                Optional.of(ORIGINAL)));
    assertThat(parsed.parts()).hasSize(3);
    assertThat(parsed.header()).noneMatch(h -> h.startsWith("Bcc"));
    String status = parsed.parts().get(1).content();
    assertThat(status.lines().filter(String::isEmpty)).hasSize(1);
    assertThat(status.lines().filter(l -> !l.startsWith(" ")))
        .allMatch(l -> l.isEmpty() || l.matches("[A-Za-z-]+: .*"));
  }

  @Test
  void longTextIsFolded() {
    Parsed parsed =
        Parsed.of(
            compose(
                report(
                    "550 5.1.1 " + "x".repeat(5000) + " " + "word ".repeat(50),
                    "",
                    Optional.empty()),
                BounceOptions.Original.NONE,
                Optional.empty()));
    String status = parsed.parts().get(1).content();
    assertThat(status).contains("Diagnostic-Code: x-impetus; =?US-ASCII?Q?550_5.1.1_xxx");
    assertThat(status.lines()).allMatch(line -> line.length() <= 78);
    assertThat(parsed.parts().get(0).content()).contains("  " + "x".repeat(900) + "\r\n");
  }

  @Test
  void anOriginalWithoutFinalCrlfIsClosed() {
    Parsed parsed =
        Parsed.of(
            compose(
                report("550 no", "", Optional.empty()),
                BounceOptions.Original.HEADERS,
                Optional.of("Subject: torn")));
    assertThat(parsed.parts().get(2).content()).isEqualTo("Subject: torn\r\n");
  }
}
