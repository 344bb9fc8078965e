package org.impetusmta.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.impetusmta.api.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The configuration examples of the seed documents, in {@code seeds/}: NUMBER.conf with the modern
 * form that it is read as beside it, or with what it is refused for.
 */
class SeedsTest {
  private static final Path SEEDS = Path.of("src/test/resources/org/impetusmta/core/config/seeds");

  static Stream<String> examples() throws IOException {
    try (Stream<Path> files = Files.list(SEEDS)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".conf"))
          .map(name -> name.substring(0, name.length() - ".conf".length()))
          .sorted()
          .toList()
          .stream();
    }
  }

  @ParameterizedTest
  @MethodSource("examples")
  void isReadAsTheModernForm(String example) throws Exception {
    String old = Files.readString(SEEDS.resolve(example + ".conf"));
    Path refused = SEEDS.resolve(example + ".refused");
    if (Files.exists(refused)) {
      assertThatThrownBy(() -> Migration.of("f", old))
          .isInstanceOf(ConfigException.class)
          .hasMessage(Files.readString(refused).strip());
      return;
    }
    String modern = Files.readString(SEEDS.resolve(example + ".modern"));
    Migration migration = Migration.of("f", old);
    assertThat(migration.text()).isEqualTo(modern);
    assertThat(read(old)).isEqualTo(read(modern));
    assertThat(Migration.of("f", modern)).isEqualTo(new Migration(modern, List.of()));
  }

  @Test
  void thereAreAllOfThem() throws IOException {
    assertThat(examples()).hasSize(27);
  }

  /** Whatever is cut off, left out or put in: read, or refused with its place. */
  @ParameterizedTest
  @MethodSource("examples")
  void brokenOnesAreRefused(String example) throws Exception {
    String old = Files.readString(SEEDS.resolve(example + ".conf"));
    for (int i = 0; i < old.length(); i++) {
      requireReadOrRefused(old.substring(0, i));
      requireReadOrRefused(old.substring(0, i) + old.substring(i + 1));
      if (i % 4 > 0) {
        continue; // enough
      }
      for (String more : List.of("[", ")", "<", ">", ",", "=", "\"", "#", "/*", "~", "\\")) {
        requireReadOrRefused(old.substring(0, i) + more + old.substring(i));
      }
    }
  }

  private static void requireReadOrRefused(String text) {
    try {
      assertThat(Migration.of("f", text).text()).isNotNull();
    } catch (ConfigException e) {
      assertThat(e).as(text).hasMessageStartingWith("f:").hasMessageNotContaining("something else");
    }
  }

  private static ConfigScope read(String text) throws ConfigException {
    return ConfigParser.ofOneFile(new LegacyForm(_ -> {})).parse("f", text).root();
  }
}
