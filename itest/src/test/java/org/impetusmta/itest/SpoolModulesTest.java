package org.impetusmta.itest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The modules and commands that stand between the queues and the disk, in whole servers. */
class SpoolModulesTest {
  private static final String LINE = "The same line again, so that it shrinks well.\r\n";

  @TempDir Path folder;

  private final List<String> arrived = new CopyOnWriteArrayList<>();

  private void arrive(byte[] data) {
    arrived.add(new String(data, StandardCharsets.ISO_8859_1));
  }

  private static String content(String subject, int lines) {
    return "Date: Mon, 23 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@x>\r\nSubject: "
        + subject
        + "\r\n\r\n"
        + LINE.repeat(lines);
  }

  private static void send(Server server, String content) throws IOException {
    try (SmtpClient client = new SmtpClient(server.smtpPort)) {
      String reply =
          client.say(
              "EHLO client.example",
              "MAIL FROM:<a@example.com>",
              "RCPT TO:<b@dest.example>",
              "DATA",
              content + ".");
      assertThat(reply).startsWith("250 2.0.0 OK");
    }
  }

  private static String gateway(Sink sink) {
    return """
    Gateway = "127.0.0.1"
    Remote_SMTP_Port = "%d"
    Retry_Interval = 1
    """
        .formatted(sink.port());
  }

  private static long figure(Server server, String name) throws IOException {
    return server
        .console("sp_async stats")
        .lines()
        .filter(line -> line.startsWith(name))
        .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(':') + 1).strip()))
        .findFirst()
        .orElseThrow();
  }

  @ParameterizedTest
  @CsvSource({"gzip,journal", "bzip2,journal", "zstd,journal", "gzip,hashed"})
  void compressed_mail_is_delivered_when_the_module_is_gone(String compress, String engine)
      throws Exception {
    String content = content("large", 50_000);
    String common = "Spool_Engine = \"" + engine + "\"\n";
    try (Sink sink = new Sink(this::arrive);
        Server server =
            Server.start(
                folder.resolve("server"),
                common
                    + "Suspend_Delivery = true\ncompress_spool { compress = \""
                    + compress
                    + "\" }\n")) {
      send(server, content);
      send(server, content("small", 10));
      // what was accepted is a hundredth on the disk
      assertThat(figure(server, "Bytes written")).isLessThan(content.length() / 10);
      server.kill();
      Files.writeString(
          server.configuration(),
          Server.configuration(server.folder, server.smtpPort) + common + gateway(sink));
      server.restart();
      assertThat(server.console("module list")).doesNotContain("compress_spool");
      await().atMost(Duration.ofSeconds(60)).until(() -> arrived.size() == 2);
      assertThat(arrived).anySatisfy(text -> assertThat(text).endsWith(content));
      assertThat(server.log("paniclog.ec")).noneMatch(line -> line.contains("cannot be read"));
    }
  }

  @Test
  void suppressed_mail_is_delivered_and_never_written() throws Exception {
    try (Sink sink = new Sink(this::arrive);
        Server server =
            Server.start(
                folder.resolve("server"),
                "_unsafe_spool = true\nsuppress_spool \"suppress_spool\" { num_retries = 2 }\n"
                    + gateway(sink))) {
      long before = figure(server, "Bytes written");
      for (int i = 0; i < 50; i++) {
        send(server, content("m" + i, 100));
      }
      await().atMost(Duration.ofSeconds(60)).until(() -> arrived.size() == 50);
      await().atMost(Duration.ofSeconds(10)).until(() -> figure(server, "Messages removed") == 50);
      assertThat(figure(server, "Messages stored")).isEqualTo(50);
      assertThat(figure(server, "Bytes written")).isEqualTo(before);
      assertThat(figure(server, "Syncs")).isLessThanOrEqualTo(1);
    }
  }

  @Test
  void suppressed_mail_is_written_after_the_retries_and_at_a_clean_end() throws Exception {
    int closed = Server.freePort();
    try (Server server =
        Server.start(
            folder.resolve("server"),
            """
            _unsafe_spool = true
            suppress_spool { num_retries = 1 }
            Gateway = "127.0.0.1"
            Remote_SMTP_Port = "%d"
            Retry_Interval = 1
            Max_Retry_Interval = 1
            Host_Failure_Retry = 1
            """
                .formatted(closed))) {
      send(server, content("retried", 10));
      assertThat(figure(server, "Commits")).isZero();
      await().atMost(Duration.ofSeconds(60)).until(() -> figure(server, "Commits") > 0);
      send(server, content("held", 10));
      server.close();
      try (Sink sink = new Sink(this::arrive)) {
        Files.writeString(
            server.configuration(),
            Server.configuration(server.folder, server.smtpPort) + gateway(sink));
        server.restart();
        await().atMost(Duration.ofSeconds(60)).until(() -> arrived.size() == 2);
        assertThat(arrived)
            .anyMatch(text -> text.contains("Subject: held"))
            .anyMatch(text -> text.contains("Subject: retried"));
      }
    }
  }

  @Test
  void suppression_needs_the_permission() throws IOException {
    assertThatThrownBy(
            () -> Server.start(folder.resolve("server"), "suppress_spool { num_retries = 2 }\n"))
        .hasMessageContaining("expected _unsafe_spool = true");
    try (Server server =
        Server.start(folder.resolve("other"), "_unsafe_spool = true\nsuppress_spool { }\n")) {
      assertThat(server.tryConsole("config set _unsafe_spool false"))
          .contains("expected _unsafe_spool = true");
    }
  }

  @Test
  void the_mail_of_another_server_is_imported() throws Exception {
    List<String> sent = new ArrayList<>();
    Path there = folder.resolve("there");
    try (Server other =
        Server.start(there, "Suspend_Delivery = true\ncompress_spool { compress = zstd }\n")) {
      for (int i = 0; i < 30; i++) {
        String content = content("m" + i, i == 7 ? 200_000 : i);
        sent.add(content);
        send(other, content);
      }
    }
    try (Sink sink = new Sink(this::arrive);
        Server server =
            Server.start(
                folder.resolve("here"),
                gateway(sink)
                    + "ec_logger \"imports\" {\n  importlog = \""
                    + folder
                    + "/import.ec\"\n  mainlog = \""
                    + folder
                    + "/main2.ec\"\n  rejectlog = \""
                    + folder
                    + "/reject2.ec\"\n  paniclog = \""
                    + folder
                    + "/panic2.ec\"\n  acctlog = \""
                    + folder
                    + "/acct2.ec\"\n}\n")) {
      Path spool = there.resolve("spool").toRealPath();
      assertThat(server.tryConsole("spool import " + folder.resolve("nowhere")))
          .contains("there is no folder");
      assertThat(server.tryConsole("spool import_poll " + spool)).contains("was not imported");
      assertThat(server.console("spool import " + spool + " 4")).contains("has begun");
      send(server, content("meanwhile", 3));
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> server.console("spool import_poll " + spool).contains("finished"));
      assertThat(server.console("spool import_poll " + spool))
          .contains("finished; 30 messages imported, 0 of them with a new id");
      await().atMost(Duration.ofSeconds(60)).until(() -> arrived.size() == 31);
      for (String content : sent) {
        assertThat(arrived)
            .filteredOn(text -> text.endsWith(content))
            .singleElement()
            .asString()
            .startsWith("Received: from spool (imported)");
      }
      await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> Files.readAllLines(folder.resolve("import.ec")).size() == 30);
      assertThat(Files.readAllLines(folder.resolve("import.ec")))
          .allMatch(line -> line.matches("\\d{10}@([^@]{20})@I@\\1@1@" + spool));
      // it is empty now
      server.console("spool import " + spool + " 1 suppress_trace_headers");
      await()
          .atMost(Duration.ofSeconds(60))
          .until(
              () ->
                  server
                      .console("spool import_poll " + spool)
                      .contains("finished; 0 messages imported"));
      await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> server.console("unlink stats").contains("Current Backlog:      0"));
      assertThat(server.console("unlink stats").lines().toList())
          .contains(
              "                   Messages    Headers    Bodies",
              "Submissions    :          31        31        31",
              "  Success Rate :      100.00%   100.00%   100.00%");
    }
  }

  @Test
  void a_message_that_is_queued_is_not_queued_twice() throws Exception {
    try (Server server = Server.start(folder.resolve("server"), "Suspend_Delivery = true\n")) {
      send(server, content("one", 3));
      await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> server.log("mainlog.ec").stream().anyMatch(line -> line.contains("@R@")));
      String id =
          server.log("mainlog.ec").stream()
              .filter(line -> line.contains("@R@"))
              .findFirst()
              .orElseThrow()
              .split("@")[1];
      assertThat(server.console("spool_in " + id)).contains("is in the queue already");
      assertThat(server.tryConsole("spool_in 00/00-00001-00000001")).contains("not in the spool");
      assertThat(server.console("summary")).contains("Total Queue Size:      1");
    }
  }
}
