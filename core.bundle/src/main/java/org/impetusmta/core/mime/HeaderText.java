package org.impetusmta.core.mime;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.james.mime4j.codec.DecodeMonitor;
import org.apache.james.mime4j.codec.DecoderUtil;
import org.apache.james.mime4j.codec.EncoderUtil;
import org.apache.james.mime4j.codec.EncoderUtil.Usage;
import org.apache.james.mime4j.dom.address.Mailbox;
import org.apache.james.mime4j.field.address.LenientAddressParser;
import org.impetusmta.api.message.HeaderAddress;
import org.impetusmta.api.message.HeaderSection;
import org.impetusmta.api.message.MessageOperations.Placement;

/** Values of header fields as people read them; encoded words are Mime4J's. Stateless. */
final class HeaderText {
  /** Characters of one field that are read as addresses. */
  private static final int ADDRESSES_LIMIT = 256 << 10;

  private HeaderText() {}

  /** Octets, each a character, as text: UTF-8 where they are that, else in {@code otherwise}. */
  static String characters(String octets, Charset otherwise) {
    int i = 0;
    while (i < octets.length() && octets.charAt(i) < 0x80) {
      i++;
    }
    if (i == octets.length()) {
      return octets;
    }
    byte[] bytes = octets.getBytes(StandardCharsets.ISO_8859_1);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException other) {
      return new String(bytes, otherwise);
    }
  }

  static String decoded(String value) {
    return value.contains("=?")
        ? DecoderUtil.decodeEncodedWords(value, DecodeMonitor.SILENT, StandardCharsets.UTF_8)
        : value;
  }

  /** What looks like an encoded word and is none of ours is left alone: policy may mean it. */
  static String encoded(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c > '~' || (c < ' ' && c != '\t')) {
        if (c == '\r' || c == '\n' || c == 0) {
          throw new IllegalArgumentException("not a value of a header field");
        }
        return EncoderUtil.encodeEncodedWord(text, Usage.TEXT_TOKEN, 20);
      }
    }
    return text;
  }

  static List<String> values(HeaderSection header, String name, Charset otherwise) {
    List<String> values = new ArrayList<>(1);
    for (String octets : header.values(name)) {
      values.add(decoded(characters(octets, otherwise)));
    }
    return values;
  }

  static void set(HeaderSection header, String name, Placement placement, List<String> values) {
    List<String> encoded = values.stream().map(HeaderText::encoded).toList();
    // looked at before anything is removed
    HeaderSection probe = HeaderSection.of(org.impetusmta.api.message.Body.of());
    encoded.forEach(value -> probe.append(name, value));
    switch (placement) {
      case REPLACE -> {
        header.remove(name);
        encoded.forEach(value -> header.append(name, value));
      }
      case APPEND -> encoded.forEach(value -> header.append(name, value));
      case PREPEND -> encoded.reversed().forEach(value -> header.prepend(name, value));
    }
  }

  static List<HeaderAddress> addresses(HeaderSection header, String name, Charset otherwise) {
    List<HeaderAddress> found = new ArrayList<>();
    for (String octets : header.values(name)) {
      found.addAll(addresses(characters(octets, otherwise)));
    }
    return found;
  }

  static List<HeaderAddress> addresses(String text) {
    String limited = text.length() > ADDRESSES_LIMIT ? text.substring(0, ADDRESSES_LIMIT) : text;
    List<HeaderAddress> found = new ArrayList<>();
    for (Mailbox mailbox : LenientAddressParser.DEFAULT.parseAddressList(limited).flatten()) {
      String domain = mailbox.getDomain();
      String local = mailbox.getLocalPart();
      String display = mailbox.getName();
      if (local != null && !local.isEmpty()) {
        found.add(
            new HeaderAddress(
                display == null ? "" : decoded(display), local, domain == null ? "" : domain));
      }
    }
    return found;
  }
}
