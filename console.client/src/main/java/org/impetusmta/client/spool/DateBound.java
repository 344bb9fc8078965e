package org.impetusmta.client.spool;

import java.time.LocalDateTime;
import java.time.YearMonth;
import java.time.ZoneId;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * The argument of {@code --start_date} and {@code --end_date}: the beginning of a date as it is
 * shown ({@code 2026-11}, {@code 2026-11-25 14}), or, if it is none, a regular expression for dates
 * as they are shown, where the earliest or latest date in the spool that it matches counts.
 *
 * <p>Thread-safety: none.
 */
final class DateBound {
  private static final Pattern DATE =
      Pattern.compile(
          "\\^?(\\d{4})(?:-(\\d\\d)(?:-(\\d\\d)(?:["
              + " T](\\d\\d)(?::(\\d\\d)(?::(\\d\\d))?)?)?)?)?\\$?");

  private final boolean start;
  private final @Nullable Pattern pattern;

  /** Milliseconds since 1970; empty while nothing that the pattern matches was seen. */
  private Optional<Long> bound;

  private DateBound(boolean start, @Nullable Pattern pattern, Optional<Long> bound) {
    this.start = start;
    this.pattern = pattern;
    this.bound = bound;
  }

  /**
   * Reads the argument.
   *
   * @throws PatternSyntaxException when it is neither a date nor an expression
   */
  static DateBound of(String argument, boolean start) {
    Matcher date = DATE.matcher(argument);
    if (date.matches()) {
      try {
        return new DateBound(start, null, Optional.of(millis(date, start)));
      } catch (java.time.DateTimeException e) {
        return new DateBound(start, Pattern.compile(argument), Optional.empty());
      }
    }
    return new DateBound(start, Pattern.compile(argument), Optional.empty());
  }

  /** The first moment of what the date says, or the last one. */
  private static long millis(Matcher date, boolean start) {
    int year = Integer.parseInt(date.group(1));
    int month = part(date, 2, start ? 1 : 12);
    LocalDateTime time =
        LocalDateTime.of(
            year,
            month,
            part(date, 3, start ? 1 : YearMonth.of(year, month).lengthOfMonth()),
            part(date, 4, start ? 0 : 23),
            part(date, 5, start ? 0 : 59),
            part(date, 6, start ? 0 : 59));
    long first = time.atZone(ZoneId.systemDefault()).toInstant().toEpochMilli();
    return start ? first : first + 999;
  }

  private static int part(Matcher date, int group, int otherwise) {
    String digits = date.group(group);
    return digits == null ? otherwise : Integer.parseInt(digits);
  }

  /** Whether every message must be {@link #see}n before {@link #admits} can tell. */
  boolean isPattern() {
    return pattern != null;
  }

  /** Takes note of a date in the spool. */
  void see(long millis, String shown) {
    if (pattern != null && pattern.matcher(shown).find()) {
      long other = bound.orElse(millis);
      bound = Optional.of(start ? Math.min(other, millis) : Math.max(other, millis));
    }
  }

  boolean admits(long millis) {
    return bound.isPresent() && (start ? millis >= bound.get() : millis <= bound.get());
  }
}
