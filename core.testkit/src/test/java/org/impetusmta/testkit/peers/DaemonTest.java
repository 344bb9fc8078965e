package org.impetusmta.testkit.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a test can do with a server of another package, and what it says of one that fails. */
final class DaemonTest {
  /** Says why it does not start. */
  private static final class Failing extends Daemon {
    private final List<Daemon> made;

    Failing(List<Daemon> made) throws IOException {
      super("failing", "nobody");
      this.made = made;
    }

    static void launch(List<Daemon> made) throws Exception {
      launch(new Failing(made));
    }

    @Override
    protected void prepare() throws IOException {
      made.add(this);
      file("server.log", "to its log\n");
    }

    @Override
    protected List<String> command() {
      return List.of("sh", "-c", "echo to its output; exit 1");
    }
  }

  @Test
  void one_that_does_not_start_is_told_with_what_it_said_and_leaves_nothing() {
    List<Daemon> made = new ArrayList<>();
    assertThatThrownBy(() -> Failing.launch(made))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("to its output")
        .hasMessageContaining("to its log");
    assertThat(made.getFirst().folder()).doesNotExist();
  }

  private static boolean greets(Daemon server) throws IOException {
    try (Socket socket = server.connect()) {
      socket.getOutputStream().write("version\r\n".getBytes(StandardCharsets.US_ASCII));
      return socket.getInputStream().read() == 'V';
    } catch (SocketTimeoutException silent) {
      return false;
    }
  }

  @Test
  void one_is_frozen_thawed_killed_and_started_again() throws Exception {
    Memcached server = Memcached.launch();
    try (server) {
      assertThat(greets(server)).isTrue();
      server.freeze();
      assertThat(greets(server)).isFalse();
      server.thaw();
      assertThat(greets(server)).isTrue();
      server.kill();
      assertThatThrownBy(() -> greets(server)).isInstanceOf(IOException.class);
      server.start();
      assertThat(greets(server)).isTrue();
    }
    assertThat(server.folder()).doesNotExist();
  }
}
