package org.impetusmta.core.mime;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.apache.james.mime4j.codec.EncoderUtil;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.HeaderSection;
import org.impetusmta.api.message.NewMessage;
import org.impetusmta.api.message.TransferEncoding;

/**
 * Makes messages and parts: {@code multipart/mixed} of {@code multipart/alternative} and what is
 * attached, no more of it than is needed. Concurrent. Source: lua.ref.msg_build.
 */
final class MessageBuilder {
  /** What describes the structure that is made here. */
  private static final Set<String> OURS =
      Set.of("mime-version", "content-type", "content-transfer-encoding");

  private static final String BOUNDARY_CHARACTERS = "'()+_,-./:=?";

  private final RandomGenerator random;

  MessageBuilder(RandomGenerator random) {
    this.random = random;
  }

  /**
   * @param date what a Date field says, if none is given
   * @param messageId what a Message-ID field says, if none is given
   */
  Body build(NewMessage wanted, String date, String messageId) {
    List<MimeNode> forms = new ArrayList<>();
    for (Map.Entry<String, String> part : wanted.parts()) {
      forms.add(text(part.getKey(), part.getValue()));
    }
    MimeNode content;
    if (forms.isEmpty()) {
      content = text("text/plain", "");
    } else if (forms.size() == 1) {
      content = forms.getFirst();
    } else {
      content = container("multipart/alternative", Optional.empty());
      forms.forEach(content::addLastChild);
    }
    if (!wanted.attachments().isEmpty()) {
      MimeNode mixed = container("multipart/mixed", Optional.empty());
      mixed.addLastChild(content);
      wanted.attachments().forEach(attached -> mixed.addLastChild(attachment(attached)));
      content = mixed;
    }
    HeaderSection header = content.headers();
    for (Map.Entry<String, String> field : wanted.headers().reversed()) {
      if (!OURS.contains(field.getKey().toLowerCase(Locale.ROOT))) {
        header.prepend(field.getKey(), HeaderText.encoded(field.getValue()));
      }
    }
    header.append("MIME-Version", "1.0");
    if (!header.contains("Date")) {
      header.append("Date", date);
    }
    if (!header.contains("Message-ID")) {
      header.append("Message-ID", messageId);
    }
    return content.message();
  }

  private MimeNode text(String declared, String text) {
    ContentType type = ContentType.parse(declared);
    String charset = type.parameters().get("charset");
    Charset set = charset == null ? StandardCharsets.UTF_8 : Charset.forName(charset);
    boolean printable = type.isText() && charset == null;
    MimeNode part =
        part(
            printable ? declared + "; charset=utf-8" : declared,
            MimeNode.lines(text).getBytes(set),
            printable ? TransferEncoding.QUOTED_PRINTABLE : TransferEncoding.BASE64);
    part.headers().append("Content-Disposition", "inline");
    return part;
  }

  MimeNode part(String contentType, byte[] content, TransferEncoding encoding) {
    MimeNode part = new MimeNode(new byte[0], StandardCharsets.US_ASCII);
    part.setContent(contentType, content, encoding);
    return part;
  }

  private MimeNode attachment(NewMessage.Attachment attached) {
    return switch (attached) {
      case NewMessage.Text text -> {
        ContentType type = ContentType.parse(text.type());
        String charset = type.parameters().get("charset");
        MimeNode part =
            part(
                type.isText() && charset == null ? text.type() + "; charset=utf-8" : text.type(),
                MimeNode.lines(text.text())
                    .getBytes(charset == null ? StandardCharsets.UTF_8 : Charset.forName(charset)),
                TransferEncoding.QUOTED_PRINTABLE);
        yield named(part, text.name(), text.headers());
      }
      case NewMessage.Octets octets ->
          named(
              part(octets.type(), octets.content(), TransferEncoding.BASE64),
              octets.name(),
              octets.headers());
      case NewMessage.Attached message -> message(message.message());
    };
  }

  /** The message as it lies, in a part of its own. */
  MimeNode message(Body message) {
    byte[] wire = message.toByteArray();
    boolean eightBit = false;
    for (byte octet : wire) {
      eightBit |= octet < 0;
    }
    MimeNode part = new MimeNode(wire, StandardCharsets.US_ASCII);
    part.headers().append("Content-Type", "message/rfc822; name=\"Attached Message\"");
    part.headers().append("Content-Disposition", "attachment");
    if (eightBit) {
      part.headers().append("Content-Transfer-Encoding", "8bit");
    }
    return part;
  }

  private static MimeNode named(
      MimeNode part, String name, List<Map.Entry<String, String>> headers) {
    part.headers()
        .append("Content-Disposition", name.isEmpty() ? "attachment" : "attachment; " + file(name));
    for (Map.Entry<String, String> field : headers) {
      part.headers().append(field.getKey(), HeaderText.encoded(field.getValue()));
    }
    return part;
  }

  /** A parameter; other than US-ASCII as RFC 2231 section 4 says. */
  private static String file(String name) {
    if (name.chars().allMatch(c -> c >= ' ' && c <= '~')) {
      return EncoderUtil.encodeHeaderParameter("filename", name);
    }
    StringBuilder out = new StringBuilder("filename*=utf-8''");
    for (byte octet : name.getBytes(StandardCharsets.UTF_8)) {
      boolean plain =
          (octet >= '0' && octet <= '9')
              || (octet >= 'a' && octet <= 'z')
              || (octet >= 'A' && octet <= 'Z')
              || octet == '-'
              || octet == '.'
              || octet == '_';
      if (plain) {
        out.append((char) octet);
      } else {
        out.append('%').append(HexFormat.of().withUpperCase().toHexDigits(octet));
      }
    }
    return out.toString();
  }

  MimeNode container(String contentType, Optional<String> boundary) {
    if (!ContentType.parse(contentType).isMultipart()) {
      throw new IllegalArgumentException("not a multipart: " + contentType);
    }
    String delimiter = boundary.orElseGet(this::boundary);
    boolean good = !delimiter.isEmpty() && delimiter.length() <= 70;
    for (int i = 0; good && i < delimiter.length(); i++) {
      char c = delimiter.charAt(i);
      good =
          (c >= '0' && c <= '9')
              || (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || BOUNDARY_CHARACTERS.indexOf(c) >= 0;
    }
    if (!good) {
      throw new IllegalArgumentException("not a boundary");
    }
    MimeNode part = new MimeNode(new byte[0], StandardCharsets.US_ASCII);
    part.headers().append("Content-Type", contentType + "; boundary=\"" + delimiter + "\"");
    part.container(delimiter);
    return part;
  }

  /** Neither quoted-printable nor base64 has its beginning, and nobody guesses the rest. */
  private String boundary() {
    byte[] bits = new byte[16];
    random.nextBytes(bits);
    return "=_" + HexFormat.of().formatHex(bits);
  }
}
