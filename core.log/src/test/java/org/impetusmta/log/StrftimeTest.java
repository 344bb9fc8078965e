package org.impetusmta.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Expected values are what date(1) of GNU prints in the C locale. */
final class StrftimeTest {
  private static long micros(String time) {
    return LocalDateTime.parse(time).toEpochSecond(ZoneOffset.UTC) * 1_000_000L;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = false,
      textBlock =
          """
          %a %A %b %B %h|Fri Friday Jan January Jan
          %c|Fri Jan  1 09:05:07 2010
          %C %d %D %e %F|20 01 01/01/10  1 2010-01-01
          %g %G %V|09 2009 53
          %H %I %j %k %l|09 09 001  9  9
          %m %M %p %P|01 05 AM am
          %r %R %T %S|09:05:07 AM 09:05 09:05:07 07
          %s|1262336707
          %u %w %U %W|5 5 00 00
          %x %X %y %Y|01/01/10 09:05:07 10 2010
          %z %Z %%|+0000 UTC %
          %Ey%Od|1001
          """)
  void conversions(String format, String expected) {
    assertThat(Strftime.of(format, ZoneId.of("UTC")).format(micros("2010-01-01T09:05:07")))
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "2010-01-03T00:00:00, 01 00",
    "2010-01-04T00:00:00, 01 01",
    "2012-01-01T00:00:00, 01 00",
    "2012-12-31T00:00:00, 53 53",
    "2018-01-01T00:00:00, 00 01",
    "2018-12-31T00:00:00, 52 53"
  })
  void weeksOfTheYear(String time, String expected) {
    assertThat(Strftime.of("%U %W", ZoneOffset.UTC).format(micros(time))).isEqualTo(expected);
  }

  @Test
  void aSecondIsWrittenAnewWhenItIsOver() {
    Strftime format = Strftime.of("%S", ZoneOffset.UTC);
    assertThat(format.format(1_999_999)).isEqualTo("01");
    assertThat(format.format(2_000_000)).isEqualTo("02");
    assertThat(format.format(-1)).isEqualTo("59");
  }
}
