package org.impetusmta.module.ds_memcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.impetusmta.api.datasource.DatasourceConnection;
import org.impetusmta.api.datasource.DatasourceException;
import org.impetusmta.api.datasource.DatasourceSettings;
import org.impetusmta.api.datasource.Query;
import org.impetusmta.testkit.peers.Memcached;
import org.impetusmta.testkit.peers.Peer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The driver memcache before a real server (Debian: memcached), and before one that lies. */
final class MemcacheTest {
  private static @Nullable Memcached server;
  private final Memcache driver = new Memcache();

  @BeforeAll
  static void start() throws Exception {
    server = Memcached.launch();
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  @BeforeEach
  void fill() throws IOException {
    tell("set user:ann 0 0 6\r\na\r\nb\r\n\r\nset old 0 0 1\r\n", new byte[] {(byte) 0xe9});
  }

  private static int port() {
    return Objects.requireNonNull(server).port();
  }

  private static void tell(String text, byte[] more) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port())) {
      socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
      socket.getOutputStream().write(more);
      socket.getOutputStream().write("\r\nquit\r\n".getBytes(StandardCharsets.US_ASCII));
      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
          .isEqualTo("STORED\r\nSTORED\r\n");
    }
  }

  private DatasourceConnection open(int port, Duration timeout) throws DatasourceException {
    return driver.connect(
        "memcache",
        "host=127.0.0.1;port=" + port,
        new DatasourceSettings(
            "memcache",
            StandardCharsets.ISO_8859_1,
            Duration.ofSeconds(5),
            timeout,
            (host, user, facility) -> Optional.empty()));
  }

  @Test
  void keys_are_queries() throws Exception {
    try (DatasourceConnection connection = open(port(), Duration.ofSeconds(5))) {
      assertThat(connection.query(Query.of("user:$u", Map.of("u", "ann")), 9).first("value"))
          .contains("a\r\nb\r\n");
      assertThat(connection.query(Query.of("?", "user:ann"), 9).size()).isEqualTo(1);
      assertThat(connection.query(Query.of("old"), 9).first()).contains("é");
      assertThat(connection.query(Query.of("none"), 9).isEmpty()).isTrue();
      assertThat(connection.alive()).isTrue();
      assertThatThrownBy(() -> connection.query(Query.of("a", "b"), 9))
          .isInstanceOf(DatasourceException.class);
      assertThatThrownBy(() -> connection.execute(Query.of("a")))
          .hasMessageContaining("can be read only");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x\r\nflush_all\r\n",
        "x user:ann",
        "",
        "\u0000",
        "\u007f",
        "\t",
        "x\nget user:ann"
      })
  void no_value_is_more_than_a_key(String value) throws Exception {
    try (DatasourceConnection connection = open(port(), Duration.ofSeconds(5))) {
      assertThat(connection.query(Query.of("$u", Map.of("u", value)), 9).isEmpty()).isTrue();
      assertThat(connection.query(Query.of("$u", Map.of("u", "k".repeat(251))), 9).isEmpty())
          .isTrue();
      assertThat(connection.query(Query.of("user:ann"), 9).isEmpty()).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "VALUE a 0 99999999\r\n",
        "VALUE a 0 -1\r\n",
        "VALUE a 0 1\r\nxx\r\nEND\r\n",
        "ERROR\r\n",
        "VALUE a 0 5\r\nab",
        "",
        "SERVER_ERROR \u001b[2J\r\n"
      })
  void a_server_that_answers_nonsense_loses_its_connection(String answer) throws Exception {
    try (ServerSocket liar = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        DatasourceConnection connection = open(liar.getLocalPort(), Duration.ofSeconds(5));
        Socket accepted = liar.accept()) {
      accepted.getOutputStream().write(answer.getBytes(StandardCharsets.UTF_8));
      accepted.shutdownOutput();
      assertThatThrownBy(() -> connection.query(Query.of("a"), 9))
          .isInstanceOfSatisfying(
              DatasourceException.class,
              e -> {
                assertThat(e.connectionLost()).isTrue();
                assertThat(e.getMessage()).doesNotContain("\u001b");
              });
    }
  }

  @Test
  void a_frozen_server_fails_in_time_and_a_dead_one_comes_back() throws Exception {
    Peer running = Objects.requireNonNull(server);
    try (DatasourceConnection connection = open(port(), Duration.ofMillis(300))) {
      running.freeze();
      try {
        assertThatThrownBy(() -> connection.query(Query.of("a"), 1))
            .isInstanceOfSatisfying(
                DatasourceException.class, e -> assertThat(e.connectionLost()).isTrue());
      } finally {
        running.thaw();
      }
    }
    try (DatasourceConnection connection = open(port(), Duration.ofSeconds(5))) {
      running.kill();
      try {
        assertThat(connection.alive()).isFalse();
        assertThatThrownBy(() -> open(port(), Duration.ofSeconds(5)))
            .isInstanceOf(DatasourceException.class);
      } finally {
        running.start();
      }
    }
    try (DatasourceConnection connection = open(port(), Duration.ofSeconds(5))) {
      assertThat(connection.query(Query.of("a"), 1).isEmpty()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"hots=a", "host=a/b", "host=a;port=0", "host=a;port=99999", "a:11211"})
  void uris_are_checked(String rest) {
    assertThatThrownBy(() -> driver.check("memcache", rest))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected");
  }
}
