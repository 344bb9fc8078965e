package org.impetusmta.core.mime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.mail.Multipart;
import jakarta.mail.Session;
import jakarta.mail.internet.MimeMessage;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.impetusmta.api.config.Configuration;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Content;
import org.impetusmta.api.message.HeaderAddress;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.message.MessageOperations.Placement;
import org.impetusmta.api.message.MessageOperations.Within;
import org.impetusmta.api.message.MessageTooLargeException;
import org.impetusmta.api.message.MimePart;
import org.impetusmta.api.message.NewMessage;
import org.impetusmta.api.message.TransferEncoding;
import org.impetusmta.core.message.MailMessage;
import org.impetusmta.core.message.MessageIds;
import org.impetusmta.core.message.MessageShape;
import org.impetusmta.testkit.ManualClock;
import org.impetusmta.testkit.queue.TestScheduler;
import org.impetusmta.testkit.smtp.FlatGeneration;
import org.junit.jupiter.api.Test;

class MessageOperationsTest {
  private final Map<String, String> values = new HashMap<>(Map.of("hostname", "mx.example.net"));
  private final List<String> submitted = new ArrayList<>();
  private final List<Body> bodies = new ArrayList<>();
  private final MessageIds ids = new MessageIds(InstantSource.system(), 4711);
  private final Configuration configuration = () -> new FlatGeneration(1, 1, values, List.of());
  private final CoreMessageOperations.Outlet outlet =
      (sender, recipient, body, context) -> {
        submitted.add(sender + " -> " + recipient);
        bodies.add(body);
        return CompletableFuture.completedFuture(ids.next());
      };
  private final CoreMessageOperations operations =
      new CoreMessageOperations(
          outlet, configuration, new TestScheduler(new ManualClock(0), 1), ids);

  private MailMessage message(String text) {
    return new MailMessage(
        ids.next(),
        ids.next(),
        MessageId.NONE,
        Address.of("a@example.org"),
        Address.of("b@example.com"),
        "unknown",
        "esmtp",
        0,
        false,
        Body.of(text.getBytes(StandardCharsets.ISO_8859_1)));
  }

  private static String text(MailMessage message) {
    return text(message.body());
  }

  private static String text(Body body) {
    return new String(body.toByteArray(), StandardCharsets.ISO_8859_1);
  }

  @Test
  void headerFieldsAreReadAndWrittenAsPeopleReadThem() {
    MailMessage message =
        message("Subject: =?utf-8?q?gr=C3=BC=C3=9Fe?=\r\nX: 1\r\nx: 2\r\n\r\nbody\r\n");
    assertThat(operations.header(message, "subject")).containsExactly("gr\u00fc\u00dfe");
    assertThat(operations.header(message, "none")).isEmpty();
    operations.setHeader(message, "X", Placement.APPEND, List.of("3", "4"));
    operations.setHeader(message, "X", Placement.PREPEND, List.of("-1", "0"));
    assertThat(operations.header(message, "X")).containsExactly("-1", "0", "1", "2", "3", "4");
    String euros = "\u00e4\u20ac ".repeat(60).strip();
    operations.setHeader(message, "X", Placement.REPLACE, List.of(euros));
    assertThat(operations.header(message, "X")).containsExactly(euros);
    assertThat(text(message).chars().allMatch(c -> c < 0x7F)).isTrue();
    assertThat(text(message).lines().allMatch(line -> line.length() <= 78)).isTrue();
    assertThat(operations.deleteHeader(message, "x")).isEqualTo(1);
    assertThat(operations.deleteHeader(message, "x")).isZero();
    assertThat(text(message)).isEqualTo("Subject: =?utf-8?q?gr=C3=BC=C3=9Fe?=\r\n\r\nbody\r\n");
    assertThatThrownBy(
            () -> operations.setHeader(message, "Subject", Placement.REPLACE, List.of("a\r\nB: c")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(operations.header(message, "subject")).hasSize(1);
  }

  @Test
  void addressHeadersAreTakenApart() {
    MailMessage message =
        message(
            "To: Alice <alice+list@Example.com>, \"b, c\" <bob@example.org>,\r\n"
                + " group: d@example.net, e@example.net;, =?utf-8?q?J=C3=B6rg?= <j@x>\r\n"
                + "to: (comment) f@[192.0.2.1]\r\n\r\n");
    List<HeaderAddress> found = operations.addressHeader(message, "To");
    assertThat(found.stream().map(HeaderAddress::all))
        .containsExactly(
            "alice+list@Example.com",
            "bob@example.org",
            "d@example.net",
            "e@example.net",
            "j@x",
            "f@[192.0.2.1]");
    HeaderAddress alice = found.getFirst();
    assertThat(alice.name()).isEqualTo("Alice");
    assertThat(alice.localpart()).isEqualTo("alice+list");
    assertThat(alice.user()).isEqualTo("alice");
    assertThat(alice.detail()).isEqualTo("list");
    assertThat(alice.domain()).isEqualTo("Example.com");
    assertThat(found.get(1).name()).isEqualTo("b, c");
    assertThat(found.get(4).name()).isEqualTo("J\u00f6rg");
    assertThat(found.get(1).detail()).isEmpty();
    assertThat(operations.parseAddresses("")).isEmpty();
    assertThat(operations.parseAddresses("(".repeat(100_000))).isEmpty();
    assertThat(operations.parseAddresses("<,;:@>\"\\")).isNotNull();
  }

  @Test
  void bodyAndRawAreWithoutWhatTheWireFormAdds() {
    MailMessage message = message("A: 1\r\n\r\n..dot\r\n");
    assertThat(operations.body(message)).asString().isEqualTo(".dot\r\n");
    assertThat(operations.raw(message)).asString().isEqualTo("A: 1\r\n\r\n.dot\r\n");
    operations.setBody(message, ".\n.new\n".getBytes(StandardCharsets.US_ASCII));
    assertThat(text(message)).isEqualTo("A: 1\r\n\r\n..\r\n..new\r\n");
    operations.setRaw(message, "B: 2\n\n.".getBytes(StandardCharsets.US_ASCII));
    assertThat(text(message)).isEqualTo("B: 2\r\n\r\n..\r\n");
    assertThat(message.size()).isEqualTo(message.body().length());
  }

  @Test
  void patternsGoOverWhatTheyAreMeantFor() {
    MailMessage message =
        message(
            "Subject: needle\r\nContent-Transfer-Encoding: quoted-printable\r\n"
                + "Content-Type: text/plain; charset=utf-8\r\n\r\nneedl=\r\ne =C3=A4\r\n");
    assertThat(operations.match(message, Within.RAW, Pattern.compile("n(ee)dle")))
        .containsExactly(List.of("needle", "ee"));
    assertThat(operations.match(message, Within.BODY, Pattern.compile("needle"))).isEmpty();
    assertThat(operations.match(message, Within.TEXT, Pattern.compile("needle \u00e4"))).hasSize(1);
    assertThat(operations.text(message)).containsExactly("needle \u00e4\r\n");

    Body before = message.body();
    assertThat(operations.replace(message, Within.TEXT, Pattern.compile("absent"), "x")).isZero();
    assertThat(message.body()).as("nothing is written where nothing matched").isSameAs(before);
    assertThat(operations.replace(message, Within.BODY, Pattern.compile("=C3=A4"), "=C3=B6"))
        .isEqualTo(1);
    assertThat(operations.text(message)).containsExactly("needle \u00f6\r\n");
    assertThat(operations.replace(message, Within.RAW, Pattern.compile("needle|Subject"), "X"))
        .isEqualTo(2);
    assertThat(text(message)).startsWith("X: X\r\n");
    operations.setText(message, "new", "text/plain", Optional.empty());
    assertThat(operations.text(message)).containsExactly("new\r\n");
    assertThat(operations.header(message, "X")).containsExactly("X");
  }

  @Test
  void onlyTheMessageThatIsEditedChanges() {
    MailMessage one = message("A: 1\r\n\r\nbody\r\n");
    MailMessage other = message("");
    other.setBody(one.body());
    operations.setHeader(one, "B", Placement.APPEND, List.of("2"));
    assertThat(text(one)).isEqualTo("A: 1\r\nB: 2\r\n\r\nbody\r\n");
    assertThat(text(other)).isEqualTo("A: 1\r\n\r\nbody\r\n");
  }

  @Test
  void aTreeIsPutBackWhenPolicySaysSo() {
    MailMessage message = message("A: 1\r\n\r\nbody\r\n");
    MimePart root = operations.newContainer("multipart/mixed", Optional.of("b'1"));
    root.addLastChild(
        operations.newPart("text/plain", new byte[] {'a'}, TransferEncoding.SEVEN_BIT));
    root.addFirstChild(operations.newPart("image/png", new byte[] {0, 1}, TransferEncoding.BASE64));
    operations.setMime(message, root);
    assertThat(text(message))
        .isEqualTo(
            "Content-Type: multipart/mixed; boundary=\"b'1\"\r\n\r\n--b'1\r\n"
                + "Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\nAAE=\r\n"
                + "--b'1\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"
                + "a\r\n--b'1--\r\n");
    assertThatThrownBy(() -> operations.setMime(message, root.children().getFirst()))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> operations.newContainer("multipart/mixed", Optional.of("a\r\n")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> operations.newContainer("text/plain", Optional.empty()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void anotherReaderUnderstandsWhatIsBuilt() throws Exception {
    byte[] octets = {0, 1, 2, (byte) 0xFF};
    Body body =
        operations.build(
            new NewMessage(
                List.of(
                    Map.entry("From", "<a@example.org>"),
                    Map.entry("Subject", "gr\u00fc\u00dfe"),
                    Map.entry("Content-Type", "text/evil")),
                List.of(
                    Map.entry("text/plain", "plain \u00e4\n.dot\n"),
                    Map.entry("text/html; charset=iso-8859-1", "<b>\u00e4</b>")),
                List.of(
                    new NewMessage.Text("text/csv", "\u00e4.csv", List.of(), "a;b"),
                    new NewMessage.Octets(
                        "image/png", "a \"b\".png", List.of(Map.entry("X-Y", "z")), octets),
                    new NewMessage.Attached(
                        Body.of(
                            "Subject: in\r\n\r\n..x\r\n".getBytes(StandardCharsets.US_ASCII))))));
    Properties decoding = new Properties();
    MimeMessage read =
        new MimeMessage(
            Session.getInstance(decoding), new ByteArrayInputStream(Content.octets(body)));
    assertThat(read.getSubject()).isEqualTo("gr\u00fc\u00dfe");
    assertThat(read.getMessageID()).matches("<[0-9A-F.-]+@mx\\.example\\.net>");
    assertThat(read.getSentDate()).isNotNull();
    assertThat(read.getHeader("MIME-Version")).containsExactly("1.0");
    assertThat(read.getHeader("Content-Type")).hasSize(1);
    Multipart mixed = (Multipart) read.getContent();
    assertThat(mixed.getCount()).isEqualTo(4);
    Multipart forms = (Multipart) mixed.getBodyPart(0).getContent();
    assertThat(forms.getContentType()).startsWith("multipart/alternative");
    assertThat(forms.getBodyPart(0).getContent()).isEqualTo("plain \u00e4\r\n.dot\r\n");
    assertThat(forms.getBodyPart(1).getContent()).isEqualTo("<b>\u00e4</b>");
    assertThat(mixed.getBodyPart(1).getHeader("Content-Disposition")[0])
        .contains("filename*=utf-8''%C3%A4.csv");
    assertThat(mixed.getBodyPart(2).getFileName()).isEqualTo("a \"b\".png");
    assertThat(mixed.getBodyPart(2).getHeader("X-Y")).containsExactly("z");
    try (InputStream in = mixed.getBodyPart(2).getInputStream()) {
      assertThat(in.readAllBytes()).isEqualTo(octets);
    }
    MimeMessage inner = (MimeMessage) mixed.getBodyPart(3).getContent();
    assertThat(inner.getSubject()).isEqualTo("in");
    assertThat(inner.getContent()).asString().isEqualTo(".x\r\n");
    assertThat(text(body).chars().allMatch(c -> c < 0x80)).isTrue();
  }

  @Test
  void forwardsAndInjects() throws Exception {
    MailMessage message = message("Subject: one\r\n\r\n\u00e4 ..\r\n");
    List<MessageId> sent =
        operations
            .forward(
                message,
                Address.of("f@example.org"),
                List.of(Address.of("x@example.com"), Address.of("y@example.net")),
                "see below",
                "")
            .get();
    assertThat(sent).hasSize(2);
    assertThat(submitted)
        .containsExactly("f@example.org -> x@example.com", "f@example.org -> y@example.net");
    assertThat(bodies.get(0)).as("recipients share the octets").isSameAs(bodies.get(1));
    MimeNode root =
        MimeTree.read(
            bodies.getFirst().toByteArray(), ContentType.PLAIN, StandardCharsets.US_ASCII);
    assertThat(root.header("Subject")).containsExactly("Fwd: one");
    assertThat(root.header("To")).containsExactly("<x@example.com>, <y@example.net>");
    assertThat(root.header("Auto-Submitted")).containsExactly("auto-forwarded");
    assertThat(root.children().getFirst().text()).contains("see below");
    assertThat(text(bodies.getFirst())).contains(text(message));
    assertThat(root.children().get(1).header("Content-Transfer-Encoding")).containsExactly("8bit");
  }

  @Test
  void textThatDeclaresNothingIsReadAsConfigured() {
    MailMessage message = message("Subject: \u00e4\r\n\r\n\u00e4\r\n");
    assertThat(operations.text(message)).containsExactly("\ufffd\r\n");
    values.put("default_charset", "iso-8859-1");
    assertThat(operations.text(message)).containsExactly("\u00e4\r\n");
    assertThat(operations.header(message, "Subject")).containsExactly("\u00e4");
    values.remove("default_charset");
    message.connectionContext().set(CoreMessageOperations.DEFAULT_CHARSET, "windows-1251");
    assertThat(operations.text(message)).containsExactly("\u0434\r\n");
    assertThatThrownBy(() -> CharsetName.parse("nonsense"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> CharsetName.parse("")).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void whatIsTooLargeIsNotHandedOutInOnePiece() {
    values.put("legacy_message_threshold", "100");
    MailMessage message = message("Subject: s\r\n\r\n" + "line\r\n".repeat(20));
    Pattern pattern = Pattern.compile("line");
    List<ThrowingCallable> wanting =
        List.of(
            () -> operations.raw(message),
            () -> operations.body(message),
            () -> operations.match(message, Within.RAW, pattern),
            () -> operations.match(message, Within.BODY, pattern),
            () -> operations.replace(message, Within.BODY, pattern, "x"));
    for (ThrowingCallable call : wanting) {
      assertThatThrownBy(call)
          .isInstanceOf(MessageTooLargeException.class)
          .hasMessage("a message of 134 octets, more than legacy_message_threshold = 100");
    }
    assertThat(operations.header(message, "subject")).containsExactly("s");
    assertThat(operations.match(message, Within.TEXT, pattern)).hasSize(20);
    assertThat(operations.mime(message).walk()).hasSize(1);
    values.put("legacy_message_threshold", "134");
    assertThat(operations.match(message, Within.RAW, pattern)).hasSize(20);
  }

  @Test
  void aShapeThatIsKnownIsNotLookedForAgain() {
    MailMessage message =
        message("Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\na\r\n--x--\r\n");
    MessageShape whole = CoreMessageOperations.shape(message.body());
    assertThat(whole.children()).hasSize(1);
    message.shape(new MessageShape(0, whole.bodyFrom(), whole.to(), "", 0, 0, List.of()));
    assertThat(operations.mime(message).children()).as("what the shape says").isEmpty();
    operations.setHeader(message, "X", Placement.APPEND, List.of("1"));
    assertThat(message.shape()).as("edited").isNull();
    assertThat(operations.mime(message).children()).hasSize(1);
  }
}
