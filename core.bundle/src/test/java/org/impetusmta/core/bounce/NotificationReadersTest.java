package org.impetusmta.core.bounce;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.mail.BodyPart;
import jakarta.mail.Header;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.InternetHeaders;
import jakarta.mail.internet.MimeMessage;
import jakarta.mail.internet.MimeUtility;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Properties;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.james.mime4j.dom.Entity;
import org.apache.james.mime4j.dom.Message;
import org.apache.james.mime4j.dom.Multipart;
import org.apache.james.mime4j.dom.TextBody;
import org.apache.james.mime4j.message.DefaultMessageBuilder;
import org.eclipse.angus.mail.dsn.DeliveryStatus;
import org.eclipse.angus.mail.dsn.MultipartReport;
import org.impetusmta.api.hook.GenerateRfc3464MessagePreamble.Preamble;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.queue.DsnAction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Two readers that know nothing of each other, Mime4J and Angus Mail, read the same in every
 * notification, whatever the network, policy and the original had in mind.
 */
class NotificationReadersTest {
  private static final List<String> TOP =
      List.of(
          "From",
          "To",
          "Subject",
          "Date",
          "Message-ID",
          "Auto-Submitted",
          "MIME-Version",
          "Content-Type");
  private static final List<String> PER_MESSAGE =
      List.of("Original-Envelope-Id", "Reporting-MTA", "Arrival-Date");
  private static final List<String> PER_RECIPIENT =
      List.of(
          "Original-Recipient",
          "Final-Recipient",
          "Action",
          "Status",
          "Remote-MTA",
          "Diagnostic-Code",
          "Last-Attempt-Date",
          "Will-Retry-Until");

  /** What attacks are made of. */
  private static final List<String> PIECES =
      List.of(
          "\r\n",
          "\n",
          "\r",
          ".",
          "\r\n.\r\n",
          "\r\n\r\n",
          "--=_",
          "Bcc: victim@example.net",
          "Content-Type: text/html",
          "\u0000",
          "\u0007\u001b[31m",
          "caf\u00e9",
          "\u00c3\u00a9",
          "\u2028",
          "\u202e\u200b",
          "\ud83d\ude00",
          "\ud83d",
          "=?utf-8?q?=0d=0aBcc:_x?=",
          "=?",
          "\"",
          "\\",
          "<",
          ">",
          ",",
          ";",
          ":",
          "(",
          "@",
          " ",
          "      ",
          "\t",
          "word",
          "550 5.1.1",
          "x".repeat(70),
          "x".repeat(1200),
          " ".repeat(300),
          "[internal]");

  private static String hostile(Random random, int most) {
    StringBuilder out = new StringBuilder();
    for (int n = random.nextInt(most + 1); n > 0; n--) {
      out.append(PIECES.get(random.nextInt(PIECES.size())));
    }
    return out.toString();
  }

  private static Optional<String> maybe(Random random, int most) {
    return random.nextBoolean() ? Optional.of(hostile(random, most)) : Optional.empty();
  }

  /** An original in wire form, cut into segments of any size. */
  private static Body original(Random random) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int n = random.nextInt(30); n > 0; n--) {
      byte[] line =
          switch (random.nextInt(7)) {
            case 0 -> new byte[0];
            case 1 -> "Subject: x".getBytes(StandardCharsets.US_ASCII);
            case 2 -> "--=_0123--".getBytes(StandardCharsets.US_ASCII);
            case 3 -> "..stuffed".getBytes(StandardCharsets.US_ASCII);
            case 4 -> "caf\u00e9".getBytes(StandardCharsets.ISO_8859_1);
            case 5 -> new byte[] {'n', 0, 'l'};
            default -> "y".repeat(random.nextInt(2000)).getBytes(StandardCharsets.US_ASCII);
          };
      out.writeBytes(line);
      out.writeBytes(new byte[] {'\r', '\n'});
    }
    if (random.nextInt(4) == 0) {
      out.writeBytes("torn".getBytes(StandardCharsets.US_ASCII));
    }
    byte[] all = out.toByteArray();
    List<byte[]> segments = new ArrayList<>();
    for (int at = 0; at < all.length; ) {
      int length = Math.min(all.length - at, 1 + random.nextInt(500));
      segments.add(Arrays.copyOfRange(all, at, at + length));
      at += length;
    }
    return Body.of(segments.toArray(new byte[0][]));
  }

  private static DeliveryReport report(Random random) {
    Optional<Reply> reply =
        random.nextInt(8) == 0
            ? Optional.empty()
            : Optional.of(
                new Reply(
                    random.nextBoolean() ? 550 : 451,
                    random.nextBoolean() ? "5.1.1" : hostile(random, 2),
                    hostile(random, 12)));
    return new DeliveryReport(
        random.nextBoolean() ? DsnAction.FAILED : DsnAction.DELAYED,
        new Address("l" + hostile(random, 3), "d" + hostile(random, 3)),
        Address.of("r" + hostile(random, 4)),
        1_700_000_000_000L,
        1_700_000_100_000L,
        reply,
        hostile(random, 8),
        maybe(random, 4),
        random.nextBoolean() ? OptionalLong.of(1_700_000_100_000L) : OptionalLong.empty(),
        random.nextBoolean() ? OptionalLong.of(1_700_000_200_000L) : OptionalLong.empty(),
        maybe(random, 4),
        maybe(random, 4).map(text -> "rfc822;" + text),
        maybe(random, 8).map(text -> new Preamble(text, random.nextBoolean())));
  }

  private static DeliveryStatusNotification compose(
      DeliveryReport report,
      BounceOptions.Original wanted,
      Optional<Body> original,
      Random random) {
    return DeliveryStatusNotification.compose(
        MessageId.of(1, 2, 3),
        report,
        wanted,
        "mta.example",
        "mailer-daemon@mta.example",
        original,
        random);
  }

  static Stream<Integer> seeds() {
    return Stream.iterate(1, seed -> seed + 1).limit(600);
  }

  /** The octets that a receiver of the wire form has. */
  private static byte[] unstuffed(byte[] wire) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    boolean start = true;
    for (int i = 0; i < wire.length; i++) {
      if (!(start && wire[i] == '.')) {
        out.write(wire[i]);
      } else {
        assertThat(i + 1 < wire.length && wire[i + 1] != '\r').as("no line is a dot").isTrue();
      }
      start = wire[i] == '\n';
    }
    return out.toByteArray();
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void bothReadTheSameWhateverIsInIt(int seed) throws Exception {
    Random random = new Random(seed);
    DeliveryReport report = report(random);
    Body original = original(random);
    BounceOptions.Original wanted =
        List.of(
                BounceOptions.Original.NONE,
                BounceOptions.Original.HEADERS,
                BounceOptions.Original.ALL)
            .get(random.nextInt(3));
    DeliveryStatusNotification notification =
        compose(report, wanted, Optional.of(original), random);
    byte[] octets = unstuffed(notification.body().toByteArray());

    byte[] quoted =
        switch (wanted) {
          case NONE -> new byte[0];
          case HEADERS -> Arrays.copyOf(original.toByteArray(), original.headerLength());
          case ALL -> original.toByteArray();
        };
    boolean eightBit = false;
    for (byte octet : quoted) {
      eightBit |= octet < 0;
    }
    assertThat(notification.eightBit()).isEqualTo(eightBit);
    int parts = quoted.length == 0 ? 2 : 3;
    mime4j(octets, parts);
    angus(octets, parts, report, eightBit);
    if (parts == 3) {
      assertThat(new String(octets, StandardCharsets.ISO_8859_1))
          .contains("\r\n\r\n" + new String(unstuffed(quoted), StandardCharsets.ISO_8859_1));
    }
    generatedLinesAreShort(octets, parts);
  }

  /** RFC 5322 section 2.1.1, for what is ours. */
  private static void generatedLinesAreShort(byte[] octets, int parts) {
    String text = new String(octets, StandardCharsets.ISO_8859_1);
    int end =
        parts == 2
            ? text.length()
            : Math.max(
                text.indexOf("Content-Type: message/rfc822"),
                text.indexOf("Content-Type: text/rfc822-headers"));
    String ours = text.substring(0, end);
    assertThat(ours.chars()).allMatch(c -> c == '\r' || c == '\n' || (c >= ' ' && c <= '~'));
    assertThat(ours.split("\r\n", -1))
        .allMatch(line -> line.length() <= 998 && line.indexOf('\n') < 0 && line.indexOf('\r') < 0);
  }

  private static void mime4j(byte[] octets, int parts) throws IOException {
    DefaultMessageBuilder builder = new DefaultMessageBuilder();
    builder.setMimeEntityConfig(org.apache.james.mime4j.stream.MimeConfig.PERMISSIVE);
    Message message = builder.parseMessage(new ByteArrayInputStream(octets));
    List<String> names = message.getHeader().getFields().stream().map(f -> f.getName()).toList();
    assertThat(names).startsWith(TOP.toArray(new String[0]));
    assertThat(names.size()).isLessThanOrEqualTo(TOP.size() + 1);
    assertThat(message.getFrom())
        .singleElement()
        .satisfies(m -> assertThat(m.getAddress()).isEqualTo("mailer-daemon@mta.example"));
    assertThat(message.getTo().flatten().size()).isLessThanOrEqualTo(1);
    Multipart report = (Multipart) message.getBody();
    assertThat(report.getSubType()).isEqualTo("report");
    assertThat(report.getBodyParts()).hasSize(parts);
    assertThat(report.getEpilogue()).isNullOrEmpty();
    Entity text = report.getBodyParts().get(0);
    assertThat(text.getMimeType()).isEqualTo("text/plain");
    assertThat(text.getBody()).isInstanceOf(TextBody.class);
    assertThat(report.getBodyParts().get(1).getMimeType()).isEqualTo("message/delivery-status");
    if (parts == 3) {
      assertThat(report.getBodyParts().get(2).getMimeType())
          .isIn("message/rfc822", "text/rfc822-headers");
    }
    message.dispose();
  }

  private static void angus(byte[] octets, int parts, DeliveryReport report, boolean eightBit)
      throws MessagingException, IOException {
    MimeMessage message =
        new MimeMessage(Session.getInstance(new Properties()), new ByteArrayInputStream(octets));
    List<String> names = new ArrayList<>(TOP);
    if (eightBit) {
      names.add("Content-Transfer-Encoding");
    }
    assertThat(names(message.getAllHeaders())).isEqualTo(names);
    assertThat(message.getFrom()).hasSize(1);
    assertThat(((InternetAddress) message.getFrom()[0]).getAddress())
        .isEqualTo("mailer-daemon@mta.example");
    MultipartReport content = new MultipartReport(message.getDataHandler().getDataSource());
    assertThat(content.getCount()).isEqualTo(parts);
    BodyPart text = content.getBodyPart(0);
    assertThat(text.isMimeType("text/plain")).isTrue();
    assertThat(text.getContent()).isInstanceOf(String.class);
    BodyPart second = content.getBodyPart(1);
    assertThat(second.isMimeType("message/delivery-status")).isTrue();
    DeliveryStatus status = new DeliveryStatus(second.getInputStream());
    assertThat(status.getRecipientDSNCount()).isEqualTo(1);
    InternetHeaders aboutMessage = status.getMessageDSN();
    assertThat(names(aboutMessage.getAllHeaders())).isSubsetOf(PER_MESSAGE).doesNotHaveDuplicates();
    assertThat(aboutMessage.getHeader("Reporting-MTA", null)).isEqualTo("dns; mta.example");
    InternetHeaders aboutRecipient = status.getRecipientDSN(0);
    assertThat(names(aboutRecipient.getAllHeaders()))
        .isSubsetOf(PER_RECIPIENT)
        .doesNotHaveDuplicates()
        .contains("Final-Recipient", "Action", "Status");
    assertThat(aboutRecipient.getHeader("Action", null))
        .isEqualTo(report.action().name().toLowerCase(Locale.ROOT));
    assertThat(aboutRecipient.getHeader("Status", null))
        .matches((report.action() == DsnAction.FAILED ? "5" : "4") + "\\.\\d{1,3}\\.\\d{1,3}");
    assertThat(MimeUtility.unfold(aboutRecipient.getHeader("Final-Recipient", null)))
        .startsWith("rfc822; r");
  }

  private static List<String> names(java.util.Enumeration<Header> headers) {
    return Collections.list(headers).stream().map(Header::getName).toList();
  }

  @Test
  void aDelayIsToldInFull() throws Exception {
    DeliveryReport report =
        DeliveryReport.delayed(
                Address.of("\"odd local\"@example.com"),
                Address.of("b@example.org"),
                1_700_000_000_000L,
                1_700_003_600_000L,
                Optional.of(Reply.parse("450 4.2.1 bo\u00eete pleine")),
                1_700_086_400_000L)
            .asked(Optional.of("QQ314159"), Optional.of("rfc822;list@example.org"));
    DeliveryStatusNotification notification =
        compose(report, BounceOptions.Original.NONE, Optional.empty(), new Random(1));
    byte[] octets = unstuffed(notification.body().toByteArray());
    MimeMessage message =
        new MimeMessage(Session.getInstance(new Properties()), new ByteArrayInputStream(octets));
    assertThat(message.getSubject()).isEqualTo("Mail Delivery Delayed");
    assertThat(message.getRecipients(MimeMessage.RecipientType.TO))
        .singleElement()
        .isEqualTo(new InternetAddress("\"odd local\"@example.com"));
    MultipartReport content = new MultipartReport(message.getDataHandler().getDataSource());
    assertThat((String) content.getBodyPart(0).getContent())
        .contains("could not be delivered to this recipient yet")
        .contains("The last attempt ended with:\r\n  450 4.2.1 bo\u00eete pleine\r\n")
        .contains("Delivery is attempted until Wed, 15 Nov 2023 22:13:20 +0000.");
    DeliveryStatus status = new DeliveryStatus(content.getBodyPart(1).getInputStream());
    assertThat(status.getMessageDSN().getHeader("Original-Envelope-Id", null))
        .isEqualTo("QQ314159");
    InternetHeaders recipient = status.getRecipientDSN(0);
    assertThat(recipient.getHeader("Original-Recipient", null))
        .isEqualTo("rfc822; list@example.org");
    assertThat(recipient.getHeader("Action", null)).isEqualTo("delayed");
    assertThat(recipient.getHeader("Status", null)).isEqualTo("4.2.1");
    assertThat(recipient.getHeader("Will-Retry-Until", null))
        .isEqualTo("Wed, 15 Nov 2023 22:13:20 +0000");
    assertThat(MimeUtility.decodeText(recipient.getHeader("Diagnostic-Code", null)))
        .isEqualTo("smtp; 450 4.2.1 bo\u00eete pleine");
  }

  @Test
  void textThatIsUtf8IsReadAsUtf8() throws Exception {
    String octetsOfReply =
        new String(
            "550 5.1.1 \u0434\u0430".getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    DeliveryReport report =
        DeliveryReport.failed(
            Address.of("a@example.com"),
            Address.of("b@example.org"),
            0,
            0,
            Reply.parse(octetsOfReply),
            "",
            Optional.of("192.0.2.1"));
    byte[] octets =
        unstuffed(
            compose(report, BounceOptions.Original.NONE, Optional.empty(), new Random(1))
                .body()
                .toByteArray());
    MimeMessage message =
        new MimeMessage(Session.getInstance(new Properties()), new ByteArrayInputStream(octets));
    MultipartReport content = new MultipartReport(message.getDataHandler().getDataSource());
    assertThat((String) content.getBodyPart(0).getContent()).contains("550 5.1.1 \u0434\u0430");
  }

  @Test
  void policysTextStandsAloneOrInFront() throws Exception {
    for (boolean complete : new boolean[] {true, false}) {
      DeliveryReport report =
          DeliveryReport.failed(
                  Address.of("a@example.com"),
                  Address.of("b@example.org"),
                  0,
                  0,
                  new Reply(550, "5.1.1", "no"),
                  "",
                  Optional.empty())
              .introduced(Optional.of(new Preamble("Sorry.\n.\nBye", complete)));
      byte[] octets =
          unstuffed(
              compose(report, BounceOptions.Original.NONE, Optional.empty(), new Random(1))
                  .body()
                  .toByteArray());
      MimeMessage message =
          new MimeMessage(Session.getInstance(new Properties()), new ByteArrayInputStream(octets));
      MultipartReport content = new MultipartReport(message.getDataHandler().getDataSource());
      String text = (String) content.getBodyPart(0).getContent();
      assertThat(text).startsWith("Sorry.\r\n.\r\nBye\r\n");
      assertThat(text.contains("This is the mail system at mta.example")).isEqualTo(!complete);
    }
  }

  @Test
  void aWholeOriginalIsNotCopied() {
    byte[] header = "Subject: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    byte[] huge = "0123456789\r\n".repeat(1 << 20).getBytes(StandardCharsets.US_ASCII);
    Body original = Body.of(header, huge);
    DeliveryReport report = report(new Random(7));
    Body all =
        compose(report, BounceOptions.Original.ALL, Optional.of(original), new Random(1)).body();
    assertThat(Stream.iterate(0, i -> i + 1).limit(all.segments()).map(all::segment))
        .anyMatch(segment -> segment == huge);
    Body one = Body.of(original.toByteArray());
    Body headers =
        compose(report, BounceOptions.Original.HEADERS, Optional.of(one), new Random(1)).body();
    assertThat(Stream.iterate(0, i -> i + 1).limit(headers.segments()).map(headers::segment))
        .as("a header does not keep the rest in memory")
        .noneMatch(segment -> segment.length > 100_000);
  }
}
