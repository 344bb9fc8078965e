package org.impetusmta.core.log;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Scopes;

/**
 * A timestamp as strftime(3) writes it, in the C locale and the server's time zone. Conversions: %a
 * %A %b %B %d %D %e %F %H %I %j %m %M %p %S %T %y %Y %z %Z %s %%; any other stands for itself.
 * Immutable; safe for any thread. Source: conf.ref.timestampformat.
 */
public final class TimestampFormat {
  /** The format where nothing else is said. */
  static final TimestampFormat DEFAULT = new TimestampFormat("[%a %d %b %Y %H:%M:%S]");

  private static volatile TimestampFormat last = DEFAULT;

  private final String format;

  /** How diagnostics are printed. */
  @OptionSet(Scopes.GLOBAL)
  public record Options(
      @Option(
              value = "[%a %d %b %Y %H:%M:%S]",
              doc = "timestamp of diagnostics on stderr and in the console, as strftime(3) has it")
          String timestampformat) {}

  private TimestampFormat(String format) {
    this.format = format;
  }

  /** The format that {@code strftime} says; the one asked for last is kept. */
  static TimestampFormat of(String strftime) {
    TimestampFormat known = last;
    if (!known.format.equals(strftime)) {
      known = new TimestampFormat(strftime);
      last = known;
    }
    return known;
  }

  /** The timestamp, with a blank behind it where the format does not end with one. */
  String format(long millis) {
    var time = Instant.ofEpochMilli(millis).atZone(ZoneId.systemDefault());
    StringBuilder out = new StringBuilder(format.length() + 16);
    for (int i = 0; i < format.length(); i++) {
      char c = format.charAt(i);
      if (c != '%' || i + 1 == format.length()) {
        out.append(c);
        continue;
      }
      char conversion = format.charAt(++i);
      String pattern = pattern(conversion);
      if (!pattern.isEmpty()) {
        out.append(DateTimeFormatter.ofPattern(pattern, Locale.US).format(time));
      } else if (conversion == 's') {
        out.append(millis / 1000);
      } else if (conversion == 'e') {
        out.append(time.getDayOfMonth() < 10 ? " " : "").append(time.getDayOfMonth());
      } else if (conversion == '%') {
        out.append('%');
      } else {
        out.append('%').append(conversion);
      }
    }
    if (out.isEmpty() || out.charAt(out.length() - 1) != ' ') {
      out.append(' ');
    }
    return out.toString();
  }

  private static String pattern(char conversion) {
    return switch (conversion) {
      case 'a' -> "EEE";
      case 'A' -> "EEEE";
      case 'b', 'h' -> "MMM";
      case 'B' -> "MMMM";
      case 'd' -> "dd";
      case 'D' -> "MM/dd/yy";
      case 'F' -> "uuuu-MM-dd";
      case 'H' -> "HH";
      case 'I' -> "hh";
      case 'j' -> "DDD";
      case 'm' -> "MM";
      case 'M' -> "mm";
      case 'p' -> "a";
      case 'S' -> "ss";
      case 'T' -> "HH:mm:ss";
      case 'y' -> "yy";
      case 'Y' -> "uuuu";
      case 'z' -> "xx";
      case 'Z' -> "zzz";
      default -> "";
    };
  }
}
