package org.impetusmta.delivery.esmtp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.impetusmta.testkit.mx.FakeMx.say;

import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.SenderRequests;
import org.impetusmta.delivery.esmtp.EsmtpOptions.Transform;
import org.impetusmta.testkit.mx.FakeMx;
import org.impetusmta.testkit.mx.FakeMx.At;
import org.impetusmta.testkit.mx.OutboundMessage;
import org.impetusmta.testkit.mx.RecordingDelivery;
import org.impetusmta.testkit.mx.RecordingDelivery.Event.Delivered;
import org.impetusmta.testkit.mx.RecordingDelivery.Event.Failed;
import org.impetusmta.testkit.net.NettyTestLoop;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of the message itself: 7 bits, one chunk, UTF-8, sizes, delivery reports. */
final class ContentTest {
  private static final NettyTestLoop LOOP = NettyTestLoop.best();

  @AfterAll
  static void closeLoop() {
    LOOP.close();
  }

  private static RecordingDelivery deliver(FakeMx mx, EsmtpOptions options, Message... mail) {
    RecordingDelivery delivery =
        new RecordingDelivery(LOOP, mx.address(), options)
            .queued(mail)
            .recipientsPerBatch(10)
            .quitWhenDrained()
            .open(Auth.anonymous());
    await().atMost(Duration.ofSeconds(30)).until(delivery::isClosed);
    assertThat(delivery.violations()).isEmpty();
    assertThat(mx.defects()).isEmpty();
    return delivery;
  }

  private static String converted(String body) {
    try (FakeMx mx = FakeMx.offering("PIPELINING", "CHUNKING").start()) {
      deliver(mx, TestOptions.transforming(Transform.IFNEEDED), OutboundMessage.to("a@b.c", body));
      String text = mx.received().getFirst().text();
      assertThat(text.chars()).allMatch(c -> c < 0x80);
      assertThat(text.lines()).allMatch(line -> line.length() <= 78);
      return text;
    }
  }

  /** Undoes quoted-printable (RFC 2045 section 6.7) and dot-stuffing. */
  private static String unquoted(String text) {
    String plain = text.replace("\r\n..", "\r\n.").replace("=\r\n", "");
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < plain.length(); i++) {
      if (plain.charAt(i) == '=') {
        out.append((char) Integer.parseInt(plain.substring(i + 1, i + 3), 16));
        i += 2;
      } else {
        out.append(plain.charAt(i));
      }
    }
    return out.toString();
  }

  // ---- 7 bits

  @Test
  void textBecomesQuotedPrintable() {
    String text =
        converted(
            "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
                + "Content-Transfer-Encoding: 8bit\r\nX: y\r\n\r\n"
                + "..\r\n..dot \r\na=b\t\r\n\u00e4"
                + "x".repeat(200)
                + "\r\n");
    assertThat(text)
        .startsWith(
            "MIME-Version: 1.0\r\n"
                + "Content-Type: text/plain; charset=utf-8\r\n"
                + "Content-Transfer-Encoding: quoted-printable\r\n"
                + "X: y\r\n\r\n"
                + "=2E\r\n"
                + "=2Edot=20\r\n");
    assertThat(unquoted(text.substring(text.indexOf("\r\n\r\n") + 4)))
        .isEqualTo(".\r\n.dot \r\na=b\t\r\n\u00e4" + "x".repeat(200) + "\r\n");
  }

  @Test
  void whatIsNotMimeBecomesMime() {
    assertThat(converted("Subject: x\r\n\r\n\u00e4\r\n"))
        .isEqualTo(
            "Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=unknown-8bit\r\n"
                + "Content-Transfer-Encoding: quoted-printable\r\n\r\n=E4\r\n");
  }

  @Test
  void partsAreConvertedEachForItself() {
    String text =
        converted(
            "MIME-Version: 1.0\r\n"
                + "Content-Type: multipart/mixed;\r\n"
                + " boundary=\"b b\"\r\n"
                + "Content-Transfer-Encoding: 8bit\r\n\r\n"
                + "preamble\r\n"
                + "--b b\r\n\r\n"
                + "plain\r\n"
                + "--b b\r\n"
                + "Content-Type: image/x\r\n"
                + "Content-Transfer-Encoding: binary\r\n\r\n"
                + "\u00ff\u00fe\r\n"
                + "..\r\n"
                + "--b b\r\n"
                + "Content-Type: message/rfc822\r\n\r\n"
                + "Subject: in\r\n"
                + "MIME-Version: 1.0\r\n"
                + "Content-Type: multipart/alternative; boundary=c\r\n\r\n"
                + "--c\r\n"
                + "Content-Type: text/html\r\n\r\n"
                + "\u00e9\r\n"
                + "--c--\r\n"
                + "--b b--\r\n"
                + "epilogue\r\n");
    String image = Base64.getEncoder().encodeToString("\u00ff\u00fe\r\n.".getBytes(ISO_8859_1));
    assertThat(text)
        .isEqualTo(
            "MIME-Version: 1.0\r\nContent-Type: multipart/mixed;\r\n boundary=\"b b\"\r\n"
                + "Content-Transfer-Encoding: 7bit\r\n\r\npreamble\r\n--b b\r\n\r\nplain\r\n"
                + "--b b\r\nContent-Type: image/x\r\nContent-Transfer-Encoding: base64\r\n\r\n"
                + image
                + "\r\n"
                + "--b b\r\n"
                + "Content-Type: message/rfc822\r\n\r\n"
                + "Subject: in\r\n"
                + "MIME-Version: 1.0\r\n"
                + "Content-Type: multipart/alternative; boundary=c\r\n\r\n"
                + "--c\r\n"
                + "Content-Type: text/html\r\n"
                + "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
                + "=E9\r\n"
                + "--c--\r\n"
                + "--b b--\r\n"
                + "epilogue\r\n");
  }

  @ParameterizedTest(name = "Large 8-bit body damaged when peer lacks 8BITMIME, {0}")
  @ValueSource(strings = {"text/plain", "application/octet-stream"})
  void convertsALargeBody(String type) {
    byte[] octets = new byte[1024 * 1024];
    new Random(7).nextBytes(octets);
    StringBuilder content = new StringBuilder();
    for (int i = 0; i < octets.length; i++) {
      char c = (char) (octets[i] & 0xFF);
      content.append(i % 300 == 299 ? "\r\n." : c == '\r' || c == '\n' ? "x" : "" + c);
    }
    content.append("\r\n");
    String stuffed = ("\n" + content).replace("\n.", "\n..").substring(1);
    String text = converted("MIME-Version: 1.0\r\nContent-Type: " + type + "\r\n\r\n" + stuffed);
    String body = text.substring(text.indexOf("\r\n\r\n") + 4);
    String decoded =
        type.startsWith("text")
            ? unquoted(body)
            : new String(Base64.getMimeDecoder().decode(body.strip()), ISO_8859_1);
    assertThat(decoded.equals(content.toString())).isTrue();
  }

  @Test
  void strippedOctetsCannotEndTheMail() {
    // each of these is CR, LF or a dot without its 8th bit
    String body = "Subject: x\r\n\r\na\u008d\u008a\u00ae\u008d\u008aMAIL\u00e1\r\n";
    for (Transform transform : new Transform[] {Transform.STRIP}) {
      try (FakeMx mx = FakeMx.offering("8BITMIME").start()) {
        deliver(mx, TestOptions.transforming(transform), OutboundMessage.to("a@b.c", body));
        assertThat(mx.received().getFirst().text()).isEqualTo("Subject: x\r\n\r\na?????MAILa\r\n");
        assertThat(mx.commands()).hasSize(5);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"IFNEEDED", "STRICT", "NO"})
  void headersHaveNoEncoding(Transform transform) {
    try (FakeMx mx = FakeMx.offering().start()) {
      RecordingDelivery delivery =
          deliver(
              mx,
              TestOptions.transforming(transform),
              OutboundMessage.to("a@b.c", "Subject: \u00e1\r\n\r\nplain\r\n"));
      switch (transform) {
        case STRICT ->
            assertThat(delivery.events(Failed.class))
                .extracting(Failed::reply)
                .containsExactly(Failures.NOT_SEVEN_BIT);
        case NO -> assertThat(mx.received().getFirst().text()).contains("\u00e1");
        default -> assertThat(mx.received().getFirst().text()).contains("Subject: a\r\n");
      }
    }
  }

  @Test
  void convertsNothingForAPeerWith8BitMime() {
    String body = "Subject: x\r\n\r\n\u00e4\r\n";
    try (FakeMx mx = FakeMx.offering("8BITMIME").start()) {
      deliver(mx, TestOptions.transforming(Transform.STRICT), OutboundMessage.to("a@b.c", body));
      assertThat(mx.received().getFirst().text()).isEqualTo(body);
    }
  }

  // ---- one chunk

  @ParameterizedTest(name = "Send path repeated buffer parts, {0} octets")
  @CsvSource({
    "0, 1",
    "1, 1",
    "16383, 1",
    "16384, 1",
    "16385, 1",
    "131071, 2",
    "131072, 2",
    "131073, 2",
    "300000, 3"
  })
  void chunksAreExact(int size, int segments) {
    byte[] octets = new byte[size];
    new Random(size).nextBytes(octets);
    for (int i = 0; i < size; i++) {
      octets[i] = (byte) (i % 50 == 48 ? '\r' : i % 50 == 49 ? '\n' : 'a' + (octets[i] & 15));
      if (i % 50 < 2 && i + 2 < size && i / 50 % 3 == 0) {
        octets[i] = '.';
      }
    }
    int cut = size / segments;
    Body body =
        size == 0
            ? Body.of(new byte[] {'\r', '\n'})
            : Body.of(
                java.util.Arrays.copyOf(octets, cut),
                java.util.Arrays.copyOfRange(octets, cut, size));
    for (String offered : new String[] {"CHUNKING", "CHUNKING,PIPELINING"}) {
      try (FakeMx mx = FakeMx.offering(offered.split(",")).start()) {
        RecordingDelivery delivery =
            deliver(
                mx,
                TestOptions.seconds(20),
                OutboundMessage.to("a@b.c", "").withBody(body),
                OutboundMessage.to("a@b.c", "").withBody(body));
        assertThat(delivery.events(Delivered.class)).hasSize(2);
        for (FakeMx.Mail mail : mx.received()) {
          String expected = new String(body.toByteArray(), ISO_8859_1);
          assertThat(mail.text().equals(body.endsLine() ? expected : expected + "\r\n")).isTrue();
        }
        boolean chunk = offered.equals("CHUNKING") || size <= 16384;
        assertThat(mx.commands().stream().anyMatch(c -> c.startsWith("BDAT "))).isEqualTo(chunk);
      }
    }
  }

  @Test
  void aChunkThatNobodyGetsIsRefusedOnce() {
    FakeMx mx =
        FakeMx.offering("CHUNKING", "PIPELINING").on(At.RCPT, say("550 5.1.1 no such user"));
    try (mx) {
      RecordingDelivery delivery =
          deliver(
              mx.start(),
              TestOptions.seconds(20),
              OutboundMessage.to("a@b.c", "x\r\n"),
              OutboundMessage.to("d@b.c", "y\r\n"));
      assertThat(delivery.events(Failed.class))
          .hasSize(1)
          .allMatch(e -> e.stage() == Stage.AFTER_RCPT_TO);
      assertThat(delivery.events(Delivered.class)).hasSize(1);
      assertThat(mx.received()).hasSize(1);
    }
  }

  // ---- SMTPUTF8, SIZE, DSN

  @Test
  void utf8AddressesNeedTheExtension() {
    Message utf8 = OutboundMessage.to("\u00e4@m\u00fcller.example", "\r\n");
    try (FakeMx mx = FakeMx.offering("SMTPUTF8", "8BITMIME").start()) {
      deliver(mx, TestOptions.seconds(20), utf8, OutboundMessage.to("a@b.c", "\r\n"));
      assertThat(mx.commands())
          .contains(
              "MAIL FROM:<sender@source.example> SMTPUTF8",
              "RCPT TO:<"
                  + new String(
                      "\u00e4".getBytes(java.nio.charset.StandardCharsets.UTF_8), ISO_8859_1)
                  + "@xn--mller-kva.example>",
              "MAIL FROM:<sender@source.example>");
    }
    try (FakeMx mx = FakeMx.offering("8BITMIME").start()) {
      RecordingDelivery delivery = deliver(mx, TestOptions.seconds(20), utf8);
      assertThat(delivery.events(Failed.class))
          .extracting(Failed::reply)
          .containsExactly(Failures.NEEDS_SMTPUTF8);
      deliver(
          mx,
          TestOptions.seconds(20),
          OutboundMessage.to("x@b.c", "\r\n").from(new Address("a", "m\u00fcller.example")));
      assertThat(mx.commands()).contains("MAIL FROM:<a@xn--mller-kva.example>");
    }
  }

  @Test
  void whatIsTooBigIsNotTried() {
    String fits = "..aaaaaaa\r\n"; // 10 octets without the dot of wire form
    try (FakeMx mx = FakeMx.offering("SIZE 10").start()) {
      RecordingDelivery delivery =
          deliver(
              mx,
              TestOptions.seconds(20),
              OutboundMessage.to("a@b.c", fits),
              OutboundMessage.to("a@b.c", "12345678901\r\n"));
      assertThat(delivery.events(Failed.class))
          .extracting(Failed::reply)
          .containsExactly(Failures.TOO_BIG);
      assertThat(mx.received()).hasSize(1);
    }
  }

  @Test
  void passesOnWhatTheSenderAskedToBeToldOf() {
    OutboundMessage message = OutboundMessage.to("a@b.c", "\r\n");
    message.context().set(SenderRequests.DSN_RET, "HDRS");
    message.context().set(SenderRequests.DSN_ENVID, "id+3D1");
    message.context().set(SenderRequests.DSN_NOTIFY, "SUCCESS,FAILURE");
    message.context().set(SenderRequests.DSN_ORCPT, "rfc822;a@b.c\r\nRSET");
    for (List<String> offered : List.of(List.of("DSN"), List.of("8BITMIME"))) {
      try (FakeMx mx = FakeMx.offering(offered.getFirst()).start()) {
        deliver(mx, TestOptions.seconds(20), message);
        boolean dsn = offered.contains("DSN");
        assertThat(mx.commands())
            .contains(
                "MAIL FROM:<sender@source.example>" + (dsn ? " RET=HDRS ENVID=id+3D1" : ""),
                "RCPT TO:<a@b.c>" + (dsn ? " NOTIFY=SUCCESS,FAILURE" : ""));
      }
    }
  }

  @Test
  void passesOnTimeOfDeliveryAndPriority() {
    OutboundMessage message = OutboundMessage.to("a@b.c", "\r\n");
    long by = System.currentTimeMillis() / 1000 + 100_000;
    message.context().set(SenderRequests.DELIVER_BY, Long.toString(by));
    message.context().set(SenderRequests.DELIVER_BY_MODE, "RT");
    message.context().set(SenderRequests.MT_PRIORITY, "-4");
    for (List<String> offered :
        List.of(List.of("DELIVERBY", "MT-PRIORITY"), List.of("SIZE", "8BITMIME"))) {
      try (FakeMx mx = FakeMx.offering(offered.toArray(String[]::new)).start()) {
        deliver(mx, TestOptions.seconds(20), message);
        assertThat(mx.commands())
            .anyMatch(
                line ->
                    offered.contains("DELIVERBY")
                        ? line.matches("MAIL FROM:<.*> BY=(99\\d{3}|100000);RT MT-PRIORITY=-4")
                        : line.matches("MAIL FROM:<.*> SIZE=\\d+"));
      }
    }
  }
}
