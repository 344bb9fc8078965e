package org.impetusmta.bounce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.impetusmta.api.delivery.Stage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RuleSetTest {
  private static final RuleSet RULES =
      RuleSet.parse(
          List.of(
              "# comment",
              "$who = user|mail box",
              "10  5  $who >> unknown|not .. found  # source",
              "20  550,5.7.*  block*",
              "21  *  a & b & !c",
              "22  4@rcpt  busy",
              "40  5.9.*  -"));

  @ParameterizedTest
  @CsvSource(
      delimiter = (char) 0x1F,
      quoteCharacter = (char) 0x1E,
      value = {
        "550 | '' | the User is completely UNKNOWN | 10",
        "550 | '' | mail-box could not ever be found | 10",
        "550 | '' | unknown user | 0",
        "450 | '' | user unknown | 0",
        "550 | '' | user 1 2 3 4 5 6 7 8 9 10 unknown | 0",
        "550 | '' | it is Blocked | 20",
        "554 | '' | blocked | 0",
        "554 | 5.7.1 | blocked | 20",
        "554 | '' | (5.7.1) blocked | 20",
        "554 | '' | b then a | 21",
        "554 | '' | b a c | 0",
        "450 | '' | busy | 22",
        "554 | 5.9.3 | anything | 40"
      })
  void rules(String line) {
    String[] cells = Stream.of(line.split("\\|", -1)).map(String::strip).toArray(String[]::new);
    int found =
        RULES
            .classify(
                Integer.parseInt(cells[0]), cells[1].replace("''", ""), Stage.RCPT_TO, cells[2])
            .map(f -> f.bounceClass().code())
            .orElse(0);
    assertThat(found).isEqualTo(Integer.parseInt(cells[3]));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "10 5",
        "11 5 words",
        "10 5 $nobody",
        "10 7 words",
        "10 5@there words",
        "10 5 a | | b",
        "10 5 ! a",
        "$x words",
        "10 5 *"
      })
  void whatIsNoRuleIsRefusedWithItsLine(String line) {
    assertThatThrownBy(() -> RuleSet.parse(List.of("", line)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("line 2: ");
  }

  @Test
  void hostileTextCostsNoMoreThanItsLength() {
    RuleSet all = RuleClassifier.rules("smtp.rules");
    String text =
        Stream.generate(() -> "user exceeded mailbox not spam relay blocked ")
            .limit(20_000)
            .collect(Collectors.joining());
    assertThat(all.classify(550, "", Stage.UNKNOWN, text)).isPresent();
    assertThat(all.size()).isGreaterThan(80);
  }
}
