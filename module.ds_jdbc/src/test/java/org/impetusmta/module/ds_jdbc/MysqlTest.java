package org.impetusmta.module.ds_jdbc;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Objects;
import org.impetusmta.api.datasource.DatasourceDriver;
import org.impetusmta.api.datasource.Query;
import org.impetusmta.testkit.peers.MariaDb;
import org.impetusmta.testkit.peers.SqlServer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The driver mysql before a real server (Debian: mariadb-server). */
final class MysqlTest extends SqlServerContract {
  private static @Nullable MariaDb server;
  private final Mysql driver = new Mysql();

  @BeforeAll
  static void start() throws Exception {
    server =
        MariaDb.launch(
            """
            CREATE TABLE users (id INTEGER, name VARCHAR(99), note BLOB, age INTEGER);
            INSERT INTO users VALUES (1, 'ann', X'e9', 1), (2, 'bob', NULL, 2);
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
    return "mysql";
  }

  @Override
  SqlServer server() {
    return Objects.requireNonNull(server);
  }

  @Override
  Query slow() {
    return Query.of("SELECT count(*) FROM users WHERE sleep(60) = 0");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "host=a;dbname=b | expected user=",
        "user=a;sslmode=maybe | sslmode: expected",
        "user=a;allowMultiQueries=true | found the key allowmultiqueries",
      })
  void uris_are_checked(String rest, String expected) {
    assertThatThrownBy(() -> driver.check("mysql", rest))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(expected);
  }
}
