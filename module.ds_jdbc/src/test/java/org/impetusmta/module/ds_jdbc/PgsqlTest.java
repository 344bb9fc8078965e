package org.impetusmta.module.ds_jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.impetusmta.api.datasource.DatasourceConnection;
import org.impetusmta.api.datasource.DatasourceDriver;
import org.impetusmta.api.datasource.Query;
import org.impetusmta.testkit.net.Daemon;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The driver pgsql before a real server (Debian: postgresql). */
final class PgsqlTest extends SqlServerContract {
  private static @Nullable Daemon daemon;
  private final Pgsql driver = new Pgsql();

  private static Optional<Path> bin() throws Exception {
    Path all = Path.of("/usr/lib/postgresql");
    if (!Files.isDirectory(all)) {
      return Optional.empty();
    }
    try (Stream<Path> versions = Files.list(all)) {
      return versions
          .map(v -> v.resolve("bin"))
          .filter(b -> Files.exists(b.resolve("initdb")))
          .findFirst();
    }
  }

  @BeforeAll
  static void start() throws Exception {
    Optional<Path> bin = bin();
    assumeTrue(bin.isPresent(), "postgresql is not installed");
    Path folder = Daemon.folder("pgsql");
    String data = folder.resolve("data").toString();
    Path password = Files.writeString(folder.resolve("password"), "owner\n");
    if (Daemon.isRoot()) {
      Daemon.run("chown", "nobody", password.toString());
    }
    List<String> initdb =
        Daemon.unprivileged(
            List.of(
                bin.get().resolve("initdb").toString(),
                "-D",
                data,
                "-U",
                "owner",
                "--auth=scram-sha-256",
                "--pwfile=" + password,
                "-N",
                "-E",
                "UTF8",
                "--locale=C"));
    Daemon.run(initdb.toArray(String[]::new));
    int port = Daemon.freePort();
    daemon =
        Daemon.start(
            Daemon.unprivileged(
                List.of(
                    bin.get().resolve("postgres").toString(),
                    "-D",
                    data,
                    "-h",
                    "127.0.0.1",
                    "-p",
                    Integer.toString(port),
                    "-k",
                    "",
                    "-c",
                    "fsync=off")),
            port,
            folder);
    try (Connection owner = connect(port);
        Statement statement = owner.createStatement()) {
      statement.execute("CREATE ROLE reader LOGIN PASSWORD 'secret'");
      statement.execute("CREATE TABLE users (id INTEGER, name TEXT, note BYTEA, age INTEGER)");
      statement.execute(
          "INSERT INTO users VALUES (1, 'ann', decode('e9', 'hex'), 1), (2, 'bob', NULL, 2)");
      statement.execute("GRANT SELECT, UPDATE ON users TO reader");
    }
  }

  private static Connection connect(int port) throws Exception {
    for (int tries = 0; ; tries++) {
      try {
        return DriverManager.getConnection(
            "jdbc:postgresql://127.0.0.1:" + port + "/postgres", "owner", "owner");
      } catch (SQLException e) {
        if (tries > 100) {
          throw e;
        }
        Thread.sleep(50); // it starts up
      }
    }
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
    return "pgsql";
  }

  @Override
  Daemon daemon() {
    return Objects.requireNonNull(daemon);
  }

  @Override
  String uri(String password) {
    return "host=127.0.0.1;port=%d;dbname=postgres;user=reader;password=%s;"
        .formatted(daemon().port(), password);
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
