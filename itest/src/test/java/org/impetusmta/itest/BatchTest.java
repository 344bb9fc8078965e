package org.impetusmta.itest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * One reception with many recipients at one domain: a kill, a restart, one transaction to the next
 * hop, with the body read, mapped or sent by the kernel.
 */
class BatchTest {
  private static final int RECIPIENTS = 50;
  private static final int LINES = 4_000;

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"false, false", "true, false", "true, true"})
  void many_recipients_leave_in_one_transaction(boolean mmap, boolean sendfile) throws Exception {
    List<byte[]> taken = new CopyOnWriteArrayList<>();
    StringBuilder content =
        new StringBuilder("Date: Mon, 23 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@x>\r\n\r\n");
    for (int i = 0; i < LINES; i++) {
      content.append("line ").append(i).append(" of what fifty people get\r\n");
    }
    try (Sink sink = new Sink(taken::add);
        Server server =
            Server.start(folder.resolve("server"), more(sink.port(), mmap, sendfile, true))) {
      try (SmtpClient client = new SmtpClient(server.smtpPort)) {
        client.say("EHLO client.example", "MAIL FROM:<me@example.com>");
        for (int i = 0; i < RECIPIENTS; i++) {
          assertThat(client.say("RCPT TO:<r" + i + "@sink.test>")).startsWith("250");
        }
        assertThat(client.say("DATA")).startsWith("354");
        assertThat(client.say(content + ".")).startsWith("250 2.0.0 OK");
      }
      server.kill();
      server.restart();
      await()
          .atMost(Duration.ofSeconds(20))
          .until(
              () ->
                  server
                      .console("summary")
                      .contains("Active Queue Size: %6d".formatted(RECIPIENTS)));
      Files.writeString(
          server.configuration(),
          Server.configuration(server.folder, server.smtpPort)
              + more(sink.port(), mmap, sendfile, false));
      server.console("config reload");
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> server.console("summary").contains("Total Queue Size:      0"));
      assertThat(sink.recipients).containsExactly(RECIPIENTS);
      assertThat(new String(taken.getFirst(), StandardCharsets.ISO_8859_1))
          .startsWith("Received: ")
          .endsWith(content);
      await().atMost(Duration.ofSeconds(5)).until(() -> deliveries(server).size() == RECIPIENTS);
      List<String[]> deliveries = deliveries(server);
      assertThat(deliveries.stream().map(d -> d[1]).distinct()).as("ids").hasSize(RECIPIENTS);
      assertThat(deliveries.stream().map(d -> d[2]).distinct()).as("batch ids").hasSize(1);
      assertThat(deliveries)
          .allMatch(d -> Integer.parseInt(d[6]) == taken.getFirst().length)
          .allMatch(d -> d[11].equals("127.0.0.1"));
    }
  }

  private static List<String[]> deliveries(Server server) throws Exception {
    return server.log("mainlog.ec").stream()
        .map(line -> line.split("@", -1))
        .filter(fields -> fields.length > 11 && fields[4].equals("D"))
        .toList();
  }

  private static String more(int port, boolean mmap, boolean sendfile, boolean suspended) {
    return """
    Gateway = "127.0.0.1"
    Remote_SMTP_Port = "%d"
    Use_Mmap = %s
    Use_Sendfile = %s
    Max_Resident_Active_Queue = 0
    Suspend_Delivery = %s
    """
        .formatted(port, mmap, sendfile, suspended);
  }
}
