package org.impetusmta.itest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A keyword in SMTP_Extensions starts its module; what the sender asks for is reported. */
class SmtpExtensionsTest {
  @TempDir Path folder;

  @Test
  void listing_a_keyword_starts_its_module_and_success_is_reported() throws Exception {
    List<String> arrived = new CopyOnWriteArrayList<>();
    try (Sink sink = new Sink(data -> arrived.add(new String(data, StandardCharsets.US_ASCII)));
        Server server =
            Server.start(
                folder,
                """
                gateway = "127.0.0.1"
                remote_smtp_port = %d
                """
                    .formatted(sink.port()))) {
      try (SmtpClient client = new SmtpClient(server.smtpPort)) {
        client.say("EHLO client.example");
        assertThat(client.say("XDUMPCONTEXT")).startsWith("500");
      }
      assertThat(server.tryConsole("config set esmtp_listener smtp_extensions ( XNOTHING )"))
          .contains("\"XNOTHING\" is not supported");
      server.console("config set esmtp_listener smtp_extensions ( DEFAULT XCLIENT XDUMPCONTEXT )");
      assertThat(server.console("module list")).contains("xclient_inbound", "xdumpcontext");
      try (SmtpClient client = new SmtpClient(server.smtpPort)) {
        client.say("EHLO client.example");
        assertThat(client.say("XDUMPCONTEXT")).isEqualTo("250 XDUMPCONTEXT complete");
        assertThat(client.say("XCLIENT ADDR=127.0.0.9 NAME=spike")).startsWith("220");
        client.say("EHLO client.example");
        assertThat(
                client.say(
                    "MAIL FROM:<a@example.com> ENVID=e+3D1",
                    "RCPT TO:<b@example.org> NOTIFY=SUCCESS",
                    "BDAT 14 LAST\r\nSubject: x\r\n"))
            .startsWith("250 2.0.0 OK");
      }
      await().atMost(Duration.ofSeconds(30)).until(() -> arrived.size() == 2);
      assertThat(arrived.getFirst())
          .contains("[127.0.0.9]", "\r\nSubject: x\r\n", "\r\nMessage-ID: <", "\r\nDate: ");
      assertThat(arrived.getLast())
          .contains("To: a@example.com\r\n")
          .contains("Original-Envelope-Id: e=1\r\n")
          .contains("Action: relayed\r\n");
    }
  }
}
