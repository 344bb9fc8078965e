package org.impetusmta.itest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One message through the whole server, against swaks. */
class EndToEndTest {
  private static final String ID = "[0-9A-F]{2}/[0-9A-F]{2}-\\d{5}-[0-9A-F]{8}";

  @TempDir Path folder;

  static boolean installed(String program) {
    return List.of("/usr/bin", "/usr/sbin", "/usr/local/bin").stream()
        .anyMatch(dir -> Files.isExecutable(Path.of(dir, program)));
  }

  @Test
  void a_message_of_swaks_arrives_byte_for_byte_and_is_logged() throws Exception {
    assumeTrue(installed("swaks"), "needs the Debian package swaks");
    List<byte[]> taken = new CopyOnWriteArrayList<>();
    String content =
        "Date: Mon, 23 Nov 2026 10:00:00 +0000\r\n"
            + "From: <me@example.com>\r\n"
            + "To: <you@example.org>\r\n"
            + "Message-ID: <1@example.com>\r\n"
            + "Subject: dots\r\n\r\n"
            + ".one\r\n"
            + "..two\r\n"
            + "last line\r\n";
    Path data = folder.resolve("mail");
    Files.writeString(data, content.replace("\r\n", "\n"));
    try (Sink sink = new Sink(taken::add);
        Server server =
            Server.start(
                folder.resolve("server"),
                "Gateway = \"127.0.0.1\"\nRemote_SMTP_Port = \"%d\"\n".formatted(sink.port()))) {
      // what the client puts on the wire, seen without a server between, is what must arrive
      swaks(sink.port(), data, folder.resolve("swaks.direct"));
      swaks(server.smtpPort, data, folder.resolve("swaks"));
      await().atMost(Duration.ofSeconds(10)).until(() -> taken.size() == 2);
      String wire = new String(taken.getFirst(), StandardCharsets.ISO_8859_1);
      assertThat(wire).startsWith(content.replace("\r\n.", "\r\n.."));
      String octets = new String(taken.getLast(), StandardCharsets.ISO_8859_1);
      assertThat(octets)
          .matches(
              Pattern.compile(
                  "Received: from \\[127\\.0\\.0\\.1\\]"
                      + " \\(\\[127\\.0\\.0\\.1:\\d+\\] helo=client\\.example\\.com\\)\r\n.*",
                  Pattern.DOTALL));
      int end = octets.indexOf("\r\nDate: ") + 2;
      assertThat(octets.substring(0, end))
          .as("one header was added")
          .doesNotContain("\r\nX-", "\r\nMessage-");
      assertThat(octets.substring(end)).isEqualTo(wire);

      await()
          .atMost(Duration.ofSeconds(5))
          .until(() -> server.log("mainlog.ec").stream().anyMatch(l -> l.contains("@D@")));
      String id =
          Files.readString(folder.resolve("swaks"))
              .lines()
              .filter(l -> l.contains("250 2.0.0 OK"))
              .findFirst()
              .orElseThrow();
      id = id.substring(id.lastIndexOf(' ') + 1).strip();
      assertThat(id).matches(ID);
      List<String> records =
          server.log("mainlog.ec").stream().filter(l -> !l.endsWith("@@@@M")).toList();
      assertThat(records).hasSize(2);
      String[] r = records.get(0).split("@", -1);
      assertThat(r).hasSize(14);
      assertThat(List.of(r[1], r[4], r[5], r[6], r[7], r[8], r[9], r[11], r[12], r[13]))
          .containsExactly(
              id,
              "R",
              "you",
              "example.org",
              "me",
              "example.com",
              "127.0.0.1",
              "esmtp",
              "default",
              "default");
      assertThat(Integer.parseInt(r[10])).isEqualTo(octets.length());
      assertThat(Long.parseLong(r[0]))
          .isCloseTo(System.currentTimeMillis() / 1000, org.assertj.core.data.Offset.offset(60L));
      String[] d = records.get(1).split("@", -1);
      assertThat(d).hasSize(12);
      assertThat(List.of(d[1], d[2], d[4], d[5], d[7], d[8], d[9], d[11]))
          .containsExactly(id, r[2], "D", "example.org", "default", "default", "0", "127.0.0.1");
      assertThat(d[3]).as("another connection").matches(ID).isNotEqualTo(r[3]);
      assertThat(Integer.parseInt(d[6])).isEqualTo(octets.length());
      assertThat(Double.parseDouble(d[10])).isBetween(0.0, 60.0);
    }
  }

  private static void swaks(int port, Path data, Path transcript) throws Exception {
    Process swaks =
        new ProcessBuilder(
                "swaks",
                "--server",
                "127.0.0.1:" + port,
                "--from",
                "me@example.com",
                "--to",
                "you@example.org",
                "--ehlo",
                "client.example.com",
                "--data",
                "@" + data)
            .redirectErrorStream(true)
            .redirectOutput(transcript.toFile())
            .start();
    assertThat(swaks.waitFor()).as(Files.readString(transcript)).isZero();
  }

  @Test
  void a_refused_recipient_comes_back_as_a_delivery_status_notification() throws Exception {
    List<byte[]> taken = new CopyOnWriteArrayList<>();
    try (Sink sink = new Sink(taken::add);
        Server server =
            Server.start(
                folder.resolve("server"),
                """
                Hostname = "mta.example.net"
                Domain "dead.test" { Gateway = "127.0.0.1" Remote_SMTP_Port = "%d" }
                Domain "load.test" { Gateway = "127.0.0.1" Remote_SMTP_Port = "%d" }
                Domain "sink.test" { Suspend_Delivery = true }
                """
                    .formatted(sink.port(), sink.port()));
        Load load = new Load(server.smtpPort, 1, 0, 1, 500)) {
      load.join();
      assertThat(load.trouble).isEmpty();
      String queue = server.console("showqueue sink.test");
      String id = load.acknowledged.get(0);
      assertThat(queue).contains(String.valueOf(id));
      assertThat(server.console("message fail " + id)).isNotEmpty();
      await().atMost(Duration.ofSeconds(10)).until(() -> taken.size() == 1);
      String report = new String(taken.getFirst(), StandardCharsets.ISO_8859_1);
      assertThat(report)
          .contains("Content-Type: multipart/report")
          .contains("report-type=delivery-status")
          .containsIgnoringCase("Final-Recipient: rfc822; user@sink.test")
          .contains("Reporting-MTA: dns; mta.example.net")
          .contains("Action: failed")
          .contains("X-Ledger: 0");
      assertThat(sink.names).containsExactly("mta.example.net");
      assertThat(server.console("summary")).contains("Total Queue Size:      0");
    }
  }
}
