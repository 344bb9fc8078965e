package org.impetusmta.delivery.esmtp;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.net.IDN;
import org.impetusmta.api.message.Address;

/**
 * SMTP commands as octets (RFC 5321 section 4.1), written straight into the buffer that goes to the
 * socket. An address goes out as it came in; {@link #printable} and {@link #MAX_PATH} keep one that
 * could break out of its command from getting here. Thread-safety: read-only.
 */
final class Commands {
  /** Octets of a path that are sent; RFC 5321 section 4.5.3.1.3 asks for 256. */
  static final int MAX_PATH = 1024;

  private static final byte[] EHLO = "EHLO ".getBytes(US_ASCII);
  private static final byte[] LHLO = "LHLO ".getBytes(US_ASCII);
  private static final byte[] HELO = "HELO ".getBytes(US_ASCII);
  private static final byte[] MAIL_FROM = "MAIL FROM:<".getBytes(US_ASCII);
  private static final byte[] SIZE = " SIZE=".getBytes(US_ASCII);
  private static final byte[] BODY_8BITMIME = " BODY=8BITMIME".getBytes(US_ASCII);
  private static final byte[] REQUIRETLS = " REQUIRETLS".getBytes(US_ASCII);
  private static final byte[] SMTPUTF8 = " SMTPUTF8".getBytes(US_ASCII);
  private static final byte[] RCPT_TO = "RCPT TO:<".getBytes(US_ASCII);
  private static final byte[] DATA = "DATA\r\n".getBytes(US_ASCII);
  private static final byte[] BDAT = "BDAT ".getBytes(US_ASCII);
  private static final byte[] LAST = " LAST\r\n".getBytes(US_ASCII);
  private static final byte[] DOT = ".\r\n".getBytes(US_ASCII);
  private static final byte[] STARTTLS = "STARTTLS\r\n".getBytes(US_ASCII);
  private static final byte[] RSET = "RSET\r\n".getBytes(US_ASCII);
  private static final byte[] QUIT = "QUIT\r\n".getBytes(US_ASCII);

  private Commands() {}

  /** Whether {@code address} has no character that could break out of its command. */
  static boolean sendable(Address address) {
    return sendable(address.localpart()) && sendable(address.domain());
  }

  /** Whether there is no control character in {@code text} and it can be written in UTF-8. */
  private static boolean sendable(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ' || (c > '~' && c < '\u00a0') || c == '\u2028' || c == '\u2029') {
        return false;
      }
      if (Character.isSurrogate(c)) {
        if (i + 1 == text.length() || !Character.isSurrogatePair(c, text.charAt(++i))) {
          return false;
        }
      }
    }
    return true;
  }

  /** Whether all of {@code text} is ASCII without control characters. */
  static boolean printable(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ' || c > '~') {
        return false;
      }
    }
    return true;
  }

  /** Octets of {@code address} in a command, its domain in the longest form that it can have. */
  static int length(Address address) {
    return ByteBufUtil.utf8Bytes(address.localpart()) + 1 + ByteBufUtil.utf8Bytes(address.domain());
  }

  static void ehlo(ByteBuf out, String hostName) {
    hello(out, EHLO, hostName);
  }

  static void lhlo(ByteBuf out, String hostName) {
    hello(out, LHLO, hostName);
  }

  static void helo(ByteBuf out, String hostName) {
    hello(out, HELO, hostName);
  }

  private static void hello(ByteBuf out, byte[] verb, String hostName) {
    out.writeBytes(verb);
    ByteBufUtil.writeAscii(out, hostName);
    crlf(out);
  }

  /**
   * MAIL FROM, without the end of the line: {@link #endLine} follows, behind more parameters.
   *
   * @param size what to declare with SIZE= (RFC 1870), or -1
   * @param eightBitMime whether to declare BODY=8BITMIME (RFC 6152)
   * @param smtpUtf8 whether to declare SMTPUTF8 (RFC 6531)
   */
  static void mailFrom(
      ByteBuf out, Address sender, int size, boolean eightBitMime, boolean smtpUtf8) {
    out.writeBytes(MAIL_FROM);
    address(out, sender);
    out.writeByte('>');
    if (size >= 0) {
      out.writeBytes(SIZE);
      decimal(out, size);
    }
    if (eightBitMime) {
      out.writeBytes(BODY_8BITMIME);
    }
    if (smtpUtf8) {
      out.writeBytes(SMTPUTF8);
    }
  }

  /** The parameter REQUIRETLS of MAIL FROM (RFC 8689 section 2). */
  static void requireTls(ByteBuf out) {
    out.writeBytes(REQUIRETLS);
  }

  /** RCPT TO, without the end of the line. */
  static void rcptTo(ByteBuf out, Address recipient) {
    out.writeBytes(RCPT_TO);
    address(out, recipient);
    out.writeByte('>');
  }

  static void endLine(ByteBuf out) {
    crlf(out);
  }

  /** The one chunk of a message, {@code octets} long, follows. */
  static void bdatLast(ByteBuf out, int octets) {
    out.writeBytes(BDAT);
    decimal(out, octets);
    out.writeBytes(LAST);
  }

  static void data(ByteBuf out) {
    out.writeBytes(DATA);
  }

  /** The end of mail data that has no line. */
  static void dot(ByteBuf out) {
    out.writeBytes(DOT);
  }

  static void startTls(ByteBuf out) {
    out.writeBytes(STARTTLS);
  }

  static void rset(ByteBuf out) {
    out.writeBytes(RSET);
  }

  static void quit(ByteBuf out) {
    out.writeBytes(QUIT);
  }

  private static void address(ByteBuf out, Address address) {
    if (printable(address.localpart())) {
      ByteBufUtil.writeAscii(out, address.localpart());
    } else {
      ByteBufUtil.writeUtf8(out, address.localpart());
    }
    if (!address.domain().isEmpty()) {
      out.writeByte('@');
      ByteBufUtil.writeAscii(out, asciiDomain(address.domain()));
    }
  }

  /**
   * A domain in ASCII: one with U-labels has its A-labels instead (RFC 5890).
   *
   * @throws IllegalArgumentException where there is no such form
   */
  static String asciiDomain(String domain) {
    return printable(domain) ? domain : IDN.toASCII(domain, IDN.ALLOW_UNASSIGNED);
  }

  private static void decimal(ByteBuf out, int number) {
    if (number >= 10) {
      decimal(out, number / 10);
    }
    out.writeByte('0' + number % 10);
  }

  private static void crlf(ByteBuf out) {
    out.writeShort('\r' << 8 | '\n');
  }
}
