package org.impetusmta.log;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.impetusmta.api.message.MessageId;

/**
 * Lines of a log as octets, formatted in place: no String is made for a line. Text that may come
 * from the network is written so that it can forge neither a line nor a field:
 *
 * <ul>
 *   <li>a backslash is written {@code \\}, LF {@code \n}, CR {@code \r}, TAB {@code \t};
 *   <li>any other control character, line separator or invisible format character is written as its
 *       UTF-8 octets, {@code \xHH} each;
 *   <li>in a {@link #field}, {@code @} is written {@code \x40}, so that splitting a line at
 *       {@code @} always finds every field in its place;
 *   <li>in a {@link #quoted} value, {@code "} is written {@code \"}.
 * </ul>
 *
 * <p>Everything else is UTF-8. Thread-safety: single.
 */
public final class LineBuffer {
  private static final int INITIAL = 96 * 1024;
  private static final byte[] HEX = "0123456789ABCDEF".getBytes(StandardCharsets.US_ASCII);
  private static final int NO_DELIMITER = -1;

  private byte[] octets = new byte[INITIAL];
  private int length;
  private boolean fine;

  /** Whether times have microseconds ({@code log_hires_timestamp}). */
  public void fine(boolean microseconds) {
    fine = microseconds;
  }

  /** The octets; those from {@link #length} on are none of the text's. */
  public byte[] octets() {
    return octets;
  }

  /** Octets that were written and not yet discarded. */
  public int length() {
    return length;
  }

  /** Forgets the first {@code count} octets. */
  public void discard(int count) {
    length -= count;
    if (length == 0 && octets.length > 8 * INITIAL) {
      octets = new byte[INITIAL]; // the disk had refused for a while
    } else {
      System.arraycopy(octets, count, octets, 0, length);
    }
  }

  /** One printable ASCII character of our own, or LF. */
  public LineBuffer ascii(char c) {
    ensure(1);
    octets[length++] = (byte) c;
    return this;
  }

  /** Our own text, printable ASCII. */
  @SuppressWarnings("deprecation") // the copy of low bytes is what ASCII needs
  public LineBuffer ascii(String text) {
    int count = text.length();
    ensure(count);
    text.getBytes(0, count, octets, length);
    length += count;
    return this;
  }

  /** An id of a message, batch or connection, as it is printed everywhere. */
  public LineBuffer id(MessageId id) {
    ensure(MessageId.LENGTH);
    id.write(octets, length);
    length += MessageId.LENGTH;
    return this;
  }

  /** A whole number without grouping. */
  public LineBuffer decimal(long number) {
    if (number < 0) {
      return number == Long.MIN_VALUE ? ascii("-9223372036854775808") : ascii('-').decimal(-number);
    }
    int digits = 1;
    for (long rest = number; rest >= 10; rest /= 10) {
      digits++;
    }
    return digits(number, digits);
  }

  /** The last {@code count} decimal digits of {@code number}, zeros in front. */
  public LineBuffer digits(long number, int count) {
    ensure(count);
    length += count;
    long rest = number;
    for (int at = length - 1; at >= length - count; at--) {
      octets[at] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    return this;
  }

  /** Microseconds since 1970 as whole seconds, 10 digits, or all 16 of them. */
  public LineBuffer time(long micros) {
    return decimal(fine ? micros : Math.floorDiv(micros, 1_000_000L));
  }

  /** A field that another one follows. */
  public LineBuffer field(String text) {
    return escaped(text, '@');
  }

  /** Text up to the end of the line. */
  public LineBuffer text(String text) {
    return escaped(text, NO_DELIMITER);
  }

  /** One character of a text, as {@link #text(String)} writes it. */
  public LineBuffer text(int point) {
    if (point >= 0x80) {
      beyondAscii(point);
    } else if (point >= ' ' && point < 0x7F && point != '\\') {
      ascii((char) point);
    } else {
      unusual((char) point);
    }
    return this;
  }

  /** Text of our own as UTF-8, as it is. */
  public LineBuffer octets(byte[] text) {
    return octets(text, text.length);
  }

  /** The first {@code count} octets of {@code text}, escaped already. */
  public LineBuffer octets(byte[] text, int count) {
    ensure(count);
    System.arraycopy(text, 0, octets, length, count);
    length += count;
    return this;
  }

  /** Text in double quotes. */
  public LineBuffer quoted(String text) {
    return ascii('"').escaped(text, '"').ascii('"');
  }

  /**
   * Text in which, besides what is always escaped, each of some printable ASCII characters is
   * written {@code \xHH}: those that end a field in the format of another server.
   */
  public LineBuffer without(String unwanted, String text) {
    int from = 0;
    for (int i = 0; i < text.length(); i++) {
      if (unwanted.indexOf(text.charAt(i)) >= 0) {
        escaped(text.substring(from, i), NO_DELIMITER).hex((byte) text.charAt(i));
        from = i + 1;
      }
    }
    return escaped(from == 0 ? text : text.substring(from), NO_DELIMITER);
  }

  private LineBuffer escaped(String text, int delimiter) {
    int count = text.length();
    ensure(count);
    for (int i = 0; i < count; i++) {
      char c = text.charAt(i);
      if (c >= ' ' && c < 0x7F && c != '\\' && c != delimiter) {
        if (length == octets.length) {
          ensure(count - i);
        }
        octets[length++] = (byte) c;
      } else if (c < 0x80) {
        unusual(c);
      } else {
        int point = text.codePointAt(i);
        beyondAscii(point);
        i += Character.charCount(point) - 1;
      }
    }
    return this;
  }

  private void unusual(char c) {
    switch (c) {
      case '\\' -> ascii("\\\\");
      case '\n' -> ascii("\\n");
      case '\r' -> ascii("\\r");
      case '\t' -> ascii("\\t");
      case '"' -> ascii("\\\"");
      default -> hex((byte) c);
    }
  }

  private void beyondAscii(int point) {
    byte[] utf8 =
        Character.getType(point) == Character.SURROGATE
            ? new byte[] {(byte) 0xEF, (byte) 0xBF, (byte) 0xBD}
            : Character.toString(point).getBytes(StandardCharsets.UTF_8);
    boolean visible =
        switch (Character.getType(point)) {
          case Character.CONTROL,
              Character.FORMAT,
              Character.LINE_SEPARATOR,
              Character.PARAGRAPH_SEPARATOR ->
              false;
          default -> true;
        };
    for (byte octet : utf8) {
      if (visible) {
        ensure(1);
        octets[length++] = octet;
      } else {
        hex(octet);
      }
    }
  }

  private void hex(byte octet) {
    ensure(4);
    octets[length++] = '\\';
    octets[length++] = 'x';
    octets[length++] = HEX[(octet >> 4) & 15];
    octets[length++] = HEX[octet & 15];
  }

  private void ensure(int more) {
    if (octets.length - length < more) {
      octets = Arrays.copyOf(octets, Math.max(octets.length * 2, length + more));
    }
  }
}
