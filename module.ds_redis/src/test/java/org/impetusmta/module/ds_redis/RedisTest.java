package org.impetusmta.module.ds_redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.impetusmta.api.datasource.DatasourceConnection;
import org.impetusmta.api.datasource.DatasourceException;
import org.impetusmta.api.datasource.DatasourceSettings;
import org.impetusmta.api.datasource.Query;
import org.impetusmta.testkit.peers.Peer;
import org.impetusmta.testkit.peers.RedisServer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The driver redis before a real server (Debian: redis-server). */
final class RedisTest {
  private static @Nullable RedisServer server;
  private final Redis driver = new Redis();

  @BeforeAll
  static void start() throws Exception {
    server = RedisServer.launch();
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  private static DatasourceSettings settings(Duration timeout) {
    return new DatasourceSettings(
        "redis",
        StandardCharsets.ISO_8859_1,
        Duration.ofSeconds(5),
        timeout,
        (host, user, facility) ->
            user.equals("default") && facility.equals("redis")
                ? Optional.of(RedisServer.PASSWORD)
                : Optional.empty());
  }

  private static String uri() {
    return "host=127.0.0.1;port=" + Objects.requireNonNull(server).port();
  }

  private DatasourceConnection open(Duration timeout) throws DatasourceException {
    return driver.connect("redis", uri() + ";password=" + RedisServer.PASSWORD, settings(timeout));
  }

  @Test
  void commands_are_queries() throws Exception {
    try (DatasourceConnection connection = open(Duration.ofSeconds(5))) {
      assertThat(connection.execute(Query.of("SET user:ann \"a value\""))).isEqualTo(-1);
      assertThat(connection.query(Query.of("get user:$u", Map.of("u", "ann")), 9).first("value"))
          .contains("a value");
      assertThat(connection.query(Query.of("GET ?", "user:ann"), 9).first()).contains("a value");
      assertThat(connection.query(Query.of("GET user:bob"), 9).isEmpty()).isTrue();
      assertThat(connection.execute(Query.of("HSET h a 1 b 2"))).isEqualTo(2);
      assertThat(connection.query(Query.of("HGETALL h"), 9).cells())
          .isEqualTo(List.of(List.of("a", "1"), List.of("b", "2")));
      assertThat(connection.query(Query.of("HGETALL h"), 1).size()).isEqualTo(1);
      assertThat(connection.execute(Query.of("RPUSH l x y z"))).isEqualTo(3);
      assertThat(connection.query(Query.of("LRANGE l 0 -1"), -1).column(0))
          .containsExactly("x", "y", "z");
      assertThat(connection.query(Query.of("MGET user:ann none"), 9).cells()).hasSize(2);
      assertThat(connection.query(Query.of("EXISTS user:ann"), 9).first()).contains("1");
      assertThat(connection.alive()).isTrue();
    }
  }

  @Test
  void no_value_is_more_than_a_part_of_one_argument() throws Exception {
    try (DatasourceConnection connection = open(Duration.ofSeconds(5))) {
      connection.execute(Query.of("SET precious 1"));
      for (String value :
          List.of(
              "x\r\nDEL precious\r\n", "x precious", "\" precious", "$u", "*", "?", "", "\u0000")) {
        Query query = Query.of("MGET $u", Map.of("u", value));
        assertThat(connection.query(query, 9).cells()).as(value).hasSize(1);
        Query set = Query.of("SET ? ?", "k" + value, value);
        connection.execute(set);
        assertThat(connection.query(Query.of("GET k$u", Map.of("u", value)), 9).first())
            .as(value)
            .contains(value);
      }
      assertThat(connection.query(Query.of("GET precious"), 9).first()).contains("1");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "SET a b | SET is no query",
        "BLPOP a 0 | BLPOP is no query",
        "$c | expected a command",
        "GET \"a | no quote at its end",
        "GET ? | more of ? than there are values",
        "GET $a | $a, for which there is no value",
        "HGET a | wrong number of arguments",
      })
  void what_is_no_query_is_refused(String text, String expected) throws Exception {
    try (DatasourceConnection connection = open(Duration.ofSeconds(5))) {
      assertThatThrownBy(() -> connection.query(Query.of(text), 9))
          .isInstanceOfSatisfying(
              DatasourceException.class,
              e -> {
                assertThat(e).hasMessageContaining(expected);
                assertThat(e.connectionLost()).isFalse();
              });
      assertThat(connection.query(Query.of("PING"), 9).first()).contains("PONG");
    }
  }

  @Test
  void passwords() throws Exception {
    assertThatThrownBy(
            () ->
                driver.connect("redis", uri() + ";password=wr0ng", settings(Duration.ofSeconds(5))))
        .isInstanceOf(DatasourceException.class)
        .message()
        .doesNotContain("wr0ng");
    try (DatasourceConnection stored =
        driver.connect("redis", uri() + ";user=default", settings(Duration.ofSeconds(5)))) {
      assertThat(stored.query(Query.of("PING"), 1).first()).contains("PONG");
    }
  }

  @Test
  void a_frozen_server_fails_in_time_and_a_dead_one_comes_back() throws Exception {
    Peer running = Objects.requireNonNull(server);
    try (DatasourceConnection connection = open(Duration.ofMillis(300))) {
      running.freeze();
      try {
        assertThatThrownBy(() -> connection.query(Query.of("PING"), 1))
            .isInstanceOfSatisfying(
                DatasourceException.class, e -> assertThat(e.connectionLost()).isTrue());
      } finally {
        running.thaw();
      }
    }
    try (DatasourceConnection connection = open(Duration.ofSeconds(5))) {
      running.kill();
      try {
        assertThatThrownBy(() -> connection.query(Query.of("PING"), 1))
            .isInstanceOfSatisfying(
                DatasourceException.class, e -> assertThat(e.connectionLost()).isTrue());
        assertThat(connection.alive()).isFalse();
        assertThatThrownBy(() -> open(Duration.ofSeconds(5)))
            .isInstanceOf(DatasourceException.class);
      } finally {
        running.start();
      }
    }
    try (DatasourceConnection connection = open(Duration.ofSeconds(5))) {
      assertThat(connection.query(Query.of("PING"), 1).first()).contains("PONG");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "hots=a | expected redis:host=",
        "secret | expected redis:host=",
        "host=a;host=b | found host twice",
        "host=a/b | host: expected",
        "port=0 | port: expected a number from 1 to 65535",
        "db=x | db: expected a number",
        "tls=maybe | tls: expected yes or no",
      })
  void uris_are_checked(String rest, String expected) {
    assertThatThrownBy(() -> driver.check("redis", rest))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(expected)
        .message()
        .doesNotContain("secret");
  }
}
