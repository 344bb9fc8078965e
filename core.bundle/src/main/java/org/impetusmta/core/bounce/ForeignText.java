package org.impetusmta.core.bounce;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.james.mime4j.codec.EncoderUtil;
import org.apache.james.mime4j.codec.EncoderUtil.Usage;
import org.apache.james.mime4j.dom.address.Address;
import org.apache.james.mime4j.dom.address.Group;
import org.apache.james.mime4j.dom.address.Mailbox;

/**
 * Text from the network on its way into a notification: what could end a line, hide or turn what
 * stands beside it is gone, its length has a bound. Stateless.
 */
final class ForeignText {
  private static final int TEXT_LIMIT = 4_000;
  private static final int ADDRESS_LIMIT = 500;
  private static final int LOCALPART_LIMIT = 320;
  private static final int DOMAIN_LIMIT = 255;

  private ForeignText() {}

  /** Its lines, without the empty ones; not much of a very long text. */
  static List<String> lines(String text) {
    String limited = text.length() > TEXT_LIMIT ? text.substring(0, TEXT_LIMIT) : text;
    List<String> lines = new ArrayList<>();
    for (String line : decoded(limited).split("[\r\n\u0085\u2028\u2029]")) {
      String clean = clean(line);
      if (!clean.isEmpty()) {
        lines.add(clean);
      }
    }
    return lines;
  }

  /** A reply is read as Latin-1; where its octets are UTF-8, its sender meant that. */
  private static String decoded(String text) {
    if (text.chars().allMatch(c -> c < 0x80) || !text.chars().allMatch(c -> c < 0x100)) {
      return text;
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1)))
          .toString();
    } catch (CharacterCodingException latin1) {
      return text;
    }
  }

  /** One line: blanks are single, controls and what formats or turns text are question marks. */
  static String clean(String line) {
    StringBuilder out = new StringBuilder(line.length());
    line.codePoints()
        .forEach(
            c -> {
              if (c == ' ' || c == '\t' || Character.getType(c) == Character.SPACE_SEPARATOR) {
                if (!out.isEmpty() && out.charAt(out.length() - 1) != ' ') {
                  out.append(' ');
                }
              } else {
                out.appendCodePoint(visible(c) ? c : '?');
              }
            });
    return out.toString().strip();
  }

  private static boolean visible(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      default -> true;
    };
  }

  static boolean ascii(String text) {
    return text.chars().allMatch(c -> c < 0x80);
  }

  /** One word of US-ASCII, for names and addresses. */
  static String word(String text) {
    StringBuilder out = new StringBuilder();
    text.chars()
        .limit(ADDRESS_LIMIT)
        .forEach(c -> out.append(c > ' ' && c <= '~' ? (char) c : '?'));
    return out.toString();
  }

  /** An address as it is written in a field of message/delivery-status. */
  static String address(String text) {
    StringBuilder out = new StringBuilder();
    clean(text).chars().limit(ADDRESS_LIMIT).forEach(c -> out.append(c <= '~' ? (char) c : '?'));
    return out.toString().strip();
  }

  /** A domain for the right side of an address. */
  static String domain(String text) {
    StringBuilder out = new StringBuilder();
    text.chars()
        .limit(DOMAIN_LIMIT)
        .forEach(
            c ->
                out.append(
                    (c >= '0' && c <= '9')
                            || (c >= 'A' && c <= 'Z')
                            || (c >= 'a' && c <= 'z')
                            || "-._:[]".indexOf(c) >= 0
                        ? (char) c
                        : '?'));
    return out.toString();
  }

  /**
   * Unstructured text of a header field: an encoded word (RFC 2047) where it is not US-ASCII, has a
   * word longer than a line, or looks like an encoded word itself.
   */
  static String unstructured(String text, int used) {
    if (text.contains("=?")) {
      return EncoderUtil.encodeEncodedWord(text, Usage.TEXT_TOKEN, Math.min(50, used));
    }
    return EncoderUtil.encodeIfNecessary(text, Usage.TEXT_TOKEN, Math.min(50, used));
  }

  /** An address for a header field; nobody's name where it is longer than addresses may be. */
  static Address mailbox(String name, org.impetusmta.api.message.Address address) {
    String local = unquoted(address.localpart());
    if (local.length() > LOCALPART_LIMIT
        || address.domain().length() > DOMAIN_LIMIT
        || local.isEmpty()) {
      return new Group("undisclosed-recipients");
    }
    StringBuilder clean = new StringBuilder();
    local.chars().forEach(c -> clean.append(c >= ' ' && c <= '~' ? (char) c : '?'));
    String domain = address.domain().isEmpty() ? null : domain(address.domain());
    return new Mailbox(name.isEmpty() ? null : name, clean.toString(), domain);
  }

  /** What a quoted local part (RFC 5321 section 4.1.2) stands for. */
  private static String unquoted(String localpart) {
    int last = localpart.length() - 1;
    if (last < 1 || localpart.charAt(0) != '"' || localpart.charAt(last) != '"') {
      return localpart;
    }
    StringBuilder out = new StringBuilder();
    for (int i = 1; i < last; i++) {
      char c = localpart.charAt(i);
      if (c == '\\' && i + 1 < last) {
        c = localpart.charAt(++i);
      }
      out.append(c);
    }
    return out.toString();
  }
}
