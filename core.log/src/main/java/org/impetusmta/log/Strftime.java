package org.impetusmta.log;

import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoField;
import java.time.temporal.IsoFields;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.impetusmta.api.log.LogEvent;

/**
 * Times as strftime(3) of POSIX writes them, in the C locale and the time zone given. The text of a
 * second is made once. Immutable but for that; safe for any thread.
 */
public final class Strftime {
  private final List<Function<ZonedDateTime, String>> parts;
  private final ZoneId zone;
  private volatile Second last = new Second(Long.MIN_VALUE, new byte[0]);

  /** Immutable. */
  private static final class Second {
    private final long second;
    private final byte[] text;

    Second(long second, byte[] text) {
      this.second = second;
      this.text = text;
    }
  }

  private Strftime(List<Function<ZonedDateTime, String>> parts, ZoneId zone) {
    this.parts = parts;
    this.zone = zone;
  }

  /**
   * Reads a format.
   *
   * @throws IllegalArgumentException where a conversion is unknown
   */
  public static Strftime of(String format, ZoneId zone) {
    List<Function<ZonedDateTime, String>> parts = new ArrayList<>();
    StringBuilder literal = new StringBuilder();
    for (int i = 0; i < format.length(); i++) {
      char c = format.charAt(i);
      if (c != '%') {
        literal.append(c);
        continue;
      }
      i++;
      if (i < format.length() && (format.charAt(i) == 'E' || format.charAt(i) == 'O')) {
        i++; // alternative forms are the same in the C locale
      }
      if (i >= format.length()) {
        throw new IllegalArgumentException("the time format \"" + format + "\" ends within %");
      }
      char conversion = format.charAt(i);
      switch (conversion) {
        case '%' -> literal.append('%');
        case 't' -> literal.append('\t');
        default -> {
          flush(literal, parts);
          parts.add(conversion(conversion, format));
        }
      }
    }
    flush(literal, parts);
    return new Strftime(List.copyOf(parts), zone);
  }

  private static void flush(StringBuilder literal, List<Function<ZonedDateTime, String>> parts) {
    if (!literal.isEmpty()) {
      String text = literal.toString();
      parts.add(_ -> text);
      literal.setLength(0);
    }
  }

  private static Function<ZonedDateTime, String> conversion(char conversion, String format) {
    return switch (conversion) {
      case 'a' -> pattern("EEE");
      case 'A' -> pattern("EEEE");
      case 'b', 'h' -> pattern("MMM");
      case 'B' -> pattern("MMMM");
      case 'c' -> time -> clock("EEE MMM ", time) + day(time) + clock(" HH:mm:ss uuuu", time);
      case 'C' -> time -> two(time.getYear() / 100);
      case 'd' -> pattern("dd");
      case 'D', 'x' -> pattern("MM/dd/yy");
      case 'e' -> Strftime::day;
      case 'F' -> pattern("uuuu-MM-dd");
      case 'g' -> time -> two(time.get(IsoFields.WEEK_BASED_YEAR) % 100);
      case 'G' -> time -> Integer.toString(time.get(IsoFields.WEEK_BASED_YEAR));
      case 'H' -> pattern("HH");
      case 'I' -> pattern("hh");
      case 'j' -> pattern("DDD");
      case 'k' -> time -> blank(time.getHour());
      case 'l' -> time -> blank(time.get(ChronoField.CLOCK_HOUR_OF_AMPM));
      case 'm' -> pattern("MM");
      case 'M' -> pattern("mm");
      case 'p' -> pattern("a");
      case 'P' -> time -> pattern("a").apply(time).toLowerCase(Locale.ROOT);
      case 'r' -> pattern("hh:mm:ss a");
      case 'R' -> pattern("HH:mm");
      case 's' -> time -> Long.toString(time.toEpochSecond());
      case 'S' -> pattern("ss");
      case 'T', 'X' -> pattern("HH:mm:ss");
      case 'u' -> time -> Integer.toString(time.getDayOfWeek().getValue());
      case 'U' -> time -> two((time.getDayOfYear() + 6 - time.getDayOfWeek().getValue() % 7) / 7);
      case 'V' -> time -> two(time.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR));
      case 'w' -> time -> Integer.toString(time.getDayOfWeek().getValue() % 7);
      case 'W' -> time -> two((time.getDayOfYear() + 7 - time.getDayOfWeek().getValue()) / 7);
      case 'y' -> pattern("yy");
      case 'Y' -> pattern("uuuu");
      case 'z' -> pattern("xx");
      case 'Z' -> pattern("zzz");
      default ->
          throw new IllegalArgumentException(
              "the time format \"" + format + "\" has an unknown conversion %" + conversion);
    };
  }

  private static Function<ZonedDateTime, String> pattern(String pattern) {
    return DateTimeFormatter.ofPattern(pattern, Locale.US)::format;
  }

  private static String clock(String pattern, ZonedDateTime time) {
    return pattern(pattern).apply(time);
  }

  private static String day(ZonedDateTime time) {
    return blank(time.getDayOfMonth());
  }

  private static String blank(int number) {
    return (number < 10 ? " " : "") + number;
  }

  private static String two(int number) {
    return (number < 10 ? "0" : "") + number;
  }

  /** The text of a time in microseconds since 1970. */
  public String format(long micros) {
    return new String(text(micros), StandardCharsets.UTF_8);
  }

  /** Writes a time in microseconds since 1970 as it is, without escaping. */
  public void append(long micros, LineBuffer line) {
    line.octets(text(micros));
  }

  private byte[] text(long micros) {
    long second = Math.floorDiv(micros, 1_000_000L);
    Second known = last;
    if (known.second != second) {
      ZonedDateTime time = LogEvent.instant(micros).atZone(zone);
      StringBuilder text = new StringBuilder();
      parts.forEach(part -> text.append(part.apply(time)));
      known = new Second(second, text.toString().getBytes(StandardCharsets.UTF_8));
      last = known;
    }
    return known.text;
  }
}
