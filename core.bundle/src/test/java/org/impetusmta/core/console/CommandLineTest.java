package org.impetusmta.core.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CommandLineTest {
  static Stream<Arguments> lines() {
    return Stream.of(
        Arguments.of("", List.of()),
        Arguments.of("  \t ", List.of()),
        Arguments.of("summary", List.of("summary")),
        Arguments.of("  message\tdetails  x ", List.of("message", "details", "x")),
        Arguments.of("a \"b c\" d", List.of("a", "b c", "d")),
        Arguments.of("a 'b \"c' d", List.of("a", "b \"c", "d")),
        Arguments.of("a\"b\"'c'd", List.of("abcd")),
        Arguments.of("a \"\" ''", List.of("a", "", "")),
        Arguments.of("a\\ b \\\"c", List.of("a b", "\"c")),
        Arguments.of("\"a\\\"b\\\\c\\.d\"", List.of("a\"b\\c\\.d")),
        Arguments.of("'a\\'", List.of("a\\")),
        Arguments.of("größe \"ü ü\"", List.of("größe", "ü ü")));
  }

  @ParameterizedTest
  @MethodSource("lines")
  void splitsIntoWords(String line, List<String> words) {
    CommandLine parsed = CommandLine.parse(line);
    assertThat(parsed.arguments(0)).isEqualTo(words);
    assertThat(parsed.open()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"a \"b", "a 'b", "a\\", "\"a\\\""})
  void knowsWhatIsOpen(String line) {
    assertThat(CommandLine.parse(line).open()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a", "a b", "a\"b", "a\\b", "'", "\\", "tab\there"})
  void readsWhatItQuotes(String word) {
    assertThat(CommandLine.parse(CommandLine.quote(word)).arguments(0)).containsExactly(word);
  }

  @Test
  void keepsTheTextAsTyped() {
    CommandLine line = CommandLine.parse(" config  set  x \"a  b\"  ");
    assertThat(line.textAfter(2)).isEqualTo("x \"a  b\"");
    assertThat(line.textAfter(0)).isEqualTo("config  set  x \"a  b\"");
    assertThat(line.arguments(2)).containsExactly("x", "a  b");
  }
}
