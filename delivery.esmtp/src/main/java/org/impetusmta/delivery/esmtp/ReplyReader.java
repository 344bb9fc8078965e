package org.impetusmta.delivery.esmtp;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.impetusmta.api.message.Reply;

/**
 * Reads the replies of an SMTP server, octet by octet (RFC 5321 section 4.2.1):
 *
 * <pre>
 * reply     = *( code "-" [ text ] CRLF ) code [ SP [ text ] ] CRLF
 * code      = %x32-35 DIGIT DIGIT        ; the same on every line
 * </pre>
 *
 * A lone LF is taken for CRLF. What a server can send is bounded: {@value #MAX_LINE} octets of text
 * are kept of a line, {@value #MAX_LINES} lines and {@value #MAX_OCTETS} octets make a reply; more
 * is malformed, as is a line without a code or with a code that differs from the first line's.
 *
 * <p>Keeps its place between octets, so it does not matter how the network cuts them. Nothing is
 * allocated until {@link #reply} asks for the text. Thread-safety: single.
 */
final class ReplyReader {
  static final int MAX_LINE = 4096;
  static final int MAX_LINES = 200;
  static final int MAX_OCTETS = 64 * 1024;

  /** What {@link #read} has come to. */
  enum Outcome {
    /** All octets are used and the reply goes on. */
    MORE,
    /** A reply is there; octets behind it are left in the buffer. */
    COMPLETE,
    /** This is not an SMTP reply; the dialogue cannot go on. */
    MALFORMED
  }

  /** The text of all lines, each but the first preceded by LF. */
  private byte[] text = new byte[128];

  private int length;
  private int lineLength;
  private int column;
  private int lines;
  private int octets;
  private int code;
  private int lineCode;
  private boolean last;
  private boolean complete;

  /** Reads on from {@code in}. After anything but MORE the next call begins a new reply. */
  Outcome read(ByteBuf in) {
    if (complete) {
      reset();
    }
    int end = in.writerIndex();
    for (int i = in.readerIndex(); i < end; i++) {
      byte octet = in.getByte(i);
      if (++octets > MAX_OCTETS) {
        return malformed();
      }
      if (octet == '\n') {
        if (!endLine()) {
          return malformed();
        }
        if (last) {
          in.readerIndex(i + 1);
          complete = true;
          return Outcome.COMPLETE;
        }
      } else if (column >= 4) {
        if (lineLength < MAX_LINE) {
          append(octet);
          lineLength++;
        }
      } else if (!prefix(octet)) {
        return malformed();
      }
    }
    in.readerIndex(end);
    return Outcome.MORE;
  }

  /** Whether a reply has begun and not ended. */
  boolean midReply() {
    return octets > 0 && !complete;
  }

  /** The code of the complete reply. */
  int code() {
    return code;
  }

  private boolean prefix(byte octet) {
    if (column < 3) {
      if (octet < '0' || octet > '9' || (column == 0 && (octet < '2' || octet > '5'))) {
        return false;
      }
      lineCode = lineCode * 10 + octet - '0';
    } else if (octet == ' ' || octet == '\r') {
      last = true;
    } else if (octet != '-') {
      return false;
    }
    column++;
    return true;
  }

  private boolean endLine() {
    if (column < 3 || ++lines > MAX_LINES) {
      return false;
    }
    if (column == 3) {
      last = true;
    }
    if (lines == 1) {
      code = lineCode;
    } else if (lineCode != code) {
      return false;
    }
    if (lineLength > 0 && text[length - 1] == '\r') {
      length--;
    }
    if (!last) {
      append((byte) '\n');
    }
    column = 0;
    lineLength = 0;
    lineCode = 0;
    return true;
  }

  private void append(byte octet) {
    if (length == text.length) {
      text = Arrays.copyOf(text, 2 * length);
    }
    text[length++] = octet;
  }

  private Outcome malformed() {
    complete = true;
    return Outcome.MALFORMED;
  }

  private void reset() {
    if (text.length > MAX_LINE) {
      text = new byte[128];
    }
    length = 0;
    lineLength = 0;
    column = 0;
    lines = 0;
    octets = 0;
    code = 0;
    lineCode = 0;
    last = false;
    complete = false;
  }

  /** The extensions that this reply to EHLO offers. */
  Extensions extensions() {
    return Extensions.parse(text, length);
  }

  /** The complete reply, without control characters; its lines are separated by LF. */
  Reply reply() {
    int enhancedLength = enhancedLength(0);
    String enhanced = enhancedLength == 0 ? "" : ascii(0, enhancedLength);
    int from = enhancedLength == 0 ? 0 : Math.min(length, enhancedLength + 1);
    for (int i = from; i < length; i++) {
      if (text[i] < ' ' || text[i] == 0x7F) {
        return new Reply(code, enhanced, cleanText(enhanced));
      }
    }
    return new Reply(code, enhanced, ascii(from, length));
  }

  private String ascii(int from, int to) {
    return new String(text, from, to - from, StandardCharsets.ISO_8859_1);
  }

  /**
   * Octets of the enhanced status code (RFC 3463 section 2, of the reply's own class) that stands
   * at {@code from}; 0 when there is none.
   */
  private int enhancedLength(int from) {
    int at = from;
    if (at + 5 > length || text[at] != '0' + code / 100 || code / 100 == 3) {
      return 0;
    }
    at++;
    for (int part = 0; part < 2; part++) {
      if (at == length || text[at++] != '.') {
        return 0;
      }
      int digits = 0;
      while (at < length && text[at] >= '0' && text[at] <= '9') {
        at++;
        digits++;
      }
      if (digits == 0 || digits > 3) {
        return 0;
      }
    }
    return at == length || text[at] == ' ' || text[at] == '\n' ? at - from : 0;
  }

  /** The slow way, for several lines, 8-bit text and control characters. */
  private String cleanText(String enhanced) {
    StringBuilder clean = new StringBuilder(length);
    int from = 0;
    while (from <= length) {
      int to = from;
      while (to < length && text[to] != '\n') {
        to++;
      }
      int start = from;
      int skip = enhancedLength(from);
      if (skip > 0 && ascii(from, from + skip).equals(enhanced)) {
        start = Math.min(to, from + skip + 1);
      }
      if (from > 0) {
        clean.append('\n');
      }
      // malformed UTF-8 becomes U+FFFD, nothing is thrown
      StandardCharsets.UTF_8
          .decode(ByteBuffer.wrap(text, start, to - start))
          .codePoints()
          .map(ReplyReader::printable)
          .forEach(clean::appendCodePoint);
      from = to + 1;
    }
    return clean.toString();
  }

  /** A terminal, a log line or a DSN must not be steered by what a peer says. */
  private static int printable(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL -> codePoint == '\t' ? ' ' : '?';
      case Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE,
          Character.UNASSIGNED ->
          '?';
      default -> codePoint == 0xFFFD ? '?' : codePoint;
    };
  }
}
