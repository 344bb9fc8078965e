package org.impetusmta.core.bounce;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Date;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.TimeZone;
import java.util.random.RandomGenerator;
import org.apache.james.mime4j.dom.Header;
import org.apache.james.mime4j.dom.SingleBody;
import org.apache.james.mime4j.dom.address.Mailbox;
import org.apache.james.mime4j.field.Fields;
import org.apache.james.mime4j.message.BasicBodyFactory;
import org.apache.james.mime4j.message.BodyPart;
import org.apache.james.mime4j.message.DefaultMessageWriter;
import org.apache.james.mime4j.message.HeaderImpl;
import org.apache.james.mime4j.message.MessageImpl;
import org.apache.james.mime4j.message.MultipartImpl;
import org.apache.james.mime4j.stream.Field;
import org.apache.james.mime4j.stream.NameValuePair;
import org.apache.james.mime4j.stream.RawField;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.queue.DsnAction;

/**
 * A delivery status notification for one recipient: {@code multipart/report} (RFC 6522) of a text,
 * a {@code message/delivery-status} (RFC 3464) and as much of the original as wanted. Structure,
 * header fields and encodings are Mime4J's.
 *
 * <p>The original is embedded as it lies in the spool ({@link OriginalPart}). Text from the network
 * passes {@link ForeignText}. The boundary is random and looked for in the original. Immutable.
 *
 * @param body in wire form
 * @param eightBit whether there are octets above 127 in it, which can only be the original's
 */
public record DeliveryStatusNotification(Body body, boolean eightBit) {
  private static final TimeZone UTC = TimeZone.getTimeZone("UTC");
  private static final DefaultMessageWriter WRITER = new DefaultMessageWriter();

  /** How long a word of the text for people may be before it is cut. */
  private static final int WORD_LIMIT = 900;

  private static final int FOLD = 76;

  /**
   * Composes the notification.
   *
   * @param hostname this host, for Reporting-MTA and Message-ID
   * @param from the address in the From field
   * @param original the message, empty where its octets are lost
   */
  public static DeliveryStatusNotification compose(
      MessageId id,
      DeliveryReport report,
      BounceOptions.Original wanted,
      String hostname,
      String from,
      Optional<Body> original,
      RandomGenerator random) {
    Optional<OriginalPart> part = original.flatMap(body -> part(body, wanted));
    boolean eightBit = part.isPresent() && part.get().eightBit();
    String host = ForeignText.domain(hostname);
    String people = people(report, host);
    String boundary = boundary(part, random);
    MultipartImpl multipart = new MultipartImpl("report");
    multipart.setPreamble("This is a delivery status notification in MIME format.");
    multipart.addBodyPart(text(people));
    multipart.addBodyPart(status(report, host));
    part.ifPresent(o -> multipart.addBodyPart(original(o, wanted)));
    MessageImpl message = new MessageImpl();
    message.setHeader(header(id, report, host, from, boundary, eightBit));
    message.setBody(multipart);
    WireOutput out = new WireOutput();
    try {
      WRITER.writeMessage(message, out);
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory failed", e);
    } finally {
      message.dispose();
    }
    return new DeliveryStatusNotification(out.body(), eightBit);
  }

  private static Header header(
      MessageId id,
      DeliveryReport report,
      String host,
      String from,
      String boundary,
      boolean eightBit) {
    Header header = new HeaderImpl();
    String sender = "Mail Delivery System";
    header.addField(
        ForeignText.mailbox(sender, Address.of(from)) instanceof Mailbox mailbox
            ? Fields.from(mailbox)
            : Fields.from(new Mailbox(sender, "mailer-daemon", host)));
    header.addField(Fields.to(ForeignText.mailbox("", report.to())));
    header.addField(
        Fields.subject(
            switch (report.action()) {
              case FAILED -> "Mail Delivery Failure";
              case DELAYED -> "Mail Delivery Delayed";
              case DELIVERED, RELAYED -> "Mail Delivery Success";
            }));
    header.addField(date("Date", report.nowMillis()));
    header.addField(Fields.messageId("<" + id.toString().replace('/', '.') + "@" + host + ">"));
    header.addField(field("Auto-Submitted", "auto-replied"));
    header.addField(Fields.version("1.0"));
    header.addField(
        Fields.contentType(
            "multipart/report",
            new NameValuePair("report-type", "delivery-status"),
            new NameValuePair("boundary", boundary)));
    if (eightBit) {
      header.addField(Fields.contentTransferEncoding("8bit"));
    }
    return header;
  }

  // ---- the part for people ----

  private static BodyPart text(String text) {
    boolean plain = ForeignText.ascii(text);
    BodyPart part = new BodyPart();
    Header header = new HeaderImpl();
    header.addField(
        Fields.contentType(
            "text/plain", new NameValuePair("charset", plain ? "us-ascii" : "utf-8")));
    if (!plain) {
      header.addField(Fields.contentTransferEncoding("quoted-printable"));
    }
    part.setHeader(header);
    part.setBody(
        BasicBodyFactory.INSTANCE.textBody(
            text, plain ? StandardCharsets.US_ASCII : StandardCharsets.UTF_8));
    return part;
  }

  private static String people(DeliveryReport report, String host) {
    StringBuilder out = new StringBuilder(1024);
    if (report.preamble().isPresent()) {
      String own = report.preamble().get().text();
      for (String line : own.split("\r?\n")) {
        wrapped(out, "", ForeignText.clean(line));
      }
      if (report.preamble().get().complete()) {
        return out.toString();
      }
      out.append("\r\n");
    }
    out.append("This is the mail system at ").append(host).append(".\r\n\r\n");
    out.append(
        switch (report.action()) {
          case FAILED -> "Your message could not be delivered to this recipient:\r\n\r\n";
          case DELAYED -> "Your message could not be delivered to this recipient yet:\r\n\r\n";
          case DELIVERED -> "Your message was delivered to this recipient:\r\n\r\n";
          case RELAYED ->
              "Your message was handed on for this recipient. The next host makes no reports:"
                  + " you may not hear of it again.\r\n\r\n";
        });
    wrapped(out, "  ", "<" + ForeignText.address(report.recipient().toString()) + ">");
    if (report.reply().isPresent()) {
      out.append("\r\n");
      report
          .remote()
          .ifPresent(
              remote -> wrapped(out, "", "The server " + ForeignText.word(remote) + " answered:"));
      if (report.action() == DsnAction.DELAYED) {
        out.append("The last attempt ended with:\r\n");
      }
      said(out, report.reply().get().toString());
    }
    if (!report.lastReply().isEmpty()) {
      out.append("\r\nThe last attempt ended with:\r\n");
      said(out, report.lastReply());
    }
    if (report.action() == DsnAction.DELAYED) {
      out.append("\r\nThis is only a warning: you need not send your message again.\r\n");
      report
          .retryUntilMillis()
          .ifPresent(
              until ->
                  wrapped(
                      out,
                      "",
                      "Delivery is attempted until " + date("", until).getBody().strip() + "."));
    }
    return out.toString();
  }

  private static void said(StringBuilder out, String reply) {
    for (String line : ForeignText.lines(reply)) {
      wrapped(out, "  ", line);
    }
  }

  /** Lines of at most {@link #FOLD} characters where blanks allow it. */
  private static void wrapped(StringBuilder out, String indent, String text) {
    String rest = text;
    while (indent.length() + rest.length() > FOLD) {
      int cut = rest.lastIndexOf(' ', FOLD - indent.length());
      if (cut <= 0) {
        cut = rest.indexOf(' ', 1);
      }
      if (cut <= 0 || cut > WORD_LIMIT) {
        if (rest.length() <= WORD_LIMIT) {
          break;
        }
        cut = WORD_LIMIT - (Character.isHighSurrogate(rest.charAt(WORD_LIMIT - 1)) ? 1 : 0);
      }
      out.append(indent).append(rest, 0, cut).append("\r\n");
      rest = rest.substring(cut).stripLeading();
    }
    out.append(indent).append(rest).append("\r\n");
  }

  // ---- the part for programs ----

  private static BodyPart status(DeliveryReport report, String host) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(512);
    try {
      report.envelopeId().ifPresent(id -> write(out, encoded("Original-Envelope-Id", "", id)));
      write(out, field("Reporting-MTA", "dns; " + host));
      write(out, date("Arrival-Date", report.arrivalMillis()));
      out.write(new byte[] {'\r', '\n'});
      report.originalRecipient().ifPresent(orcpt -> write(out, originalRecipient(orcpt)));
      write(
          out,
          field(
              "Final-Recipient", "rfc822; " + ForeignText.address(report.recipient().toString())));
      write(out, field("Action", report.action().name().toLowerCase(Locale.ROOT)));
      write(out, field("Status", code(report)));
      report
          .remote()
          .ifPresent(remote -> write(out, field("Remote-MTA", "dns; " + ForeignText.word(remote))));
      report
          .reply()
          .ifPresent(
              reply ->
                  write(out, encoded("Diagnostic-Code", diagnosticType(report), reply.toString())));
      report.attemptedMillis().ifPresent(at -> write(out, date("Last-Attempt-Date", at)));
      report.retryUntilMillis().ifPresent(until -> write(out, date("Will-Retry-Until", until)));
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory failed", e);
    }
    BodyPart part = new BodyPart();
    Header header = new HeaderImpl();
    header.addField(Fields.contentType("message/delivery-status"));
    part.setHeader(header);
    part.setBody(BasicBodyFactory.INSTANCE.binaryBody(out.toByteArray()));
    return part;
  }

  /** Only what a server said is SMTP's; of a delay the server is not known any more. */
  private static String diagnosticType(DeliveryReport report) {
    boolean ours =
        report.remote().isEmpty()
            && (report.action() == DsnAction.FAILED
                || report.reply().filter(r -> r.text().startsWith("[internal]")).isPresent());
    return ours ? "x-impetus; " : "smtp; ";
  }

  private static Field originalRecipient(String orcpt) {
    int semicolon = orcpt.indexOf(';');
    String type = semicolon < 0 ? "rfc822" : ForeignText.word(orcpt.substring(0, semicolon));
    String address = orcpt.substring(semicolon + 1);
    return field("Original-Recipient", type + "; " + ForeignText.address(address));
  }

  /**
   * RFC 3463: the class of a failure is 5, of a delay 4, of success 2, whatever the last reply was.
   */
  private static String code(DeliveryReport report) {
    String first =
        switch (report.action()) {
          case FAILED -> "5";
          case DELAYED -> "4";
          case DELIVERED, RELAYED -> "2";
        };
    return report
        .reply()
        .map(Reply::enhanced)
        .filter(code -> code.matches(first + "\\.\\d{1,3}\\.\\d{1,3}"))
        .orElse(first + ".0.0");
  }

  private static void write(ByteArrayOutputStream out, Field field) {
    try {
      WRITER.writeField(field, out);
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory failed", e);
    }
  }

  /** A field of US-ASCII without line ends, folded where it is written. */
  private static Field field(String name, String value) {
    return new RawField(name, value);
  }

  private static Field encoded(String name, String prefix, String text) {
    String line = String.join(" ", ForeignText.lines(text));
    return field(
        name, prefix + ForeignText.unstructured(line, name.length() + 2 + prefix.length()));
  }

  @SuppressWarnings("JavaUtilDate") // it is what Mime4J takes
  private static Field date(String name, long millis) {
    return Fields.date(name.isEmpty() ? "Date" : name, new Date(millis), UTC);
  }

  // ---- the original ----

  private static Optional<OriginalPart> part(Body original, BounceOptions.Original wanted) {
    int length =
        switch (wanted) {
          case NONE -> 0;
          case HEADERS -> original.headerLength();
          case ALL -> original.length();
        };
    return length == 0 ? Optional.empty() : Optional.of(OriginalPart.of(original, length));
  }

  private static BodyPart original(OriginalPart original, BounceOptions.Original wanted) {
    BodyPart part = new BodyPart();
    Header header = new HeaderImpl();
    header.addField(
        Fields.contentType(
            wanted == BounceOptions.Original.ALL ? "message/rfc822" : "text/rfc822-headers"));
    if (original.eightBit()) {
      header.addField(Fields.contentTransferEncoding("8bit"));
    }
    part.setHeader(header);
    SingleBody body = original;
    part.setBody(body);
    return part;
  }

  private static String boundary(Optional<OriginalPart> part, RandomGenerator random) {
    while (true) {
      byte[] bits = new byte[16];
      random.nextBytes(bits);
      String boundary = "=_" + HexFormat.of().formatHex(bits);
      byte[] octets = boundary.getBytes(StandardCharsets.US_ASCII);
      if (part.isEmpty() || !part.get().contains(octets)) {
        return boundary;
      }
    }
  }
}
