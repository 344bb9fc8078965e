package org.impetusmta.log;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * How text that users supply comes into a custom log. Steps are separated by commas and may be
 * combined: {@code special_characters} writes control characters as C does ({@code \n}, {@code
 * \a}), a backslash twice; {@code non_printable} writes all that is not printable ASCII as the
 * three decimal digits of each octet, {@code \007}; {@code tr/abc/xyz/} exchanges characters, with
 * ranges, where the last one of a shorter right side stands for all that follow.
 *
 * <p>Without a step, and for what the steps leave, text is escaped as {@link LineBuffer#text} does,
 * so that it can forge no line. Immutable; safe for any thread. Source: modules.custom_logger,
 * sanitize.
 */
public final class Sanitizer {
  /** Escapes as {@link LineBuffer#text} does. */
  public static final Sanitizer PLAIN = new Sanitizer(false, false, List.of());

  private final boolean specialCharacters;
  private final boolean nonPrintable;
  private final List<Exchange> exchanges;

  /** {@code tr/FROM/TO/}; code points. */
  private record Exchange(List<Integer> from, List<Integer> to) {
    int of(int point) {
      int at = from.indexOf(point);
      return at < 0 ? point : to.get(Math.min(at, to.size() - 1));
    }
  }

  private Sanitizer(boolean specialCharacters, boolean nonPrintable, List<Exchange> exchanges) {
    this.specialCharacters = specialCharacters;
    this.nonPrintable = nonPrintable;
    this.exchanges = List.copyOf(exchanges);
  }

  /**
   * Reads what the option says.
   *
   * @throws IllegalArgumentException with what is wrong with it and where
   */
  public static Sanitizer of(String text) {
    boolean special = false;
    boolean printable = false;
    List<Exchange> exchanges = new ArrayList<>();
    int at = 0;
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == ',' || c == ' ') {
        at++;
      } else if (text.startsWith("tr/", at)) {
        at = exchange(text, at + 3, exchanges);
      } else {
        int end = text.indexOf(',', at);
        String word = text.substring(at, end < 0 ? text.length() : end).strip();
        switch (word) {
          case "special_characters" -> special = true;
          case "non_printable" -> printable = true;
          default ->
              throw new IllegalArgumentException(
                  "at %d: found \"%s\", expected special_characters, non_printable or tr/…/…/"
                      .formatted(at + 1, word));
        }
        at = end < 0 ? text.length() : end;
      }
    }
    return new Sanitizer(special, printable, exchanges);
  }

  private static int exchange(String text, int begin, List<Exchange> exchanges) {
    List<Integer> from = new ArrayList<>();
    List<Integer> to = new ArrayList<>();
    int at = side(text, side(text, begin, from), to);
    if (from.isEmpty()) {
      throw new IllegalArgumentException(
          "at %d: found nothing, expected characters to exchange".formatted(begin + 1));
    }
    exchanges.add(new Exchange(List.copyOf(from), List.copyOf(to.isEmpty() ? from : to)));
    if (at < text.length() && text.charAt(at) != ',') {
      throw new IllegalArgumentException(
          "at %d: found \"%s\", expected a comma behind tr/…/…/"
              .formatted(at + 1, text.substring(at)));
    }
    return at;
  }

  /** Reads up to the next {@code /}; where it goes on. */
  private static int side(String text, int begin, List<Integer> points) {
    boolean range = false;
    int at = begin;
    while (at < text.length()) {
      int point = text.codePointAt(at);
      at += Character.charCount(point);
      boolean escaped = point == '\\' && at < text.length();
      if (point == '/') {
        if (range) {
          points.add((int) '-');
        }
        return at;
      }
      if (escaped) {
        point = text.codePointAt(at);
        at += Character.charCount(point);
        point = escape(point);
      }
      if (range) {
        int first = points.getLast();
        if (point < first || point - first > 0xFFFF) {
          throw new IllegalArgumentException("at %d: the range runs backwards".formatted(at));
        }
        for (int next = first + 1; next <= point; next++) {
          points.add(next);
        }
        range = false;
      } else if (point == '-' && !escaped && !points.isEmpty()) {
        range = true;
      } else {
        points.add(point);
      }
    }
    throw new IllegalArgumentException(
        "at %d: tr/…/…/ has no end, expected \"/\"".formatted(text.length() + 1));
  }

  private static int escape(int point) {
    return switch (point) {
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'f' -> '\f';
      case 'a' -> 7;
      case 'b' -> '\b';
      case 'v' -> 11;
      case '0' -> 0;
      default -> point;
    };
  }

  /** Writes text of users. */
  public void append(String text, LineBuffer line) {
    if (exchanges.isEmpty() && !specialCharacters && !nonPrintable) {
      line.text(text);
      return;
    }
    for (int at = 0; at < text.length(); ) {
      int point = text.codePointAt(at);
      at += Character.charCount(point);
      for (Exchange exchange : exchanges) {
        point = exchange.of(point);
      }
      if (!(specialCharacters && special(point, line)) && !(nonPrintable && decimal(point, line))) {
        line.text(point);
      }
    }
  }

  private static boolean special(int point, LineBuffer line) {
    String written =
        switch (point) {
          case 7 -> "\\a";
          case '\b' -> "\\b";
          case '\t' -> "\\t";
          case '\n' -> "\\n";
          case 11 -> "\\v";
          case '\f' -> "\\f";
          case '\r' -> "\\r";
          case '\\' -> "\\\\";
          default -> "";
        };
    line.ascii(written);
    return !written.isEmpty();
  }

  private static boolean decimal(int point, LineBuffer line) {
    if (point >= ' ' && point < 0x7F) {
      return false;
    }
    for (byte octet : Character.toString(point).getBytes(StandardCharsets.UTF_8)) {
      line.ascii('\\').digits(octet & 0xFF, 3);
    }
    return true;
  }
}
