package org.impetusmta.module.ds_jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.impetusmta.api.datasource.DatasourceConnection;
import org.impetusmta.api.datasource.DatasourceDriver;
import org.impetusmta.api.datasource.DatasourceException;
import org.impetusmta.api.datasource.DatasourceSettings;
import org.impetusmta.api.datasource.Query;
import org.impetusmta.api.datasource.Rows;
import org.impetusmta.testkit.peers.SqlServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every SQL server does: good, with a bad password, slow, frozen, dead and back again. */
abstract class SqlServerContract {
  static final Duration LONG = Duration.ofSeconds(30);

  abstract DatasourceDriver driver();

  abstract String name();

  abstract SqlServer server();

  /** A query that takes a minute. */
  abstract Query slow();

  static List<String> injections() {
    return List.of(SqliteTest.INJECTIONS);
  }

  private String uri(String password) {
    return server().keys() + ";password=" + password;
  }

  DatasourceConnection open(Duration timeout) throws DatasourceException {
    return driver().connect(name(), uri(SqlServer.PASSWORD), SqliteTest.settings(timeout));
  }

  @Test
  void asks_by_position_and_by_name() throws Exception {
    try (DatasourceConnection connection = open(LONG)) {
      Rows ann = connection.query(Query.of("SELECT id, name FROM users WHERE id = ?", "1"), 9);
      assertThat(ann.cells()).isEqualTo(List.of(List.of("1", "ann")));
      assertThat(ann.columns()).containsExactly("id", "name");
      Query byName =
          Query.of("SELECT id, ':no' AS c FROM users WHERE name = :n", Map.of("n", "bob"));
      assertThat(connection.query(byName, 9).cells()).isEqualTo(List.of(List.of("2", ":no")));
      assertThat(connection.query(Query.of("SELECT note FROM users WHERE id = 2"), 9).first())
          .as("null")
          .isEmpty();
      assertThat(connection.query(Query.of("SELECT name FROM users WHERE id = 1"), 9).first())
          .contains("ann");
    }
  }

  @Test
  void octets_have_the_charset_of_the_stanza() throws Exception {
    try (DatasourceConnection connection = open(LONG)) {
      assertThat(connection.query(Query.of("SELECT note FROM users WHERE id = 1"), 9).first())
          .contains("é");
    }
  }

  @Test
  void rows_have_a_bound_and_changes_are_counted() throws Exception {
    try (DatasourceConnection connection = open(LONG)) {
      Query all = Query.of("SELECT id FROM users");
      assertThat(connection.query(all, 1).size()).isEqualTo(1);
      assertThat(connection.query(all, -1).size()).isEqualTo(2);
      assertThat(connection.execute(Query.of("UPDATE users SET age = ? WHERE id > 0", "7")))
          .isEqualTo(2);
      assertThat(connection.query(Query.of("SELECT DISTINCT age FROM users"), 9).first())
          .contains("7");
    }
  }

  static List<Query> each(String text, String... values) {
    return Stream.of(values).map(value -> Query.of(text, value)).toList();
  }

  @Test
  void several_queries_are_answered_in_their_order() throws Exception {
    try (DatasourceConnection connection = open(LONG)) {
      String text = "SELECT name, note FROM users WHERE id = ? OR id < 0 -- a comment";
      for (int i = 0; i < 8; i++) { // drivers have the server prepare what comes again
        List<Rows> answers = connection.queryAll(each(text, "2", "77", "1", "2"), 9);
        assertThat(answers.stream().map(rows -> rows.first("name").orElse("none")))
            .containsExactly("bob", "none", "ann", "bob");
        assertThat(answers.get(2).first("note")).contains("é");
        assertThat(answers.get(0).first("note")).as("null").isEmpty();
        assertThat(answers.get(1).columns()).containsExactly("name", "note");
      }
      List<Query> all = each("SELECT id FROM users WHERE name <> ?", "nobody", "ann");
      assertThat(connection.queryAll(all, 1)).extracting(Rows::size).containsExactly(1, 1);
      assertThat(connection.queryAll(all, -1)).extracting(Rows::size).containsExactly(2, 1);
      assertThat(connection.mostAtOnce(all.getFirst())).isBetween(16, 64);
    }
  }

  @Test
  void several_with_all_kinds_of_parameters() throws Exception {
    try (DatasourceConnection connection = open(LONG)) {
      String two = "SELECT name FROM users WHERE id = :id AND (name = :name OR :name = 'any')";
      List<Query> pairs =
          List.of(
              Query.of(two, Map.of("id", "1", "name", "ann")),
              Query.of(two, Map.of("id", "2", "name", "ann")),
              Query.of(two, Map.of("id", "2", "name", "any")));
      assertThat(connection.queryAll(pairs, 9).stream().map(rows -> rows.first().orElse("none")))
          .containsExactly("ann", "none", "bob");
      assertThat(connection.queryAll(each("SELECT ?", "{\"a\",NULL}", "", "NULL", "\\,'\"é"), 9))
          .as("signs that mean something in an array")
          .extracting(rows -> rows.first().orElse("none"))
          .containsExactly("{\"a\",NULL}", "", "NULL", "\\,'\"é");
      List<Query> none = List.of(Query.of("SELECT 1"), Query.of("SELECT 1"));
      assertThat(connection.queryAll(none, 9)).extracting(Rows::size).containsExactly(1, 1);
    }
  }

  @Test
  void several_injections_are_values_too() throws Exception {
    try (DatasourceConnection connection = open(LONG)) {
      List<Rows> answers =
          connection.queryAll(
              each("SELECT id FROM users WHERE name = ?", SqliteTest.INJECTIONS), 9);
      assertThat(answers).hasSize(SqliteTest.INJECTIONS.length).allMatch(Rows::isEmpty);
      assertThat(connection.query(Query.of("SELECT count(*) FROM users"), 9).first()).contains("2");
    }
  }

  @Test
  void what_may_mean_something_else_together_goes_alone() throws Exception {
    try (DatasourceConnection connection = open(LONG)) {
      for (String text :
          List.of(
              "SELECT 1; SELECT 2",
              "SELECT id FROM users ORDER BY id",
              "INSERT INTO users VALUES (9)",
              "WITH u AS (SELECT 1) SELECT * FROM u",
              "SELECT 1 -- " + "long ".repeat(1000))) {
        assertThat(connection.mostAtOnce(Query.of(text))).as(text).isEqualTo(1);
      }
      List<Query> wrong = each("SELECT nothing FROM users WHERE id = ?", "1", "2");
      assertThatThrownBy(() -> connection.queryAll(wrong, 9))
          .isInstanceOf(DatasourceException.class);
      assertThat(connection.mostAtOnce(wrong.getFirst())).as("it failed").isEqualTo(1);
      assertThat(connection.query(Query.of("SELECT 1"), 9).first()).contains("1");
    }
  }

  @ParameterizedTest
  @MethodSource("injections")
  void values_are_never_part_of_the_text(String value) throws Exception {
    try (DatasourceConnection connection = open(LONG)) {
      assertThat(
              connection
                  .query(Query.of("SELECT id FROM users WHERE name = :n", Map.of("n", value)), 9)
                  .isEmpty())
          .isTrue();
      assertThat(
              connection.query(Query.of("SELECT id FROM users WHERE name = ?", value), 9).isEmpty())
          .isTrue();
      assertThat(connection.query(Query.of("SELECT count(*) FROM users"), 9).first()).contains("2");
    }
  }

  @Test
  void a_bad_password_is_told_but_not_shown() {
    assertThatThrownBy(() -> driver().connect(name(), uri("wr0ng"), SqliteTest.settings(LONG)))
        .isInstanceOf(DatasourceException.class)
        .hasMessageContaining("no connection to 127.0.0.1")
        .message()
        .doesNotContain("wr0ng");
  }

  @Test
  void a_password_that_the_uri_leaves_out_is_asked_for() throws Exception {
    DatasourceSettings settings =
        new DatasourceSettings(
            "db",
            java.nio.charset.StandardCharsets.UTF_8,
            Duration.ofSeconds(5),
            LONG,
            (host, user, facility) ->
                host.equals("127.0.0.1") && user.equals(SqlServer.USER) && facility.equals(name())
                    ? Optional.of(SqlServer.PASSWORD)
                    : Optional.empty());
    try (DatasourceConnection connection = driver().connect(name(), server().keys(), settings)) {
      assertThat(connection.query(Query.of("SELECT count(*) FROM users"), 1).first()).contains("2");
    }
  }

  @Test
  void a_slow_query_ends_and_the_connection_goes_on() throws Exception {
    try (DatasourceConnection connection = open(Duration.ofSeconds(1))) {
      assertThatThrownBy(() -> connection.query(slow(), 9))
          .isInstanceOfSatisfying(
              DatasourceException.class, e -> assertThat(e.connectionLost()).isFalse());
      assertThat(connection.alive()).isTrue();
      assertThat(connection.query(Query.of("SELECT count(*) FROM users"), 9).first()).contains("2");
    }
  }

  @Test
  void a_wrong_query_is_refused_and_the_connection_goes_on() throws Exception {
    try (DatasourceConnection connection = open(LONG)) {
      assertThatThrownBy(() -> connection.query(Query.of("SELECT * FROM nowhere"), 9))
          .isInstanceOfSatisfying(
              DatasourceException.class,
              e -> {
                assertThat(e).hasMessageContaining("nowhere");
                assertThat(e.connectionLost()).isFalse();
              });
      assertThat(connection.query(Query.of("SELECT count(*) FROM users"), 9).first()).contains("2");
    }
  }

  @Test
  void a_server_that_is_frozen_loses_its_connection() throws Exception {
    try (DatasourceConnection connection = open(Duration.ofSeconds(1))) {
      server().freeze();
      try {
        assertThatThrownBy(() -> connection.query(Query.of("SELECT count(*) FROM users"), 9))
            .isInstanceOfSatisfying(
                DatasourceException.class, e -> assertThat(e.connectionLost()).isTrue());
      } finally {
        server().thaw();
      }
    }
  }

  @Test
  void a_server_that_died_is_known_and_known_again_when_it_is_back() throws Exception {
    try (DatasourceConnection connection = open(LONG)) {
      server().kill();
      try {
        assertThatThrownBy(() -> connection.query(Query.of("SELECT count(*) FROM users"), 9))
            .isInstanceOfSatisfying(
                DatasourceException.class, e -> assertThat(e.connectionLost()).isTrue());
        assertThat(connection.alive()).isFalse();
        assertThatThrownBy(() -> open(LONG)).isInstanceOf(DatasourceException.class);
      } finally {
        server().start();
      }
    }
    try (DatasourceConnection connection = open(LONG)) {
      assertThat(connection.query(Query.of("SELECT count(*) FROM users"), 9).first()).contains("2");
    }
  }
}
