package org.impetusmta.api.message;

import java.util.HexFormat;

/**
 * The identity of a message, a batch or a connection, written {@code 00/00-25004-31B987F3}: two
 * bytes of counter, five decimal digits of process number, four bytes of time in seconds since
 * 1970. Hexadecimal digits run from the least significant to the most (0x4AC1DD6C is written
 * C6DD1CA4).
 *
 * <p>Packed into 64 bits: counter (16), process (16), seconds (32). Immutable; safe for any thread.
 * Source: log_formats.mainlog.
 */
public record MessageId(long bits) implements Comparable<MessageId> {
  /** No message: the connection id of mail that no connection brought, for example. */
  public static final MessageId NONE = new MessageId(0);

  /** Characters of the written form. */
  public static final int LENGTH = 20;

  private static final char[] HEX = "0123456789ABCDEF".toCharArray();

  /**
   * Composes an id of {@code counter} (16 bits used), {@code process} (16 bits used) and {@code
   * seconds} (32 bits used).
   */
  public static MessageId of(int counter, int process, long seconds) {
    return new MessageId(
        (counter & 0xFFFFL) << 48 | (process & 0xFFFFL) << 32 | (seconds & 0xFFFFFFFFL));
  }

  /**
   * Reads the written form.
   *
   * @throws IllegalArgumentException when {@code text} is not {@code HH/HH-DDDDD-HHHHHHHH}
   */
  public static MessageId parse(String text) {
    if (text.length() != LENGTH
        || text.charAt(2) != '/'
        || text.charAt(5) != '-'
        || text.charAt(11) != '-') {
      throw new IllegalArgumentException("not a message id: " + text);
    }
    int counter = (int) reversedHex(text, 0, 2) | (int) reversedHex(text, 3, 2) << 8;
    int process = 0;
    for (int i = 6; i < 11; i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        throw new IllegalArgumentException("not a message id: " + text);
      }
      process = process * 10 + digit;
    }
    if (process > 0xFFFF) {
      throw new IllegalArgumentException("process number out of range in message id: " + text);
    }
    return of(counter, process, reversedHex(text, 12, 8));
  }

  private static long reversedHex(String text, int from, int digits) {
    long value = 0;
    for (int i = from + digits - 1; i >= from; i--) {
      if (!HexFormat.isHexDigit(text.charAt(i))) {
        throw new IllegalArgumentException("not a message id: " + text);
      }
      value = value << 4 | HexFormat.fromHexDigit(text.charAt(i));
    }
    return value;
  }

  /** The two bytes of counter. */
  public int counter() {
    return (int) (bits >>> 48);
  }

  /** The process number, 0 to 65535. */
  public int process() {
    return (int) (bits >>> 32) & 0xFFFF;
  }

  /** Seconds since 1970. */
  public long seconds() {
    return bits & 0xFFFFFFFFL;
  }

  @Override
  public int compareTo(MessageId other) {
    return Long.compareUnsigned(bits, other.bits);
  }

  @Override
  public String toString() {
    byte[] out = new byte[LENGTH];
    write(out, 0);
    return new String(out, java.nio.charset.StandardCharsets.ISO_8859_1);
  }

  /** Writes the {@value #LENGTH} characters of the written form at {@code offset}. */
  public void write(byte[] out, int offset) {
    int counter = counter();
    hex(out, offset, counter & 0xFF, 2);
    out[offset + 2] = '/';
    hex(out, offset + 3, counter >>> 8, 2);
    out[offset + 5] = '-';
    int process = process();
    for (int i = 10; i >= 6; i--) {
      out[offset + i] = (byte) ('0' + process % 10);
      process /= 10;
    }
    out[offset + 11] = '-';
    hex(out, offset + 12, seconds(), 8);
  }

  private static void hex(byte[] out, int offset, long value, int digits) {
    for (int i = 0; i < digits; i++) {
      out[offset + i] = (byte) HEX[(int) (value >>> (4 * i)) & 15];
    }
  }
}
