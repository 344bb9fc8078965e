package org.impetusmta.delivery.esmtp;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * The service extensions that a server offered in its answer to EHLO (RFC 5321 section 4.1.1.1) and
 * that this client uses. Immutable.
 *
 * @param pipelining RFC 2920
 * @param size RFC 1870
 * @param eightBitMime RFC 6152
 * @param startTls RFC 3207
 * @param requireTls RFC 8689
 */
record Extensions(
    boolean pipelining, boolean size, boolean eightBitMime, boolean startTls, boolean requireTls) {
  Extensions(boolean pipelining, boolean size, boolean eightBitMime, boolean startTls) {
    this(pipelining, size, eightBitMime, startTls, false);
  }

  /** What a server that knows HELO only offers. */
  static final Extensions NONE = new Extensions(false, false, false, false);

  /**
   * Reads {@code length} octets of {@code text}: the greeting on the first line, then a keyword
   * with parameters on each. Unknown, empty and 8-bit lines are passed over.
   */
  static Extensions parse(byte[] text, int length) {
    boolean pipelining = false;
    boolean size = false;
    boolean eightBitMime = false;
    boolean startTls = false;
    boolean requireTls = false;
    int from = nextLine(text, length, 0);
    while (from < length) {
      int next = nextLine(text, length, from);
      switch (keyword(text, from, next)) {
        case "PIPELINING" -> pipelining = true;
        case "SIZE" -> size = true;
        case "8BITMIME" -> eightBitMime = true;
        case "STARTTLS" -> startTls = true;
        case "REQUIRETLS" -> requireTls = true;
        default -> {} // an extension that is of no use here
      }
      from = next;
    }
    return new Extensions(pipelining, size, eightBitMime, startTls, requireTls);
  }

  private static int nextLine(byte[] text, int length, int from) {
    int at = from;
    while (at < length && text[at] != '\n') {
      at++;
    }
    return at + 1;
  }

  /** The word that begins the line; some servers write {@code SIZE=1000}. */
  private static String keyword(byte[] text, int from, int next) {
    int end = from;
    while (end < next - 1 && text[end] != ' ' && text[end] != '=' && end - from < 16) {
      end++;
    }
    return new String(text, from, end - from, StandardCharsets.ISO_8859_1).toUpperCase(Locale.ROOT);
  }
}
