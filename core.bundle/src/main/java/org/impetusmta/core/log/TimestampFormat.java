package org.impetusmta.core.log;

import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Scopes;
import org.impetusmta.api.log.LogEvent;

/**
 * A timestamp as strftime(3) writes it, in the C locale and the server's time zone. Conversions: %a
 * %A %b %B %d %D %e %F %H %I %j %m %M %p %S %T %y %Y %z %Z %s %%; any other stands for itself.
 * Immutable; safe for any thread. Source: conf.ref.timestampformat, ref-log-hires-timestamp of the
 * newer manual.
 */
public final class TimestampFormat {
  static final String AS_THE_MANUAL = "[%a %d %b %Y %H:%M:%S] ";

  /** The format where nothing else is said. */
  static final TimestampFormat DEFAULT = new TimestampFormat(AS_THE_MANUAL, false);

  private final String format;
  private final boolean fraction;

  /** How times are printed. */
  @OptionSet(Scopes.GLOBAL)
  record Options(
      @Option(
              value = AS_THE_MANUAL,
              doc = "Timestamp of diagnostics on stderr and in the console, as strftime(3) has it")
          String timestampformat,
      @Option(
              value = "false",
              dynamic = false,
              doc = "Whether logs have microseconds: 16 digits, and a fraction behind %S and %T")
          boolean logHiresTimestamp) {}

  /**
   * @param fraction whether six digits follow the seconds
   */
  TimestampFormat(String strftime, boolean fraction) {
    this.format = strftime;
    this.fraction = fraction;
  }

  /** The timestamp of a time in microseconds since 1970. */
  String format(long micros) {
    var time = LogEvent.instant(micros).atZone(ZoneId.systemDefault());
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
        if (fraction && (conversion == 'S' || conversion == 'T')) {
          long micro = Math.floorMod(micros, 1_000_000L);
          out.append('.').append(String.format(Locale.ROOT, "%06d", micro));
        }
      } else if (conversion == 's') {
        out.append(Math.floorDiv(micros, 1_000_000L));
      } else if (conversion == 'e') {
        out.append(time.getDayOfMonth() < 10 ? " " : "").append(time.getDayOfMonth());
      } else if (conversion == '%') {
        out.append('%');
      } else {
        out.append('%').append(conversion);
      }
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
