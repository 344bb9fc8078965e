package org.impetusmta.listener.control;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.epoll.Epoll;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Map;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.client.EcConsole;
import org.impetusmta.testkit.net.TestLoops;
import org.impetusmta.testkit.smtp.RecordingEventLog;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The program {@code ec_console} against a real listener. */
@Timeout(60)
final class EcConsoleTest {
  @TempDir Path folder = Path.of("");
  private final ToyConsole console = new ToyConsole();
  private final RecordingEventLog log = new RecordingEventLog();
  private final TestLoops scheduler = new TestLoops(1, Epoll.isAvailable());
  private @Nullable ControlListener listener;
  private String unix = "";
  private String tcp = "";

  /** What a run left behind. */
  private record Run(int status, String out, String err) {}

  @BeforeEach
  void listen() throws ConfigException {
    unix = folder.resolve("var/run/2025").toString();
    listener =
        new ControlListener(
            ToyStanza.of(unix, "127.0.0.1:0"),
            "1",
            folder,
            console,
            ToyAuthentication.of(scheduler),
            log,
            scheduler);
    tcp =
        listener.localAddresses().stream()
            .filter(InetSocketAddress.class::isInstance)
            .map(address -> "127.0.0.1:" + ((InetSocketAddress) address).getPort())
            .findFirst()
            .orElseThrow();
  }

  @AfterEach
  void close() {
    if (listener != null) {
      listener.stop();
    }
    scheduler.close();
  }

  private Run run(String input, Map<String, String> environment, String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int status =
        new EcConsole(
                new ByteArrayInputStream(input.getBytes(UTF_8)),
                new PrintStream(out, true, UTF_8),
                new PrintStream(err, true, UTF_8),
                environment)
            .run(arguments);
    return new Run(status, out.toString(UTF_8), err.toString(UTF_8));
  }

  @Test
  void runsACommand() {
    assertThat(run("", Map.of(), unix, "echo", "grüße")).isEqualTo(new Run(0, "grüße\n", ""));
    assertThat(run("", Map.of(), tcp, "echo", "x")).isEqualTo(new Run(0, "x\n", ""));
    assertThat(run("", Map.of(), "admin@" + tcp, "echo x")).isEqualTo(new Run(0, "x\n", ""));
    assertThat(run("", Map.of(), unix, "fail")).isEqualTo(new Run(1, "", "no\n"));
    assertThat(run("", Map.of(), unix, "big 3").out()).hasSize(3 * 1024 * 1024);
  }

  @Test
  void keepsWordsTogether() {
    run("", Map.of(), unix, "config", "set", "a b", "c\"d", "");
    run("", Map.of(), unix, "config set 'a  b'");
    assertThat(console.lines)
        .containsExactly("config set \"a b\" \"c\\\"d\" \"\"", "config set 'a  b'");
  }

  @Test
  void findsTheServer() {
    assertThat(run("", Map.of("CONTROL", unix), "echo", "1").out()).isEqualTo("1\n");
    assertThat(run("", Map.of("CONTROL", tcp), "echo", "2").out()).isEqualTo("2\n");
    assertThat(run("", Map.of("IMPETUS_HOME", folder.toString()), "--", "echo", "3").out())
        .isEqualTo("3\n");
  }

  @Test
  void runsLinesOfInput() {
    assertThat(run("echo 1\n\nfail\necho 2\nquit\necho 3\n", Map.of(), unix))
        .isEqualTo(new Run(1, "1\n2\n", "no\n"));
    assertThat(run("echo last", Map.of(), unix)).isEqualTo(new Run(0, "last\n", ""));
  }

  @Test
  void saysInOneLineThatItCannotConnect() {
    Run nowhere = run("", Map.of(), folder.resolve("nothing").toString(), "echo", "x");
    assertThat(nowhere.status()).isEqualTo(2);
    assertThat(nowhere.err())
        .startsWith("ec_console: cannot connect to " + folder.resolve("nothing") + ": ")
        .hasLineCount(1);
    assertThat(run("", Map.of(), "127.0.0.1:1", "echo").status()).isEqualTo(2);
    assertThat(run("", Map.of(), "127.0.0.1:99999", "echo").status()).isEqualTo(2);
    assertThat(run("", Map.of(), folder + "/" + "x".repeat(200), "echo").status()).isEqualTo(2);
  }

  @Test
  void knowsItsUsage() {
    assertThat(run("", Map.of(), "--man").out()).startsWith("NAME\n  ec_console -- ");
    assertThat(run("", Map.of(), "--nonsense").status()).isEqualTo(64);
    assertThat(run("", Map.of(), unix, "two\nlines").status()).isEqualTo(64);
  }
}
