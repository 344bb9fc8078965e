package org.impetusmta.module.ds_jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.api.datasource.DatasourceConnection;
import org.impetusmta.api.datasource.DatasourceException;
import org.impetusmta.api.datasource.Query;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.testkit.smtp.FlatGeneration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** DSNs of ODBC, with the JDBC driver of SQLite in a folder of its own. */
final class OdbcTest {
  @TempDir Path home = Path.of("");

  @BeforeEach
  void jar() throws Exception {
    Path jar =
        Path.of(org.sqlite.JDBC.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    Files.createDirectory(home.resolve("jdbc"));
    Files.copy(jar, home.resolve("jdbc/sqlite.jar"));
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + home.resolve("db"));
        Statement statement = connection.createStatement()) {
      statement.executeUpdate("CREATE TABLE users (id INTEGER, [a:b] TEXT)");
      statement.executeUpdate("INSERT INTO users VALUES (1, 'ann')");
    }
  }

  /** The stanza with one DSN. */
  private record Conf(Map<String, String> options, String dsn) implements ModuleStanza {
    @Override
    public String module() {
      return "ds_odbc";
    }

    @Override
    public String instance() {
      return "ds_odbc";
    }

    @Override
    public Stanza stanza() {
      Optional<String> name = dsn.isEmpty() ? Optional.empty() : Optional.of(dsn);
      return new FlatGeneration.Plain(
          "ds_odbc", Optional.empty(), List.of(new FlatGeneration.Plain("dsn", name, List.of())));
    }

    @Override
    public Generation generation() {
      return new FlatGeneration(1, 1, options, List.of());
    }

    @Override
    public <T extends Record> T options(Class<T> type) {
      return generation().options(type, ScopePath.GLOBAL);
    }
  }

  private Odbc driver(String dsn, String... options) throws ConfigException {
    Map<String, String> all = new java.util.HashMap<>();
    for (int i = 0; i < options.length; i += 2) {
      all.put(options[i], options[i + 1]);
    }
    return new Odbc(new Conf(all, dsn), home);
  }

  @Test
  void a_dsn_stands_for_a_url_of_jdbc() throws Exception {
    Odbc driver = driver("People", "url", "jdbc:sqlite:" + home.resolve("db"));
    driver.check("odbc", "DSN=people;UID=a;PWD=b");
    try (DatasourceConnection connection =
        driver.connect(
            "odbc", "DSN=people;UID=a;PWD=b", SqliteTest.settings(Duration.ofSeconds(5)))) {
      Query query = Query.of("SELECT [a:b] FROM users WHERE id = :id", Map.of("id", "1"));
      assertThat(connection.query(query, 9).first()).contains("ann");
      for (String value : SqliteTest.INJECTIONS) {
        assertThat(
                connection
                    .query(Query.of("SELECT id FROM users WHERE [a:b] = ?", value), 9)
                    .isEmpty())
            .isTrue();
      }
      assertThat(connection.alive()).isTrue();
    }
    driver.end();
  }

  @Test
  void the_driver_may_be_named_and_told_more() throws Exception {
    Odbc driver =
        driver(
            "p",
            "url",
            "jdbc:sqlite:" + home.resolve("db"),
            "driver",
            "org.sqlite.JDBC",
            "properties",
            "open_mode=1");
    try (DatasourceConnection connection =
        driver.connect("odbc", "DSN=p", SqliteTest.settings(Duration.ofSeconds(5)))) {
      assertThatThrownBy(() -> connection.execute(Query.of("DELETE FROM users")))
          .isInstanceOf(DatasourceException.class)
          .hasMessageContaining("readonly");
    }
    driver.end();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a  | driver | x.Y             | url is needed",
        "a  | url    | jdbc:other:x    | url: expected that of a JDBC driver in",
        "'' | url    | jdbc:sqlite:x   | expected DSN \"name\" { … }",
      })
  void what_is_wrong_is_refused(String dsn, String option, String value, String expected) {
    assertThatThrownBy(() -> driver(dsn, option, value))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("in ds_odbc::dsn")
        .hasMessageContaining(expected);
  }

  @Test
  void a_class_that_is_no_driver_is_refused() {
    for (String wrong : List.of("no.such.Driver", "java.lang.String", "org.sqlite.SQLiteConfig")) {
      assertThatThrownBy(() -> driver("a", "url", "jdbc:sqlite:x", "driver", wrong))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("expected a JDBC driver of a jar in");
    }
  }

  @Test
  void unknown_dsns_are_refused() throws Exception {
    Odbc driver = driver("a", "url", "jdbc:sqlite:x");
    assertThatThrownBy(() -> driver.check("odbc", "DSN=b;PWD=secret"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("one of the DSNs of the stanza ds_odbc: a")
        .message()
        .doesNotContain("secret");
    assertThatThrownBy(() -> driver.check("odbc", "UID=b"))
        .isInstanceOf(IllegalArgumentException.class);
    driver.end();
  }

  @Test
  void long_threshold_is_refused() {
    assertThatThrownBy(() -> LongThreshold.parse("1024"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("take the option out");
    assertThat(LongThreshold.parse("0")).isEqualTo(new LongThreshold());
  }
}
