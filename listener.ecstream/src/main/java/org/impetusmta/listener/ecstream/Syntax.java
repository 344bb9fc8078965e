package org.impetusmta.listener.ecstream;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;

/** What may be said in a message: addresses and bodies that mean the same to everyone. */
final class Syntax {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ONES = 0x0101010101010101L;
  private static final long HIGHS = 0x8080808080808080L;
  private static final long CRS = ONES * '\r';
  private static final long LFS = ONES * '\n';

  private static final int LONGEST_LOCALPART = 256;
  private static final int LONGEST_DOMAIN = 255;
  private static final int LONGEST_LITERAL = 62;

  private static final int ATEXT = 1;
  private static final int NAME_BEGIN = 2;
  private static final int NAME = 4;
  private static final int LITERAL = 8;
  private static final byte[] CLASSES = classes();

  private Syntax() {}

  private static byte[] classes() {
    byte[] classes = new byte[256];
    for (int c = 0; c < 128; c++) {
      boolean alphanumeric =
          (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      int of = 0;
      of |= (alphanumeric || "!#$%&'*+/=?^_`{|}~.-".indexOf(c) >= 0) ? ATEXT : 0;
      of |= alphanumeric || c == '_' ? NAME_BEGIN : 0;
      of |= alphanumeric || c == '_' || c == '.' || c == '-' ? NAME : 0;
      of |= alphanumeric || c == ':' || c == '.' ? LITERAL : 0;
      classes[c] = (byte) of;
    }
    return classes;
  }

  private static boolean is(int kind, char c) {
    return c < 256 && (CLASSES[c] & kind) != 0;
  }

  private static boolean all(int kind, String text, int from, int to) {
    for (int i = from; i < to; i++) {
      if (!is(kind, text.charAt(i))) {
        return false;
      }
    }
    return from < to;
  }

  /** RFC 5321 section 4.1.2, with a domain; the null sender is no address here. */
  static boolean isMailbox(Address address) {
    return isLocalpart(address.localpart()) && isDomain(address.domain());
  }

  /** A dot-string, whose dots may stand anywhere, or a quoted string. */
  static boolean isLocalpart(String text) {
    int length = text.length();
    return length <= LONGEST_LOCALPART
        && (text.startsWith("\"") ? isQuoted(text) : all(ATEXT, text, 0, length));
  }

  private static boolean isQuoted(String text) {
    int last = text.length() - 1;
    if (last < 1 || text.charAt(last) != '"') {
      return false;
    }
    for (int i = 1; i < last; i++) {
      char c = text.charAt(i);
      if (c == '\\') {
        c = text.charAt(++i);
        if (i == last) {
          return false;
        }
      } else if (c == '"') {
        return false;
      }
      if (c < ' ' || c > '~') {
        return false;
      }
    }
    return true;
  }

  /** A name, or an address literal in brackets. */
  static boolean isDomain(String text) {
    int length = text.length();
    if (length == 0) {
      return false;
    }
    if (text.charAt(0) == '[') {
      return length <= LONGEST_LITERAL
          && text.charAt(length - 1) == ']'
          && all(LITERAL, text, 1, length - 1);
    }
    return length <= LONGEST_DOMAIN
        && is(NAME_BEGIN, text.charAt(0))
        && is(NAME_BEGIN, text.charAt(length - 1))
        && all(NAME, text, 0, length);
  }

  /**
   * Whether {@code octets} is in wire form: it ends a line, no CR or LF stands alone, and no line
   * is a single dot, which would end it for the next server.
   */
  static boolean isWireForm(Body octets) {
    byte[] body = octets.segments() == 1 ? octets.segment(0) : octets.toByteArray();
    int length = octets.length();
    int begin = 0;
    while (begin < length) {
      int end = lineEnd(body, begin, length);
      boolean dot = end == begin + 1 && body[begin] == '.';
      if (dot || end + 1 >= length || body[end] != '\r' || body[end + 1] != '\n') {
        return false;
      }
      begin = end + 2;
    }
    return true;
  }

  /** Where the next CR or LF is, or {@code to}. Looks at eight octets at a time. */
  private static int lineEnd(byte[] octets, int from, int to) {
    int at = from;
    for (; at + 8 <= to; at += 8) {
      long eight = (long) LONG.get(octets, at);
      long cr = eight ^ CRS;
      long lf = eight ^ LFS;
      // the lowest octet that is marked is one; those above may be marked by a borrow
      long found = (((cr - ONES) & ~cr) | ((lf - ONES) & ~lf)) & HIGHS;
      if (found != 0) {
        return at + (Long.numberOfTrailingZeros(found) >>> 3);
      }
    }
    while (at < to && octets[at] != '\r' && octets[at] != '\n') {
      at++;
    }
    return at;
  }
}
