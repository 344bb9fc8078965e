package org.impetusmta.itest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A throttle from its line in the file to the wire, and why mail waits, as an operator asks. */
class TrafficShapingTest {
  @TempDir Path folder;

  private static void send(SmtpClient client, String recipient) throws IOException {
    assertThat(client.say("MAIL FROM:<>", "RCPT TO:<" + recipient + ">", "DATA")).startsWith("354");
    assertThat(client.say("Subject: shaped\r\n\r\n.")).startsWith("250");
  }

  @Test
  void a_throttle_holds_says_so_and_outlives_a_reload() throws IOException {
    try (Sink sink = new Sink(_ -> {});
        Server server =
            Server.start(
                folder,
                """
                gateway = "127.0.0.1"
                remote_smtp_port = %d
                bind_address = "127.0.0.7"
                domain "/[.]slow$/" { outbound_throttle_messages = 2/3600 }
                domain "black.example" { blackhole = inline }
                """
                    .formatted(sink.port()));
        SmtpClient client = new SmtpClient(server.smtpPort)) {
      client.say("EHLO client.example");
      for (int i = 0; i < 3; i++) {
        send(client, "u" + i + "@a.slow");
        send(client, "u" + i + "@b.slow");
      }
      send(client, "u@fast.example");
      await().atMost(Duration.ofSeconds(30)).until(() -> sink.messages.get() == 3);
      assertThat(sink.clients).as("bind_address").containsExactly("127.0.0.7");
      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(
              () ->
                  assertThat(
                          server.tryConsole("domain a.slow explain")
                              + server.tryConsole("domain b.slow explain"))
                      .contains("outbound_throttle_messages = 2/3600 of domain \"/[.]slow$/\"")
                      .contains("2 of 2 used")
                      .contains("2 wait for it"));
      server.console("config reload");
      assertThat(server.console("domain fast.example")).contains("Deliveries:");
      assertThat(sink.messages.get()).as("the bucket is as empty as before").isEqualTo(3);
      server.console("config set domain \"/[.]slow$/\" outbound_throttle_messages = 0");
      await().atMost(Duration.ofSeconds(30)).until(() -> sink.messages.get() == 7);
      try (SmtpClient another = new SmtpClient(server.smtpPort)) {
        another.say("EHLO client.example", "MAIL FROM:<a@example.com>");
        assertThat(another.say("RCPT TO:<b@black.example>"))
            .isEqualTo("551 5.7.1 recipient blackholed");
      }
    }
  }
}
