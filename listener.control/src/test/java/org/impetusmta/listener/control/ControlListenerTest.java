package org.impetusmta.listener.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.epoll.Epoll;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.testkit.net.TestLoops;
import org.impetusmta.testkit.smtp.RecordingEventLog;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sockets: which are accepted, how they come, change and go. */
@Timeout(60)
final class ControlListenerTest {
  @TempDir Path folder = Path.of("");
  private final ToyConsole console = new ToyConsole();
  private final RecordingEventLog log = new RecordingEventLog();
  private final TestLoops scheduler = new TestLoops(1, Epoll.isAvailable());

  private ControlListener listen(ToyStanza stanza) throws ConfigException {
    return new ControlListener(
        stanza, "1", folder, console, ToyAuthentication.of(scheduler), log, scheduler);
  }

  private RawClient client(Path path) throws IOException {
    return new RawClient(UnixDomainSocketAddress.of(path)).greeted();
  }

  @AfterEach
  void close() {
    console.go();
    scheduler.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0.0.0.0:2025|loopback addresses only",
        "*:2025|loopback addresses only",
        ":2025|loopback addresses only",
        "[*]:2025|loopback addresses only",
        "192.0.2.1:2025|loopback addresses only",
        "[2001:db8::1]:2025|loopback addresses only",
        "mail.example.com:2025|expected ADDRESS:PORT",
        "::1:2025|expected ADDRESS:PORT",
        "2025|expected ADDRESS:PORT",
        "127.0.0.1:70000|expected ADDRESS:PORT",
        "127.0.0.1:|expected ADDRESS:PORT"
      })
  void refusesOtherAddresses(String listen, String reason) {
    assertThatThrownBy(() -> listen(ToyStanza.of(listen)))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("test.conf:7: Listen \"" + listen + "\"")
        .hasMessageContaining(reason);
  }

  @Test
  void refusesALongPath() {
    assertThatThrownBy(() -> listen(ToyStanza.of(folder.resolve("x".repeat(107)))))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("the path of a Unix domain socket can have at most 107");
  }

  @Test
  void refusesATakenPort() throws Exception {
    try (ServerSocket taken = new ServerSocket(0)) {
      assertThatThrownBy(() -> listen(ToyStanza.of("127.0.0.1:" + taken.getLocalPort())))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("test.conf:7: control_listener cannot listen on \"127.0.0.1:");
    }
  }

  @Test
  void replacesAStaleSocketOnly() throws Exception {
    Path path = folder.resolve("2025");
    try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      dead.bind(UnixDomainSocketAddress.of(path));
    }
    assertThat(Files.exists(path)).isTrue();
    ControlListener listener = listen(ToyStanza.of(path));
    try (RawClient client = client(path)) {
      assertThat(client.ask("echo x")).isEqualTo("OK x\n");
      try (ServerSocketChannel alive = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
        Path other = folder.resolve("other");
        alive.bind(UnixDomainSocketAddress.of(other));
        assertThatThrownBy(() -> listen(ToyStanza.of(other)))
            .isInstanceOf(ConfigException.class)
            .hasMessage("test.conf:7: a running server listens on " + other);
      }
    }
    listener.stop();
    Path file = Files.createFile(folder.resolve("file"));
    assertThatThrownBy(() -> listen(ToyStanza.of(file)))
        .isInstanceOf(ConfigException.class)
        .hasMessage("test.conf:7: " + file + " exists and is no socket");
    assertThat(Files.exists(file)).isTrue();
  }

  @Test
  void makesTheFolderAndSetsTheMode() throws Exception {
    Path path = folder.resolve("a/b/2025");
    ControlListener listener =
        listen(new ToyStanza(Map.of("a/b/2025", ToyStanza.options(0620, Duration.ofSeconds(1)))));
    assertThat(Files.getPosixFilePermissions(path))
        .isEqualTo(PosixFilePermissions.fromString("rw--w----"));
    ToyStanza next =
        new ToyStanza(Map.of("a/b/2025", ToyStanza.options(0666, Duration.ofSeconds(1))));
    listener.prepare(next);
    listener.commit(next);
    assertThat(Files.getPosixFilePermissions(path))
        .isEqualTo(PosixFilePermissions.fromString("rw-rw-rw-"));
    listener.stop();
    assertThat(Files.exists(path)).isFalse();
  }

  @Test
  void keepsSocketsThatStay() throws Exception {
    Path stays = folder.resolve("stays");
    Path goes = folder.resolve("goes");
    Path comes = folder.resolve("comes");
    ControlListener listener = listen(ToyStanza.of(stays, goes));
    try (RawClient staying = client(stays);
        RawClient going = client(goes)) {
      ToyStanza next = ToyStanza.of(stays, comes);
      listener.prepare(next);
      assertThat(going.ask("echo still")).isEqualTo("OK still\n");
      listener.commit(next);
      assertThat(going.answer()).isEqualTo("BYE the configuration no longer names " + goes + "\n");
      assertThat(staying.ask("echo x")).isEqualTo("OK x\n");
      assertThat(Files.exists(goes)).isFalse();
      client(comes).close();
    }
    listener.stop();
  }

  @Test
  void takesNothingFromARefusedGeneration() throws Exception {
    Path stays = folder.resolve("stays");
    Path comes = folder.resolve("comes");
    ControlListener listener = listen(ToyStanza.of(stays));
    assertThatThrownBy(() -> listener.prepare(ToyStanza.of(comes, "192.0.2.1:1")))
        .isInstanceOf(ConfigException.class);
    assertThat(Files.exists(comes)).isFalse();
    listener.prepare(ToyStanza.of(comes));
    assertThat(Files.exists(comes)).isTrue();
    listener.rollback(ToyStanza.of(comes));
    assertThat(Files.exists(comes)).isFalse();
    try (RawClient client = client(stays)) {
      assertThat(client.ask("echo x")).isEqualTo("OK x\n");
    }
    listener.stop();
  }

  @Test
  void listensNowhereThatIsNotEnabled() throws Exception {
    Path path = folder.resolve("2025");
    ControlListener listener =
        listen(
            new ToyStanza(
                Map.of(
                    path.toString(), new ToyStanza.Options(false, 0600, Duration.ofSeconds(60)))));
    assertThat(Files.exists(path)).isFalse();
    listener.stop();
  }

  @Test
  void answersTheCommandThatStopsIt() throws Exception {
    Path path = folder.resolve("2025");
    ControlListener listener = listen(ToyStanza.of(path));
    try (RawClient client = client(path);
        RawClient idle = client(path)) {
      client.send("wait\necho never\n");
      console.waiting.await();
      listener.stop();
      assertThat(idle.answer()).isEqualTo("BYE the control listener stops\n");
      console.go();
      assertThat(client.answer()).isEqualTo("OK went\n");
      assertThat(client.answer()).isEqualTo("BYE the control listener stops\n");
      assertThat(client.ended()).isTrue();
      assertThat(console.lines).containsExactly("wait");
    }
  }
}
