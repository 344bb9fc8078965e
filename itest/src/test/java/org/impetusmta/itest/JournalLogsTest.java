package org.impetusmta.itest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.impetusmta.jlog.JlogReader;
import org.impetusmta.jlog.JlogRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Logs of a whole server that go to journals: the scheme starts the module; programs read them. */
class JournalLogsTest {
  @TempDir Path folder;

  private static String loggers(Path home) {
    return """
    ec_logger "ec_logger_cluster" {
      mainlog = "cluster://%1$s/log/mainlog.cluster?subscribers=mgr1,mgr2"
      paniclog = "cluster://%1$s/log/paniclog.cluster=>mgr1"
      rejectlog = "cluster://%1$s/log/rejectlog.cluster=>mgr1"
      acctlog = "cluster://%1$s/log/acctlog.cluster=>mgr1"
    }
    custom_logger "custom_logger_jlog" {
      reception_logfile = "jlog://%1$s/log/reception_log_rt=>my_subscriber"
      reception_format = "%%r@%%h{Subject}"
    }
    """
        .formatted(home);
  }

  private static List<String> read(Path journal, String subscriber) throws IOException {
    List<String> lines = new ArrayList<>();
    try (JlogReader reader = JlogReader.open(journal, subscriber)) {
      for (Optional<JlogRecord> next = reader.read(); next.isPresent(); next = reader.read()) {
        lines.add(next.get().text());
      }
      reader.checkpoint();
    }
    return lines;
  }

  private static String jlogctl(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(Server.DISTRIBUTION + "/bin/jlogctl"));
    command.addAll(List.of(arguments));
    Process program = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(program.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(program.waitFor()).as(said).isZero();
    return said;
  }

  @Test
  void lines_are_records_that_subscribers_read() throws Exception {
    Path home = folder.resolve("server");
    Path main = home.resolve("log/mainlog.cluster");
    try (Sink sink = new Sink(_ -> {});
        Server server =
            Server.start(
                home,
                "Gateway = \"127.0.0.1\"\nRemote_SMTP_Port = \"%d\"\n".formatted(sink.port())
                    + loggers(home))) {
      try (SmtpClient client = new SmtpClient(server.smtpPort)) {
        assertThat(
                client.say(
                    "EHLO client.example",
                    "MAIL FROM:<a@example.com>",
                    "RCPT TO:<b@dest.example>",
                    "DATA",
                    "Date: Mon, 23 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@x>\r\nSubject: one"
                        + "\r\n\r\nhello\r\n."))
            .startsWith("250 2.0.0 OK");
      }
      List<String> lines = new ArrayList<>();
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> lines.addAll(read(main, "mgr1")) && lines.stream().anyMatch(is("D")));
      assertThat(lines).anyMatch(is("R")).allMatch(line -> line.endsWith("\n"));
      assertThat(read(home.resolve("log/reception_log_rt"), "my_subscriber"))
          .containsExactly("b@one\n");
      assertThat(jlogctl("-s", main.toString()))
          .startsWith(main + "\n")
          .contains("mgr1 @ 00000000:0000000" + lines.size() + "\n")
          .contains("mgr2 @ 00000000:00000000\n");
      assertThat(server.console("module list")).contains("jlog");
    }
    assertThat(jlogctl("-e", "mgr1", main.toString())).contains("Erased subscriber 'mgr1'\n");
  }

  private static Predicate<String> is(String kind) {
    return line -> line.split("@", -1).length > 2 && line.contains("@" + kind + "@");
  }
}
