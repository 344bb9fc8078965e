package org.impetusmta.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SanitizerTest {
  private static String sanitized(String steps, String text) {
    LineBuffer line = new LineBuffer();
    Sanitizer.of(steps).append(text, line);
    return new String(line.octets(), 0, line.length(), StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = false,
      quoteCharacter = '\'',
      textBlock =
          """
          special_characters|a\u0007b\tc|a\\ab\\tc
          special_characters|\u0001|\\x01
          special_characters|h\u00fc\\|h\u00fc\\\\
          non_printable|a\u0007b\u00fc|a\\007b\\195\\188
          non_printable,special_characters|\u0007\u0001|\\a\\001
          special_characters,tr/ /_/|a b\tc|a_b\\tc
          tr/a-c/A-C/|abcd|ABCd
          tr/abc/x/|abcd|xxxd
          tr/abc//|abcd|abcd
          tr/a,b/-_/, tr/-/+/|a,b|+__
          tr/\\//!/|a/b|a!b
          tr/-a/_b/|-a|_b
          tr/a-/bc/|-a|cb
          tr/\\a/!/|\u0007|!
          tr/x/y/|\u0007\\|\\x07\\\\
          """)
  void stepsAreCombined(String steps, String text, String expected) {
    assertThat(sanitized(steps, text)).isEqualTo(expected);
  }

  @Test
  void noStepLetsALineBeForged() {
    assertThat(sanitized("tr/a/\\n/", "xay")).isEqualTo("x\\ny");
    assertThat(sanitized("", "x\ny")).isEqualTo("x\\ny");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          special|at 1: found "special", expected special_characters, non_printable or tr/…/…/
          non_printable,tr/a/b|at 21: tr/…/…/ has no end, expected "/"
          tr/a/b/c|at 8: found "c", expected a comma behind tr/…/…/
          tr//x/|at 4: found nothing, expected characters to exchange
          tr/z-a/x/|at 6: the range runs backwards
          """)
  void whatIsNoStepIsRefusedWithItsPlace(String steps, String reason) {
    assertThatThrownBy(() -> Sanitizer.of(steps))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(reason);
  }
}
