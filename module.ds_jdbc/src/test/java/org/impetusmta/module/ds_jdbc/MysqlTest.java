package org.impetusmta.module.ds_jdbc;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.impetusmta.api.datasource.DatasourceDriver;
import org.impetusmta.api.datasource.Query;
import org.impetusmta.testkit.net.Daemon;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The driver mysql before a real server (Debian: mariadb-server). */
final class MysqlTest extends SqlServerContract {
  private static @Nullable Daemon daemon;
  private final Mysql driver = new Mysql();

  @BeforeAll
  static void start() throws Exception {
    Optional<Path> server = Daemon.program("mariadbd");
    Optional<Path> install = Daemon.program("mariadb-install-db");
    assumeTrue(server.isPresent() && install.isPresent(), "mariadb-server is not installed");
    Path folder = Daemon.folder("mysql");
    String data = folder.resolve("data").toString();
    String user = Daemon.isRoot() ? "nobody" : System.getProperty("user.name");
    Daemon.run(
        install.get().toString(),
        "--no-defaults",
        "--datadir=" + data,
        "--user=" + user,
        "--skip-test-db",
        "--auth-root-authentication-method=normal");
    Path init =
        Files.writeString(
            folder.resolve("init.sql"),
            """
            CREATE DATABASE IF NOT EXISTS mail;
            CREATE OR REPLACE USER reader@'127.0.0.1' IDENTIFIED BY 'secret';
            GRANT SELECT, UPDATE ON mail.* TO reader@'127.0.0.1';
            CREATE OR REPLACE TABLE mail.users (id INTEGER, name VARCHAR(99), note BLOB, age INTEGER);
            INSERT INTO mail.users VALUES (1, 'ann', X'e9', 1), (2, 'bob', NULL, 2);
            """);
    int port = Daemon.freePort();
    daemon =
        Daemon.start(
            List.of(
                server.get().toString(),
                "--no-defaults",
                "--datadir=" + data,
                "--user=" + user,
                "--bind-address=127.0.0.1",
                "--port=" + port,
                "--socket=" + folder.resolve("s"),
                "--pid-file=" + folder.resolve("data/pid"),
                "--skip-name-resolve",
                "--innodb-buffer-pool-size=16M",
                "--innodb-flush-log-at-trx-commit=0",
                "--init-file=" + init),
            port,
            folder);
  }

  @AfterAll
  static void stop() {
    if (daemon != null) {
      daemon.close();
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
  Daemon daemon() {
    return Objects.requireNonNull(daemon);
  }

  @Override
  String uri(String password) {
    return "host=127.0.0.1;port=%d;dbname=mail;user=reader;password=%s;"
        .formatted(daemon().port(), password);
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
