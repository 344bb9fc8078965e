package org.impetusmta.module.ds_csv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.impetusmta.api.datasource.DatasourceConnection;
import org.impetusmta.api.datasource.DatasourceException;
import org.impetusmta.api.datasource.DatasourceSettings;
import org.impetusmta.api.datasource.Query;
import org.impetusmta.api.datasource.Rows;
import org.impetusmta.testkit.io.FileWrappers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of comma-separated values. */
final class CsvTest {
  @TempDir Path folder = Path.of("");
  private final Csv driver = new Csv(new FileWrappers());

  private Rows ask(String rest, byte[] octets, int maxRows) throws Exception {
    Path file = Files.write(folder.resolve("a.csv"), octets);
    DatasourceSettings settings =
        new DatasourceSettings(
            "csv",
            StandardCharsets.ISO_8859_1,
            Duration.ofSeconds(5),
            Duration.ofSeconds(5),
            (host, user, facility) -> Optional.empty());
    try (DatasourceConnection connection = driver.connect("csv", rest, settings)) {
      return connection.query(Query.of(file.toString()), maxRows);
    }
  }

  private Rows ask(String rest, String text) throws Exception {
    return ask(rest, text.getBytes(StandardCharsets.UTF_8), -1);
  }

  @Test
  void all_records_are_rows() throws Exception {
    Rows rows = ask("", "192.0.2.0/24,\"a, \"\"b\"\"\"\r\n::1\r\n\r\nx,y,z\n");
    assertThat(rows.columns()).containsExactly("1", "2", "3");
    assertThat(rows.cells())
        .isEqualTo(
            List.of(
                Arrays.asList("192.0.2.0/24", "a, \"b\"", null),
                Arrays.asList("::1", null, null),
                List.of("x", "y", "z")));
  }

  @Test
  void a_header_names_the_columns() throws Exception {
    Rows rows = ask("header", "net,why\n192.0.2.0/24,spam\n");
    assertThat(rows.first("why")).contains("spam");
    assertThat(rows.size()).isEqualTo(1);
    assertThat(ask("header", "net,why\n").isEmpty()).isTrue();
    assertThat(ask("header,comments", "# a list\nnet\n# or\nx\n").first("net")).contains("x");
    assertThat(ask("", "#a\n").first()).contains("#a");
  }

  @Test
  void a_file_is_never_cut_short() throws Exception {
    assertThat(ask("", "a\nb\n".getBytes(StandardCharsets.UTF_8), 2).size()).isEqualTo(2);
    assertThatThrownBy(() -> ask("", "a\nb\nc\n".getBytes(StandardCharsets.UTF_8), 2))
        .isInstanceOf(DatasourceException.class)
        .hasMessageContaining("more rows than max_rows lets through");
  }

  @Test
  void what_is_not_utf8_has_the_charset_of_the_stanza() throws Exception {
    assertThat(ask("", new byte[] {(byte) 0xe9}, 1).first()).contains("é");
    assertThat(ask("", "é").first()).contains("é");
  }

  @Test
  void what_cannot_be_read_is_told() {
    assertThatThrownBy(() -> ask("", "\"never closed\n"))
        .isInstanceOf(DatasourceException.class)
        .hasMessageContaining("a.csv");
    assertThatThrownBy(() -> driver.check("csv", "/path")).hasMessageContaining("expected csv:");
    driver.check("csv", "");
    driver.check("csv", "header, comments");
  }
}
