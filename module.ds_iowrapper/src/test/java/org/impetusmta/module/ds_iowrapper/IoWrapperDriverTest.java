package org.impetusmta.module.ds_iowrapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.datasource.DatasourceConnection;
import org.impetusmta.api.datasource.DatasourceException;
import org.impetusmta.api.datasource.DatasourceSettings;
import org.impetusmta.api.datasource.Query;
import org.impetusmta.api.datasource.Rows;
import org.impetusmta.testkit.io.FileWrappers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What I/O wrappers read, as rows. */
final class IoWrapperDriverTest {
  @TempDir Path folder = Path.of("");
  private final IoWrapperDriver driver = new IoWrapperDriver(new FileWrappers());

  private Rows ask(Query query) throws DatasourceException {
    DatasourceSettings settings =
        new DatasourceSettings(
            "io",
            StandardCharsets.ISO_8859_1,
            Duration.ofSeconds(5),
            Duration.ofSeconds(5),
            (host, user, facility) -> Optional.empty());
    try (DatasourceConnection connection = driver.connect("iowrapper", "", settings)) {
      return connection.query(query, 100);
    }
  }

  @Test
  void a_file_is_one_row_of_one_column() throws Exception {
    Path file = Files.writeString(folder.resolve("example.com"), "two\nlines");
    assertThat(ask(Query.of(file.toString())).first("content")).contains("two\nlines");
    assertThat(ask(Query.of("file://" + file)).cells()).hasSize(1);
    assertThat(ask(Query.of(folder + "/$domain", Map.of("domain", "example.com"))).first())
        .contains("two\nlines");
  }

  @ParameterizedTest
  @ValueSource(strings = {"../secret", "..", "maps/../../secret", "a\u0000", "/etc/passwd", ""})
  void a_value_never_leaves_its_folder(String value) throws Exception {
    Path maps = Files.createDirectory(folder.resolve("maps"));
    Files.writeString(folder.resolve("secret"), "secret");
    assertThatThrownBy(() -> ask(Query.of(maps + "/$name", Map.of("name", value))))
        .isInstanceOf(DatasourceException.class);
    assertThatThrownBy(() -> ask(Query.of(maps + "/$name/secret", Map.of("name", value))))
        .isInstanceOf(DatasourceException.class);
  }

  @ParameterizedTest
  @CsvSource({"a b&c=d,a%20b%26c=d", "é/?,%C3%A9%2F%3F", "..,%2E%2E", "a.b,a.b", "%41,%2541"})
  void values_are_percent_encoded(String value, String expected) {
    assertThat(IoWrapperDriver.encoded(value)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"$x", "$x://host/path", "http://$x/path", "http://user@$x"})
  void what_is_read_from_is_never_a_value(String text) {
    assertThatThrownBy(() -> ask(Query.of(text, Map.of("x", "file"))))
        .hasMessageContaining("behind the scheme and the host");
  }

  @Test
  void what_is_wrong_is_told() {
    assertThatThrownBy(() -> ask(Query.of(folder + "/none"))).hasMessageContaining("none");
    assertThatThrownBy(() -> ask(Query.of(folder + "/$x"))).hasMessageContaining("$x");
    assertThatThrownBy(() -> ask(Query.of("/?", "x"))).hasMessageContaining("$name");
    assertThatThrownBy(() -> driver.check("iowrapper", "/etc")).hasMessageContaining("alone");
  }
}
