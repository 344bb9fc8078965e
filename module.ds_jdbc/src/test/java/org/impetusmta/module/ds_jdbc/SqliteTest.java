package org.impetusmta.module.ds_jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.datasource.DatasourceConnection;
import org.impetusmta.api.datasource.DatasourceException;
import org.impetusmta.api.datasource.DatasourceSettings;
import org.impetusmta.api.datasource.Query;
import org.impetusmta.api.datasource.Rows;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The driver sqlite before a real database. */
final class SqliteTest {
  /** What clients may send to get more than they should. */
  static final String[] INJECTIONS = {
    "' OR '1'='1", "'; DROP TABLE users; --", "\\' OR 1=1 -- ", "a\" OR \"a\"=\"a", "%", "_",
  };

  @TempDir Path folder = Path.of("");
  private final Sqlite driver = new Sqlite();

  static DatasourceSettings settings(Duration timeout) {
    return new DatasourceSettings(
        "db",
        StandardCharsets.ISO_8859_1,
        Duration.ofSeconds(5),
        timeout,
        (host, user, facility) -> Optional.empty());
  }

  @BeforeEach
  void database() throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file());
        Statement statement = connection.createStatement()) {
      statement.executeUpdate("CREATE TABLE users (id INTEGER, name TEXT, note BLOB)");
      statement.executeUpdate("INSERT INTO users VALUES (1, 'ann', X'e9'), (2, 'bob', NULL)");
    }
  }

  private Path file() {
    return folder.resolve("users.db");
  }

  private DatasourceConnection open(Duration timeout) throws DatasourceException {
    return driver.connect("sqlite", file().toString(), settings(timeout));
  }

  @Test
  void asks_by_position_and_by_name() throws Exception {
    try (DatasourceConnection connection = open(Duration.ofSeconds(30))) {
      Rows ann =
          connection.query(Query.of("SELECT id AS Number, name FROM users WHERE id = ?", "1"), 9);
      assertThat(ann.columns()).containsExactly("Number", "name");
      assertThat(ann.cells()).isEqualTo(List.of(List.of("1", "ann")));
      Rows bob =
          connection.query(
              Query.of("SELECT id, note FROM users WHERE name = :who", Map.of("who", "bob")), 9);
      assertThat(bob.first()).contains("2");
      assertThat(bob.first("note")).as("null").isEmpty();
      assertThat(connection.query(Query.of("SELECT id FROM users WHERE id > 5"), 9).isEmpty())
          .isTrue();
    }
  }

  @Test
  void rows_have_a_bound() throws Exception {
    try (DatasourceConnection connection = open(Duration.ofSeconds(30))) {
      Query all = Query.of("SELECT id FROM users");
      assertThat(connection.query(all, 1).size()).isEqualTo(1);
      assertThat(connection.query(all, 0).size()).isZero();
      assertThat(connection.query(all, -1).size()).isEqualTo(2);
    }
  }

  @Test
  void octets_have_the_charset_of_the_stanza() throws Exception {
    try (DatasourceConnection connection = open(Duration.ofSeconds(30))) {
      assertThat(connection.query(Query.of("SELECT note FROM users WHERE id = 1"), 9).first())
          .contains("é");
    }
  }

  @Test
  void changes_are_counted() throws Exception {
    try (DatasourceConnection connection = open(Duration.ofSeconds(30))) {
      Query change = Query.of("UPDATE users SET name = :n WHERE id > 0", Map.of("n", "x"));
      assertThat(connection.execute(change)).isEqualTo(2);
      assertThat(connection.query(Query.of("SELECT DISTINCT name FROM users"), 9).first())
          .contains("x");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"' OR '1'='1", "'; DROP TABLE users; --", "\\' OR 1=1 -- ", "%"})
  void values_are_never_part_of_the_text(String value) throws Exception {
    try (DatasourceConnection connection = open(Duration.ofSeconds(30))) {
      Query query = Query.of("SELECT id FROM users WHERE name = :name", Map.of("name", value));
      assertThat(connection.query(query, 9).isEmpty()).isTrue();
      assertThat(connection.query(Query.of("SELECT count(*) FROM users"), 9).first()).contains("2");
    }
  }

  @Test
  void a_query_that_takes_too_long_is_interrupted_and_the_connection_goes_on() throws Exception {
    try (DatasourceConnection connection = open(Duration.ofMillis(50))) {
      Query endless =
          Query.of(
              "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)"
                  + " SELECT count(*) FROM c");
      assertThatThrownBy(() -> connection.query(endless, 9))
          .isInstanceOfSatisfying(
              DatasourceException.class, e -> assertThat(e.connectionLost()).isFalse());
      assertThat(connection.alive()).isTrue();
      assertThat(connection.query(Query.of("SELECT 7"), 9).first()).contains("7");
    }
  }

  @Test
  void a_wrong_query_is_refused_and_the_connection_goes_on() throws Exception {
    try (DatasourceConnection connection = open(Duration.ofSeconds(30))) {
      assertThatThrownBy(() -> connection.query(Query.of("SELECT * FROM nobody"), 9))
          .isInstanceOfSatisfying(
              DatasourceException.class,
              e -> {
                assertThat(e).hasMessageContaining("no such table");
                assertThat(e.connectionLost()).isFalse();
              });
      assertThat(connection.query(Query.of("SELECT 7"), 9).first()).contains("7");
    }
  }

  @Test
  void a_file_that_is_not_there_is_not_made() {
    Path none = folder.resolve("none.db");
    assertThatThrownBy(
            () -> driver.connect("sqlite", none.toString(), settings(Duration.ofSeconds(1))))
        .isInstanceOf(DatasourceException.class)
        .hasMessageContaining("there is no file");
    assertThat(Files.exists(none)).isFalse();
  }

  @Test
  void a_file_that_is_no_database_is_told() throws Exception {
    Path text =
        Files.writeString(folder.resolve("text"), "no database at all, but text ".repeat(99));
    try (DatasourceConnection connection =
        driver.connect("sqlite", text.toString(), settings(Duration.ofSeconds(1)))) {
      assertThatThrownBy(() -> connection.query(Query.of("SELECT 1 FROM sqlite_master"), 1))
          .isInstanceOf(DatasourceException.class)
          .hasMessageContaining("not a database");
    } catch (DatasourceException e) {
      assertThat(e).hasMessageContaining("not a database");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "relative.db", ":memory:"})
  void uris_are_checked(String rest) {
    assertThatThrownBy(() -> driver.check("sqlite", rest))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected sqlite:/path/of/a/file");
  }
}
