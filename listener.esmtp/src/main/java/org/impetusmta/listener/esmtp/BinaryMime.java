package org.impetusmta.listener.esmtp;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.impetusmta.api.message.Body;

/**
 * Turns a message that was declared BINARYMIME (RFC 3030) into one of lines, as everything behind
 * reception is: a part that is no 8-bit text becomes base64, octet for octet (RFC 2045 section
 * 6.8), one that is only labelled {@code binary} is called {@code 8bit}, with the multiparts around
 * it. Headers and boundaries have to be lines already. Stateless; made for one message.
 *
 * <p>RFC 3030 section 3 has a server convert before it hands on to one without BINARYMIME; done at
 * reception, no lone CR or LF is ever stored, and none can be taken for another end of the message.
 */
final class BinaryMime {
  private static final int DEEPEST = 50;
  private static final int LONGEST_LINE = 998;
  private static final int SEGMENT = 64 << 10;
  private static final Pattern BOUNDARY =
      Pattern.compile("(?i);\\s*boundary\\s*=\\s*(?:\"((?:[^\"\\\\]|\\\\.)*)\"|([^\\s;()<>@,]+))");
  private static final Base64.Encoder BASE64 = Base64.getMimeEncoder(76, new byte[] {'\r', '\n'});

  private final byte[] octets;
  private final List<byte[]> segments = new ArrayList<>();
  private byte[] segment = new byte[SEGMENT];
  private int filled;
  private boolean lineStart = true;

  /** A message that is not what it was declared to be. */
  private static final class Unfit extends Exception {
    private static final long serialVersionUID = 1;

    Unfit() {
      super("not lines where they have to be", null, false, false);
    }
  }

  private BinaryMime(byte[] octets) {
    this.octets = octets;
  }

  /** The message in wire form; empty where headers or boundaries are not lines. */
  static Optional<Body> convert(byte[] octets, int length) {
    BinaryMime made = new BinaryMime(octets);
    try {
      made.entity(0, length, 0);
    } catch (Unfit wrong) {
      return Optional.empty();
    }
    if (!made.lineStart) {
      made.write("\r\n");
    }
    made.segments.add(Arrays.copyOf(made.segment, made.filled));
    return Optional.of(Body.of(made.segments.toArray(byte[][]::new)));
  }

  /** Header and content of a message or part. */
  private void entity(int from, int to, int depth) throws Unfit {
    if (depth > DEEPEST) {
      throw new Unfit();
    }
    int content = headerEnd(from, to);
    if (!isLines(from, content)) {
      throw new Unfit();
    }
    String type = field(from, content, "Content-Type").orElse("text/plain");
    String kind = type.strip().toLowerCase(Locale.ROOT);
    String encoding =
        field(from, content, "Content-Transfer-Encoding")
            .orElse("7bit")
            .strip()
            .toLowerCase(Locale.ROOT);
    boolean binary = encoding.equals("binary");
    Optional<byte[]> boundary = kind.startsWith("multipart/") ? boundary(type) : Optional.empty();
    if (boundary.isPresent()) {
      header(from, content, binary ? "8bit" : "");
      parts(content, to, boundary.get(), depth);
    } else if (kind.startsWith("message/rfc822") || kind.startsWith("message/global")) {
      header(from, content, binary ? "8bit" : "");
      entity(content, to, depth + 1);
    } else if (isText(content, to)) {
      header(from, content, binary ? "8bit" : "");
      write(content, to);
    } else if (binary || encoding.equals("7bit") || encoding.equals("8bit")) {
      header(from, content, "base64");
      base64(content, to);
    } else {
      throw new Unfit();
    }
  }

  /** Where the content begins: behind the empty line, or at {@code to} where there is none. */
  private int headerEnd(int from, int to) {
    for (int at = from; at < to; at = lineEnd(at, to)) {
      if (at + 1 < to && octets[at] == '\r' && octets[at + 1] == '\n') {
        return at + 2;
      }
    }
    return to;
  }

  /** The position behind the next CR LF. */
  private int lineEnd(int from, int to) {
    for (int at = from; at + 1 < to; at++) {
      if (octets[at] == '\r' && octets[at + 1] == '\n') {
        return at + 2;
      }
    }
    return to;
  }

  /** Whether CR and LF stand together everywhere. */
  private boolean isLines(int from, int to) {
    for (int at = from; at < to; at++) {
      if (octets[at] == '\n' || (octets[at] == '\r' && (++at == to || octets[at] != '\n'))) {
        return false;
      }
    }
    return true;
  }

  /** Whether it is 8-bit text (RFC 2045 section 2.8). */
  private boolean isText(int from, int to) {
    int line = from;
    for (int at = from; at < to; at++) {
      if (octets[at] == 0
          || octets[at] == '\n'
          || (octets[at] == '\r' && (++at == to || octets[at] != '\n'))) {
        return false;
      }
      if (octets[at] == '\n') {
        line = at + 1;
      } else if (at - line >= LONGEST_LINE) {
        return false;
      }
    }
    return true;
  }

  /** The value of the first field of that name, unfolded. */
  private Optional<String> field(int from, int to, String name) {
    for (int at = from; at < to; ) {
      int end = fieldEnd(at, to);
      if (isNamed(at, end, name)) {
        String field = new String(octets, at, end - at, StandardCharsets.ISO_8859_1);
        return Optional.of(field.substring(field.indexOf(':') + 1).replace("\r\n", "").strip());
      }
      at = end;
    }
    return Optional.empty();
  }

  /** The position behind a field with the lines that continue it. */
  private int fieldEnd(int from, int to) {
    int end = lineEnd(from, to);
    while (end < to && (octets[end] == ' ' || octets[end] == '\t')) {
      end = lineEnd(end, to);
    }
    return end;
  }

  private boolean isNamed(int from, int end, String name) {
    int colon = from + name.length();
    if (colon >= end
        || !new String(octets, from, name.length(), StandardCharsets.ISO_8859_1)
            .equalsIgnoreCase(name)) {
      return false;
    }
    while (colon < end && (octets[colon] == ' ' || octets[colon] == '\t')) {
      colon++;
    }
    return colon < end && octets[colon] == ':';
  }

  private static Optional<byte[]> boundary(String type) {
    Matcher matcher = BOUNDARY.matcher(type);
    if (!matcher.find()) {
      return Optional.empty();
    }
    String text =
        matcher.group(1) != null ? matcher.group(1).replaceAll("\\\\(.)", "$1") : matcher.group(2);
    return text.isEmpty() || text.length() > 200
        ? Optional.empty()
        : Optional.of(("--" + text).getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Preamble, parts and epilogue (RFC 2046 section 5.1.1). */
  private void parts(int from, int to, byte[] delimiter, int depth) throws Unfit {
    int start = from;
    boolean inPart = false;
    int at = from;
    while (true) {
      int found = delimiter(at, from, to, delimiter);
      // the CR LF in front of a delimiter belongs to it
      int end = found < 0 ? to : Math.max(start, found == from ? found : found - 2);
      if (inPart) {
        entity(start, end, depth + 1);
      } else if (isLines(start, end)) {
        write(start, end);
      } else {
        throw new Unfit();
      }
      if (found < 0) {
        return;
      }
      int line = lineEnd(found, to);
      boolean last =
          found + delimiter.length + 1 < to
              && octets[found + delimiter.length] == '-'
              && octets[found + delimiter.length + 1] == '-';
      if (!isLines(found, line)) {
        throw new Unfit();
      }
      if (found != from) {
        write("\r\n");
      }
      write(found, line);
      start = line;
      at = line;
      inPart = !last;
      if (last) {
        if (!isLines(line, to)) {
          throw new Unfit();
        }
        write(line, to);
        return;
      }
    }
  }

  /** Where the next delimiter line begins; -1 where there is none. */
  private int delimiter(int at, int from, int to, byte[] delimiter) {
    for (int i = at; i + delimiter.length <= to; i++) {
      boolean begins = i == from || (i >= 2 && octets[i - 2] == '\r' && octets[i - 1] == '\n');
      if (begins
          && octets[i] == '-'
          && Arrays.equals(octets, i, i + delimiter.length, delimiter, 0, delimiter.length)
          && endsDelimiter(i + delimiter.length, to)) {
        return i;
      }
    }
    return -1;
  }

  /** Whether only dashes of the last one and blanks follow up to the end of the line. */
  private boolean endsDelimiter(int from, int to) {
    int at = from;
    if (at + 1 < to && octets[at] == '-' && octets[at + 1] == '-') {
      at += 2;
    }
    while (at < to && (octets[at] == ' ' || octets[at] == '\t')) {
      at++;
    }
    return at == to || (at + 1 < to && octets[at] == '\r' && octets[at + 1] == '\n');
  }

  /** The header, with another encoding where {@code encoding} says one. */
  private void header(int from, int content, String encoding) {
    if (encoding.isEmpty()) {
      write(from, content);
      return;
    }
    boolean emptyLine =
        content - from >= 2
            && octets[content - 1] == '\n'
            && (content - from == 2 || octets[content - 3] == '\n');
    int end = emptyLine ? content - 2 : content;
    for (int at = from; at < end; ) {
      int next = fieldEnd(at, end);
      if (!isNamed(at, next, "Content-Transfer-Encoding")) {
        write(at, next);
      }
      at = next;
    }
    if (!lineStart) {
      write("\r\n");
    }
    write("Content-Transfer-Encoding: " + encoding + "\r\n\r\n");
  }

  /** Piece by piece, so that no second copy of it is needed. */
  private void base64(int from, int to) {
    int piece = 57 * 1024;
    for (int at = from; at < to; at += piece) {
      write(BASE64.encode(Arrays.copyOfRange(octets, at, Math.min(to, at + piece))));
      write("\r\n");
    }
  }

  private void write(int from, int to) {
    for (int at = from; at < to; at++) {
      write(octets[at]);
    }
  }

  private void write(String ascii) {
    write(ascii.getBytes(StandardCharsets.US_ASCII));
  }

  private void write(byte[] some) {
    for (byte octet : some) {
      write(octet);
    }
  }

  private void write(byte octet) {
    if (lineStart && octet == '.') {
      put(octet);
    }
    put(octet);
    lineStart = octet == '\n';
  }

  private void put(byte octet) {
    if (filled == segment.length) {
      segments.add(segment);
      segment = new byte[SEGMENT];
      filled = 0;
    }
    segment[filled++] = octet;
  }
}
