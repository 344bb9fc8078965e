package org.impetusmta.module.ds_jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;
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
