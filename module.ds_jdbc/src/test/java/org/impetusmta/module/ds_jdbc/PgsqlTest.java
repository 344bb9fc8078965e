package org.impetusmta.module.ds_jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.impetusmta.api.datasource.DatasourceConnection;
import org.impetusmta.api.datasource.DatasourceDriver;
import org.impetusmta.api.datasource.Query;
import org.impetusmta.testkit.peers.Postgresql;
import org.impetusmta.testkit.peers.SqlServer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The driver pgsql before a real server (Debian: postgresql). */
final class PgsqlTest extends SqlServerContract {
  private static @Nullable Postgresql server;
  private final Pgsql driver = new Pgsql();

  @BeforeAll
  static void start() throws Exception {
    server =
        Postgresql.launch(
            """
            CREATE TABLE users (id INTEGER, name TEXT, note BYTEA, age INTEGER);
            CREATE EXTENSION citext;
            CREATE TABLE kinds (c CITEXT, p CHAR(5), d INTERVAL, v INTEGER);
            INSERT INTO kinds VALUES ('Ann', 'ann', '1 hour', 1), ('Bob', 'bob', '2 hours', 2);
            INSERT INTO users VALUES (1, 'ann', decode('e9', 'hex'), 1), (2, 'bob', NULL, 2);
            """);
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  @Override
  DatasourceDriver driver() {
    return driver;
  }

  @Override
  String name() {
    return "pgsql";
  }

  @Override
  SqlServer server() {
    return Objects.requireNonNull(server);
  }

  @Override
  Query slow() {
    return Query.of("SELECT pg_sleep(60)");
  }

  @Test
  void parameters_have_the_type_that_the_place_asks_for() throws Exception {
    try (DatasourceConnection connection = open(Duration.ofSeconds(30))) {
      Query query =
          Query.of(
              "SELECT name::text FROM users WHERE id = :id AND age >= :age::int LIMIT :most",
              Map.of("id", "2", "age", "0", "most", "5"));
      assertThat(connection.query(query, 9).first()).contains("bob");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "SELECT v FROM kinds WHERE c = ? | ANN | bOB", // as citext has it, not text
        "SELECT v FROM kinds WHERE p = ? | 'ann  ' | bob", // blanks do not count
        "SELECT v FROM kinds WHERE d = ? | 60 minutes | 02:00", // of a type that is not usual
        "SELECT v FROM kinds WHERE v = ? | 01 | 2",
        "SELECT v FROM kinds WHERE ? IN (SELECT name FROM users) AND p = ? | ann | bob",
        "SELECT max(v) FROM kinds WHERE lower(p) = lower(?) | ANN | BOB",
      })
  void several_mean_what_each_means(String text, String one, String other) throws Exception {
    int marks = (int) text.chars().filter(c -> c == '?').count();
    List<Query> both =
        Stream.of(one, other)
            .map(value -> new Query(text, Collections.nCopies(marks, value), Map.of()))
            .toList();
    try (DatasourceConnection connection = open(LONG)) {
      assertThat(connection.queryAll(both, 9).stream().map(rows -> rows.first().orElse("none")))
          .containsExactly("1", "2");
    }
  }

  @Test
  void a_text_that_takes_no_arrays_is_combined_otherwise() throws Exception {
    List<Query> most = each("SELECT max(CAST(? AS INTEGER)) FROM users", "1", "2");
    try (DatasourceConnection connection = open(LONG)) {
      assertThatThrownBy(() -> connection.queryAll(most, 9)).hasMessageContaining("42803");
      assertThat(connection.mostAtOnce(most.getFirst())).isEqualTo(16);
      assertThat(connection.queryAll(most, 9).stream().map(rows -> rows.first().orElse("none")))
          .containsExactly("1", "2");
      List<Query> word = each("SELECT name FROM users WHERE id = ?", "1", "one");
      assertThatThrownBy(() -> connection.queryAll(word, 9)).hasMessageContaining("22P02");
      assertThat(connection.mostAtOnce(word.getFirst())).as("a value is to blame").isEqualTo(64);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "host=a;dbname=b | expected user=",
        "user=a;sslmode=maybe | sslmode: expected",
        "user=a;port=0 | port: expected",
        "user=a;hots=b | found the key hots, expected dbname, host,",
        "user=a;host=/run/postgresql | host: expected",
      })
  void uris_are_checked(String rest, String expected) {
    assertThatThrownBy(() -> driver.check("pgsql", rest))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(expected);
  }
}
