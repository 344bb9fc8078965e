package org.impetusmta.core.reception;

import java.io.ByteArrayOutputStream;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Reply;

/**
 * Lines with more octets than allowed: the message is refused, or they are broken. A header field
 * is folded in front of a blank (RFC 5322 section 2.2.3), a line of the body broken behind one;
 * where there is none both are cut, but not inside a character of UTF-8. The dot that the wire form
 * adds is not counted. Lines that are short enough stay as they are. Source:
 * conf.ref.rfc2822_max_line_length.
 *
 * <p>Single; one use.
 */
final class LongLines {
  static final Reply IN_HEADERS =
      new Reply(550, "5.6.0", "Header line too long (see RFC2822 section 3.5)");
  static final Reply IN_BODY =
      new Reply(550, "5.6.0", "Body line too long (see RFC2822 section 3.5)");

  private final byte[] in;
  private final int limit;
  private final ByteArrayOutputStream out;

  private LongLines(byte[] in, int limit) {
    this.in = in;
    this.limit = limit;
    this.out = new ByteArrayOutputStream(in.length + in.length / limit + 64);
  }

  /**
   * @param limit octets of a line without its CRLF
   * @return the same where no line is longer
   */
  static Body settled(Body body, int limit, boolean fix) throws BadContent {
    int headerLength = body.headerLength();
    int tooLong = firstLongLine(body, limit);
    if (tooLong < 0) {
      return body;
    }
    if (!fix) {
      throw new BadContent(tooLong < headerLength ? IN_HEADERS : IN_BODY);
    }
    // a fold takes a blank and an octet that is none
    LongLines lines = new LongLines(body.toByteArray(), Math.max(2, limit));
    lines.breakAll(headerLength);
    return Body.of(lines.out.toByteArray());
  }

  /** Where the first line that is too long begins; -1 where there is none. */
  private static int firstLongLine(Body body, int limit) {
    int position = 0;
    int lineFrom = 0;
    int length = 0;
    boolean cr = false;
    for (int s = 0; s < body.segments(); s++) {
      byte[] octets = body.segment(s);
      int count = body.segmentLength(s);
      for (int i = 0; i < count; i++, position++) {
        byte octet = octets[i];
        if (octet == '\n') {
          // a lone CR or LF that passed ends no line
          if (cr) {
            length = 0;
            lineFrom = position + 1;
          } else {
            length++;
          }
          cr = false;
          continue;
        }
        length += cr ? 1 : 0;
        cr = octet == '\r';
        length += (cr || (position == lineFrom && octet == '.')) ? 0 : 1;
        if (length > limit) {
          return lineFrom;
        }
      }
    }
    return -1;
  }

  private void breakAll(int headerLength) {
    int at = 0;
    while (at < in.length) {
      int end = at;
      while (end < in.length && !(in[end] == '\r' && end + 1 < in.length && in[end + 1] == '\n')) {
        end++;
      }
      if (at < headerLength) {
        fold(at, end);
      } else {
        cut(at, end);
      }
      int next = Math.min(in.length, end + 2);
      out.write(in, end, next - end);
      at = next;
    }
  }

  /** Blanks at its end, and all but one at a fold, are given up. */
  private void fold(int lineFrom, int to) {
    // the dot of the wire form stays with what it stands for
    boolean stuffed = to > lineFrom && in[lineFrom] == '.';
    int from = stuffed ? lineFrom + 1 : lineFrom;
    if (stuffed) {
      out.write('.');
    }
    if (to - from <= limit) {
      out.write(in, from, to - from);
      return;
    }
    int stop = to;
    while (stop > from && isBlank(in[stop - 1])) {
      stop--;
    }
    if (stop == from) {
      out.write(' ');
      return;
    }
    int at = from;
    int indent = 0;
    while (true) {
      int word = at;
      while (isBlank(in[word])) {
        word++;
      }
      at = Math.max(at, word - 1);
      int most = at + limit - indent;
      if (stop <= most) {
        write(at, stop, indent);
        return;
      }
      int end = most;
      while (end > word && !isBlank(in[end])) {
        end--;
      }
      end = end > word ? end : whole(at, most);
      write(at, end, indent);
      out.write('\r');
      out.write('\n');
      indent = isBlank(in[end]) ? 0 : 1;
      at = end;
    }
  }

  private void write(int from, int to, int indent) {
    if (indent > 0) {
      out.write(' ');
    }
    out.write(in, from, to - from);
  }

  private static boolean isBlank(byte octet) {
    return octet == ' ' || octet == '\t';
  }

  private void cut(int from, int to) {
    int at = from;
    int stuffed = in.length > from && in[from] == '.' ? 1 : 0;
    while (to - at - stuffed > limit) {
      int most = at + stuffed + limit;
      int end = most;
      while (end > at + stuffed && in[end - 1] != ' ') {
        end--;
      }
      end = end > at + stuffed ? end : whole(at + stuffed, most);
      out.write(in, at, end - at);
      out.write('\r');
      out.write('\n');
      at = end;
      stuffed = 0;
      if (in[at] == '.') {
        out.write('.');
      }
    }
    out.write(in, at, to - at);
  }

  /** {@code to}, or a little before it, so that no character of UTF-8 is cut. */
  private int whole(int from, int to) {
    int end = to;
    while (end > from + 1 && to - end < 3 && (in[end] & 0xC0) == 0x80) {
      end--;
    }
    return (in[end] & 0xC0) == 0x80 ? to : end;
  }
}
