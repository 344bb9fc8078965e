package org.impetusmta.core.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.LocalDateTime;
import java.time.ZoneId;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TimestampFormatTest {
  private static final long MICROS =
      1000
              * LocalDateTime.of(2003, 11, 30, 10, 31, 37)
                  .atZone(ZoneId.systemDefault())
                  .toInstant()
                  .toEpochMilli()
          + 482_915;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "[%a %d %b %Y %H:%M:%S]|[Sun 30 Nov 2003 10:31:37]",
        "[%a %d %b %Y %H:%M:%S] |[Sun 30 Nov 2003 10:31:37] ",
        "%F %T|2003-11-30 10:31:37",
        "%e.%m.%y %I %p %j %%|30.11.03 10 AM 334 %",
        "%A %B %D|Sunday November 11/30/03",
        "%Q%|%Q%",
      })
  void writesAsStrftimeDoes(String format, String expected) {
    assertThat(new TimestampFormat(format, false).format(MICROS)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "[%a %d %b %Y %H:%M:%S] |[Sun 30 Nov 2003 10:31:37.482915] ",
        "%F %T|2003-11-30 10:31:37.482915",
        "%H:%M|10:31",
      })
  void secondsHaveAFractionWhereItIsAskedFor(String format, String expected) {
    assertThat(new TimestampFormat(format, true).format(MICROS)).isEqualTo(expected);
  }
}
