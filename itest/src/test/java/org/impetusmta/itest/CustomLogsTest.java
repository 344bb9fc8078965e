package org.impetusmta.itest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Logs in formats of the operator's own, with the macros of a module, in a whole server. */
class CustomLogsTest {
  private static final String FORMATS =
      """
      custom_logger "one" {
        namespace = "custom_logger,sieve,outbound_tls"
        mainlog = "%1$s/log/custom"
        reception_format = "R@%%i@%%p@%%P@%%PG@%%h{Subject}@%%vctx_conn{ehlo_domain}"
        delivery_format = "D@%%i@%%h{Subject}@%%vctx_conn{ehlo_domain}@%%{rfc2822:text}@%%outbound_tls@%%local_ip@%%n"
        transient_failure_format = "T@%%i@%%h{Subject}@%%vctx_mess{mailfrom_domain}@%%s@%%outbound_tls"
        rejection_format = "J@%%m@%%M@%%H@%%n"
        rejection_logfile = "%1$s/log/rejected"
      }
      custom_logger "two" {
        concurrency = 2
        mainlog = "%1$s/log/pool"
        reception_format = "%%r@%%h{Subject}"
      }
      tls_macros { }
      chunk_logger { destination = "%1$s/log/chunks" }
      """;

  @TempDir Path folder;

  private static void send(Server server, String sender, String subject) throws Exception {
    try (SmtpClient client = new SmtpClient(server.smtpPort)) {
      assertThat(
              client.say(
                  "EHLO client.example",
                  "MAIL FROM:<" + sender + ">",
                  "RCPT TO:<b@dest.example>",
                  "DATA",
                  "Date: Mon, 23 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@x>\r\nSubject: "
                      + subject
                      + "\r\n\r\nhello\r\n."))
          .startsWith("250 2.0.0 OK");
    }
  }

  private static List<String> lines(Server server, String log, int count) throws Exception {
    await().atMost(Duration.ofSeconds(30)).until(() -> server.log(log).size() >= count);
    return server.log(log).stream()
        .map(line -> line.replaceAll("[0-9A-F]{2}/[0-9A-F]{2}-\\d{5}-[0-9A-F]{8}", "ID"))
        .toList();
  }

  @Test
  void every_stage_is_logged_as_its_format_says() throws Exception {
    Path home = folder.resolve("server");
    try (Sink sink = new Sink(_ -> {});
        Server server =
            Server.start(
                home,
                "Gateway = \"127.0.0.1\"\nRemote_SMTP_Port = \"%d\"\n".formatted(sink.port())
                    + FORMATS.formatted(home))) {
      send(server, "a@example.com", "one");
      assertThat(lines(server, "custom", 2))
          .hasSize(2)
          .satisfiesExactly(
              line -> assertThat(line).isEqualTo("R@ID@esmtp@default@default@one@client.example"),
              line ->
                  assertThat(line)
                      .startsWith("D@ID@one@client.example@hello")
                      .contains("@SMTP@127.0.0.1@250 "));
      assertThat(lines(server, "pool", 1)).containsExactly("b@one");
      try (SmtpClient client = new SmtpClient(server.smtpPort)) {
        client.say("EHLO x", "MAIL FROM:<a@example.com>", "RCPT TO:<>", "QUIT");
      }
      assertThat(server.console("module hooks"))
          .contains("LogMacros")
          .contains("tls_macros", "custom_logger", "chunk_logger");
      assertThat(server.console("custom_logger:one reopen logs")).contains("Logs reopened.");
    }
  }

  @Test
  void what_cannot_be_connected_is_logged_with_what_it_carried() throws Exception {
    Path home = folder.resolve("server");
    try (Server server =
        Server.start(
            home,
            "Gateway = \"127.0.0.1\"\nRemote_SMTP_Port = \"%d\"\n".formatted(Server.freePort())
                + FORMATS.formatted(home))) {
      send(server, "a@example.com", "late");
      assertThat(lines(server, "custom", 2).get(1))
          .isEqualTo("T@ID@late@example.com@while not connected@unknown");
    }
  }

  @Test
  void an_unknown_macro_refuses_the_configuration() {
    Path home = folder.resolve("server");
    assertThatThrownBy(
            () -> Server.start(home, FORMATS.formatted(home).replace("@%n\"", "@%nothing\"")))
        .hasMessageContaining("custom_logger \"one\"")
        .hasMessageContaining("unknown macro %nothing");
  }
}
