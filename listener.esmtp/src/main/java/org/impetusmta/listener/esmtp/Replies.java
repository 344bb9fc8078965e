package org.impetusmta.listener.esmtp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import org.impetusmta.api.message.Reply;

/**
 * Writes replies (RFC 5321 section 4.2) as octets. Whatever a text holds, only printable ASCII
 * leaves, one line for each of its lines.
 */
final class Replies {
  private Replies() {}

  /**
   * @param enhanced whether the enhanced status code is written (RFC 2034)
   */
  static void write(ByteBuf out, Reply reply, boolean enhanced) {
    String text = reply.text();
    int from = 0;
    int end = text.indexOf('\n');
    while (end >= 0) {
      line(out, reply, enhanced, '-', text, from, end);
      from = end + 1;
      end = text.indexOf('\n', from);
    }
    line(out, reply, enhanced, ' ', text, from, text.length());
  }

  private static void line(
      ByteBuf out, Reply reply, boolean enhanced, char separator, String text, int from, int to) {
    int code = reply.code();
    out.writeByte('0' + code / 100);
    out.writeByte('0' + code / 10 % 10);
    out.writeByte('0' + code % 10);
    out.writeByte(separator);
    if (enhanced && !reply.enhanced().isEmpty()) {
      printable(out, reply.enhanced(), 0, reply.enhanced().length());
      out.writeByte(' ');
    }
    printable(out, text, from, to);
    out.writeByte('\r').writeByte('\n');
  }

  /** Writes {@code text[from, to)}; other than printable ASCII becomes a question mark. */
  static void printable(ByteBuf out, String text, int from, int to) {
    if (from == 0 && to == text.length() && isPrintable(text)) {
      ByteBufUtil.writeAscii(out, text);
      return;
    }
    for (int i = from; i < to; i++) {
      char c = text.charAt(i);
      out.writeByte(isPrintable(c) ? c : '?');
    }
  }

  private static boolean isPrintable(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (!isPrintable(text.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  private static boolean isPrintable(char c) {
    return c >= ' ' && c <= '~';
  }
}
