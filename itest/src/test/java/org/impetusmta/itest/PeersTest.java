package org.impetusmta.itest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** smtp-source through the server to smtp-sink: all are counted, none is lost, none comes twice. */
class PeersTest {
  private static final int MESSAGES = Integer.getInteger("peers.messages", 20_000);
  private static final Pattern COUNT = Pattern.compile("mesg=(\\d+)");

  @TempDir Path folder;

  @Test
  void smtp_source_to_smtp_sink() throws Exception {
    assumeTrue(EndToEndTest.installed("smtp-source"), "needs the Debian package postfix");
    int sinkPort = Server.freePort();
    Path counted = folder.resolve("sink");
    List<String> command = new ArrayList<>(List.of("/usr/sbin/smtp-sink", "-c"));
    if (System.getProperty("user.name").equals("root")) {
      command.addAll(List.of("-u", "nobody"));
    }
    command.addAll(List.of("127.0.0.1:" + sinkPort, "1000"));
    Process sink =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(counted.toFile())
            .start();
    try (Server server =
        Server.start(
            folder.resolve("server"),
            "Gateway = \"127.0.0.1\"\nRemote_SMTP_Port = \"%d\"\n".formatted(sinkPort))) {
      Process source =
          new ProcessBuilder(
                  "/usr/sbin/smtp-source",
                  "-s",
                  "20",
                  "-l",
                  "4096",
                  "-m",
                  String.valueOf(MESSAGES),
                  "-d",
                  "-f",
                  "sender@bench.test",
                  "-t",
                  "user@sink.test",
                  "-M",
                  "load.bench.test",
                  "127.0.0.1:" + server.smtpPort)
              .inheritIO()
              .start();
      assertThat(source.waitFor()).isZero();
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> server.console("summary").contains("Total Queue Size:      0"));
      await().atMost(Duration.ofSeconds(10)).until(() -> count(counted) >= MESSAGES);
      assertThat(count(counted)).isEqualTo(MESSAGES);
      await()
          .atMost(Duration.ofSeconds(10))
          .until(
              () ->
                  server.log("mainlog.ec").stream().filter(l -> l.contains("@D@")).count()
                      == MESSAGES);
      System.out.printf(
          "%d messages from smtp-source, %d at smtp-sink, %d R and %d D records%n",
          MESSAGES,
          count(counted),
          server.log("mainlog.ec").stream().filter(l -> l.contains("@R@")).count(),
          MESSAGES);
    } finally {
      sink.destroy();
    }
  }

  private static int count(Path file) throws java.io.IOException {
    Matcher matcher = COUNT.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
    int last = 0;
    while (matcher.find()) {
      last = Integer.parseInt(matcher.group(1));
    }
    return last;
  }
}
