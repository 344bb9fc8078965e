package org.impetusmta.listener.esmtp;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** What the verbs ask of the octets of a command line, which is without its CR LF. */
final class CommandLine {
  static final int HELO = 'H' << 24 | 'E' << 16 | 'L' << 8 | 'O';
  static final int EHLO = 'E' << 24 | 'H' << 16 | 'L' << 8 | 'O';
  static final int MAIL = 'M' << 24 | 'A' << 16 | 'I' << 8 | 'L';
  static final int RCPT = 'R' << 24 | 'C' << 16 | 'P' << 8 | 'T';
  static final int DATA = 'D' << 24 | 'A' << 16 | 'T' << 8 | 'A';
  static final int RSET = 'R' << 24 | 'S' << 16 | 'E' << 8 | 'T';
  static final int AUTH = 'A' << 24 | 'U' << 16 | 'T' << 8 | 'H';
  static final int BDAT = 'B' << 24 | 'D' << 16 | 'A' << 8 | 'T';
  static final int QUIT = 'Q' << 24 | 'U' << 16 | 'I' << 8 | 'T';

  private CommandLine() {}

  /** The verb in capitals as a number; 0 when it has not four letters. */
  static int verb(byte[] line, int length) {
    if (length < 4 || (length > 4 && line[4] != ' ')) {
      return 0;
    }
    return (line[0] & 0xDF) << 24
        | (line[1] & 0xDF) << 16
        | (line[2] & 0xDF) << 8
        | (line[3] & 0xDF);
  }

  /**
   * Where the path begins behind {@code MAIL FROM:} or {@code RCPT TO:}; the end when it is not
   * that.
   */
  static int pathStart(byte[] line, int length, String word) {
    int at = 4;
    for (int i = 0; i < word.length(); i++, at++) {
      int octet = at < length ? line[at] : -1;
      int capital = octet >= 'a' && octet <= 'z' ? octet - 32 : octet;
      if (capital != word.charAt(i)) {
        return length;
      }
    }
    while (at < length && line[at] == ' ') {
      at++;
    }
    return at;
  }

  /** Whether there is nothing but printable ASCII, blanks and, where blanks are ignored, tabs. */
  static boolean printable(byte[] line, int length) {
    for (int i = 0; i < length; i++) {
      if ((line[i] < ' ' || line[i] > '~') && line[i] != '\t') {
        return false;
      }
    }
    return true;
  }

  static boolean nonAscii(byte[] line, int length) {
    for (int i = 0; i < length; i++) {
      if (line[i] < 0) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether octets above 127 in it are UTF-8 (RFC 6531 section 3.3), without control characters and
   * line ends.
   */
  static boolean isUtf8(byte[] line, int length) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(line, 0, length))
          .chars()
          .noneMatch(c -> c != '\t' && isControl(c));
    } catch (CharacterCodingException wrong) {
      return false;
    }
  }

  /** Whether it is a control character or ends a line or paragraph. */
  static boolean isControl(int c) {
    return Character.isISOControl(c) || c == 0x2028 || c == 0x2029;
  }

  /** The whole line; octets above 127 are UTF-8. */
  static String text(byte[] line, int length) {
    return nonAscii(line, length)
        ? new String(line, 0, length, StandardCharsets.UTF_8)
        : text(line, 0, length);
  }

  static String text(byte[] line, int from, int to) {
    return new String(line, from, to - from, StandardCharsets.ISO_8859_1);
  }
}
