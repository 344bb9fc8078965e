package org.impetusmta.listener.control;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.epoll.Epoll;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.testkit.net.TestLoops;
import org.impetusmta.testkit.smtp.RecordingEventLog;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** The protocol on every transport. */
@ParameterizedClass
@EnumSource(ControlSessionTest.Where.class)
@Timeout(60)
final class ControlSessionTest {
  enum Where {
    EPOLL_UNIX,
    EPOLL_TCP,
    NIO_UNIX,
    NIO_TCP
  }

  /** Far more than the kernel's buffers hold. */
  private static final long MOST_TAKEN = 64L * 1024 * 1024;

  @Parameter Where where = Where.EPOLL_UNIX;
  @TempDir Path folder = Path.of("");

  private final ToyConsole console = new ToyConsole();
  private final RecordingEventLog log = new RecordingEventLog();
  private final List<AutoCloseable> open = new ArrayList<>();

  private RawClient connect() throws IOException, ConfigException {
    return connect(Duration.ofSeconds(60)).greeted();
  }

  private RawClient connect(Duration timeout) throws IOException, ConfigException {
    return client(listen(timeout));
  }

  private RawClient client(SocketAddress address) throws IOException {
    RawClient client = new RawClient(address);
    open.add(client);
    return client;
  }

  private SocketAddress listen(Duration timeout) throws ConfigException {
    boolean epoll = where == Where.EPOLL_UNIX || where == Where.EPOLL_TCP;
    boolean unix = where == Where.EPOLL_UNIX || where == Where.NIO_UNIX;
    Assumptions.assumeTrue(!epoll || Epoll.isAvailable(), "needs epoll");
    TestLoops scheduler = new TestLoops(1, epoll);
    String address = unix ? folder.resolve("2025").toString() : "127.0.0.1:0";
    ControlListener listener =
        new ControlListener(
            new ToyStanza(Map.of(address, ToyStanza.options(0600, timeout))),
            "1.2.3",
            folder,
            console,
            ToyAuthentication.of(scheduler),
            log,
            scheduler);
    open.add(scheduler);
    open.add(listener::stop);
    return listener.localAddresses().getFirst();
  }

  private void halfClosed() {
    Assumptions.assumeTrue(
        where != Where.NIO_UNIX,
        "Netty's NIO closes a Unix socket whose peer has shut down output");
  }

  @AfterEach
  void close() throws Exception {
    console.go();
    for (AutoCloseable each : open.reversed()) {
      each.close();
    }
  }

  @Test
  void answersCommands() throws Exception {
    RawClient client = connect(Duration.ofSeconds(60));
    assertThat(client.line()).matches("impetus-console 1 \\S+ 1\\.2\\.3");
    assertThat(client.ask("echo grüße 😀")).isEqualTo("OK grüße 😀\n");
    assertThat(client.ask("echo telnet\r")).isEqualTo("OK telnet\n");
    assertThat(client.ask("fail")).isEqualTo("ERR no\n");
    assertThat(client.ask("break")).isEqualTo("ERR internal error; the paniclog has the cause\n");
    assertThat(client.ask("")).isEqualTo("OK ");
    assertThat(client.ask("\\complete mes")).isEqualTo("OK mesone\nmestwo\n");
    assertThat(client.ask("\\complete")).isEqualTo("OK one\ntwo\n");
    assertThat(client.ask("\\pager")).isEqualTo("ERR unknown request \\pager\n");
  }

  @Test
  void runsOneCommandAtATime() throws Exception {
    RawClient client = connect();
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 500; i++) {
      lines.append("echo ").append(i).append('\n');
    }
    client.send(lines.toString());
    for (int i = 0; i < 500; i++) {
      assertThat(client.answer()).isEqualTo("OK " + i + "\n");
    }
    assertThat(console.mostRunning).hasValue(1);
  }

  @Test
  void takesALineInPieces() throws Exception {
    RawClient client = connect();
    for (char c : "echo ab\necho c".toCharArray()) {
      client.send(String.valueOf(c));
    }
    assertThat(client.answer()).isEqualTo("OK ab\n");
    client.send("d\n");
    assertThat(client.answer()).isEqualTo("OK cd\n");
  }

  @Test
  void sendsLongAnswersWhole() throws Exception {
    RawClient client = connect();
    assertThat(client.ask("big 8")).hasSize("OK ".length() + 8 * 1024 * 1024);
    assertThat(client.ask("echo x")).isEqualTo("OK x\n");
  }

  @Test
  void refusesWhatIsNotUtf8() throws Exception {
    RawClient client = connect();
    client.send("echo gr\u00fc\u00dfe\n".getBytes(ISO_8859_1));
    assertThat(client.answer()).isEqualTo("ERR the line is not UTF-8\n");
    assertThat(client.ask("echo x")).isEqualTo("OK x\n");
    assertThat(console.lines).containsExactly("echo x");
  }

  @Test
  void endsTheSessionAfterALineTooLong() throws Exception {
    RawClient client = connect();
    String line = "x".repeat(ControlSession.LONGEST_LINE - "echo ".length());
    assertThat(client.ask("echo " + line)).isEqualTo("OK " + line + "\n");
    client.send("y".repeat(1024 * 1024));
    assertThat(client.answer()).isEqualTo("BYE a line is longer than 65536 octets\n");
    assertThat(client.ended()).isTrue();
    assertThat(console.lines).hasSize(1);
  }

  @Test
  void doesNotRunALineWithoutItsEnd() throws Exception {
    halfClosed();
    RawClient client = connect();
    client.send("echo x\nshutd");
    client.channel.shutdownOutput();
    assertThat(client.answer()).isEqualTo("OK x\n");
    assertThat(client.answer()).isEqualTo("BYE the last line has no end: it was not run\n");
    assertThat(client.ended()).isTrue();
    assertThat(console.lines).containsExactly("echo x");
  }

  @Test
  void answersWhatCameBeforeTheEnd() throws Exception {
    halfClosed();
    RawClient client = connect();
    client.send("wait\necho a\n");
    client.channel.shutdownOutput();
    console.waiting.await();
    console.go();
    assertThat(client.answer()).isEqualTo("OK went\n");
    assertThat(client.answer()).isEqualTo("OK a\n");
    assertThat(client.ended()).isTrue();
    await().until(() -> console.closed.size() == 1);
  }

  @Test
  void finishesACommandWhoseClientIsGone() throws Exception {
    RawClient client = connect();
    client.send("wait\n");
    console.waiting.await();
    client.close();
    assertThat(console.closed).isEmpty();
    console.go();
    await().until(() -> console.closed.size() == 1);
    assertThat(console.running).hasValue(0);
  }

  @Test
  void readsNothingWhileACommandRuns() throws Exception {
    RawClient client = connect();
    client.send("wait\n");
    console.waiting.await();
    byte[] lines = "echo 0123456789\n".repeat(1024).getBytes(ISO_8859_1);
    ByteBuffer out = ByteBuffer.wrap(lines);
    client.channel.configureBlocking(false);
    long taken = 0;
    // until the kernel's buffers are full and stay full
    for (int refused = 0; refused < 20_000 && taken < MOST_TAKEN; ) {
      int count = client.channel.write(out);
      taken += count;
      refused = count == 0 ? refused + 1 : 0;
      if (!out.hasRemaining()) {
        out.rewind();
      }
    }
    assertThat(taken).as("octets taken while nothing is read").isLessThan(MOST_TAKEN);
    client.channel.configureBlocking(true);
    console.go();
    assertThat(client.answer()).isEqualTo("OK went\n");
    long whole = taken / 16;
    for (int i = 0; i < Math.min(whole, 2000); i++) {
      assertThat(client.answer()).isEqualTo("OK 0123456789\n");
    }
  }

  @Test
  void endsIdleSessions() throws Exception {
    RawClient client = connect(Duration.ofMillis(300)).greeted();
    assertThat(client.ask("echo x")).isEqualTo("OK x\n");
    assertThat(client.answer()).isEqualTo("BYE closed after 0 s without a command\n");
    assertThat(client.ended()).isTrue();
    await().until(() -> console.closed.size() == 1);
  }

  @Test
  void doesNotCallAnOperatorIdleWhoseCommandRuns() throws Exception {
    RawClient client = connect(Duration.ofMillis(50)).greeted();
    client.send("wait\n");
    console.waiting.await();
    await().pollDelay(Duration.ofMillis(300)).until(() -> true);
    console.go();
    assertThat(client.answer()).isEqualTo("OK went\n");
  }

  @Test
  void turnsBrowsersAway() throws Exception {
    RawClient client = connect();
    client.send("POST /x HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nshutdown\r\n");
    assertThat(client.answer()).isEqualTo("BYE this is not an HTTP server\n");
    assertThat(client.ended()).isTrue();
    assertThat(console.lines).isEmpty();
  }

  @Test
  void boundsTheSessions() throws Exception {
    SocketAddress address = listen(Duration.ofSeconds(60));
    for (int i = 0; i < ControlSession.MOST_SESSIONS; i++) {
      client(address).greeted();
    }
    assertThat(client(address).answer()).isEqualTo("BYE too many control sessions\n");
    ((RawClient) open.get(5)).close();
    await()
        .untilAsserted(() -> assertThat(client(address).line()).startsWith("impetus-console 1 "));
  }

  @Test
  void leavesNoFile() throws Exception {
    connect();
    open.reversed().get(1).close();
    assertThat(Files.exists(folder.resolve("2025"))).isFalse();
  }
}
