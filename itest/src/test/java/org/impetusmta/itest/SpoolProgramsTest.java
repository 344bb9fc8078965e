package org.impetusmta.itest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The engines of the spool in a server, and the programs that look at its files. */
class SpoolProgramsTest {
  @TempDir Path folder;

  private record Ended(int code, String output, String complaint) {}

  @BeforeEach
  void realFolder() throws IOException {
    folder = folder.toRealPath();
  }

  private Ended run(String program, String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Server.DISTRIBUTION.toRealPath().resolve("bin").resolve(program).toString());
    command.addAll(List.of(arguments));
    Path out = folder.resolve("out");
    Path error = folder.resolve("err");
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectOutput(out.toFile())
            .redirectError(error.toFile())
            .start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Ended(process.exitValue(), Files.readString(out), Files.readString(error));
  }

  private static String send(Server server, String... recipients) throws IOException {
    try (SmtpClient client = new SmtpClient(server.smtpPort)) {
      client.say("HELO client.example", "MAIL FROM:<sender@example.org>");
      for (String recipient : recipients) {
        assertThat(client.say("RCPT TO:<" + recipient + ">")).startsWith("250");
      }
      assertThat(client.say("DATA")).startsWith("354");
      return client.say("Subject: hello\r\n\r\n..a dot\r\n.");
    }
  }

  /** Mail has nowhere to go: nobody listens on port 1. */
  private static String waiting(String engine) {
    return "Spool_Engine = %s\nGateway = \"127.0.0.1\"\nRemote_SMTP_Port = 1\n".formatted(engine);
  }

  @ParameterizedTest
  @ValueSource(strings = {"journal", "hashed"})
  void mail_that_waits(String engine) throws Exception {
    Path spool = folder.resolve("server/spool");
    String conf;
    try (Server server = Server.start(folder.resolve("server"), waiting(engine))) {
      conf = server.configuration().toString();
      String answer = send(server, "a@one.example", "b@two.example");
      assertThat(answer).startsWith("250");
      Ended shown = run("ec_show", "-c", conf, "--recipient", "^a@");
      assertThat(shown.complaint()).isEmpty();
      assertThat(shown.output())
          .contains("  Sender: sender@example.org\n  Recipient: a@one.example\n")
          .contains("Subject: hello\nMessage-ID: <")
          .contains("\n\n..a dot\n.\n")
          .doesNotContain("b@two.example");
      assertThat(run("ec_show", "-c", conf, "-n")).isEqualTo(new Ended(0, "2\n", ""));
      Ended locked = run("ec_spool_check", "-c", conf, spool.toString());
      assertThat(locked.code()).isEqualTo(2);
      assertThat(locked.complaint())
          .startsWith("ec_spool_check: the spool is in use by process " + server.pid());
      server.kill();
      server.restart();
      assertThat(server.console("mailq")).contains("one.example", "two.example");
    }
    // a crash may leave the end of a file that was being written; nothing was at this moment
    Ended checked = run("ec_spool_check", "-c", conf, "-x", spool.toString());
    assertThat(checked.output())
        .startsWith("Total scanned:    2\nTotal ok:         2\nMeta failures:    0\n")
        .contains("\nOldest: ", "\nNewest: ");
    assertThat(checked.complaint()).isEmpty();
    assertThat(checked.code()).isZero();
  }

  @Test
  void the_other_engine_does_not_start_over_mail() throws Exception {
    Path home = folder.resolve("server");
    String conf;
    try (Server server = Server.start(home, waiting("hashed"))) {
      conf = server.configuration().toString();
      send(server, "a@one.example");
    }
    Path file = Path.of(conf);
    Files.writeString(file, Files.readString(file).replace("= hashed", "= journal"));
    Ended refused = run("ecelerity", "-d", "-c", conf);
    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.complaint())
        .contains(home + "/spool/hashed holds mail of the engine hashed")
        .contains("spool_engine is journal")
        .contains("spool import");
  }

  @Test
  void damage_is_found() throws Exception {
    Path spool = folder.resolve("server/spool");
    try (Server server = Server.start(folder.resolve("server"), waiting("hashed"))) {
      send(server, "a@one.example");
    }
    try (Stream<Path> files = Files.walk(spool.resolve("hashed"))) {
      Path data = files.filter(f -> f.toString().endsWith(".data")).findFirst().orElseThrow();
      Files.writeString(data, Files.readString(data).replace("hello", "jello"));
    }
    Ended checked = run("ec_spool_check", spool.toString());
    assertThat(checked.code()).isEqualTo(1);
    assertThat(checked.output()).contains("Body failures:    1\n");
    assertThat(checked.complaint()).startsWith("FAIL ").contains("checksum does not match");
  }

  @Test
  void wrong_usage() throws Exception {
    Ended help = run("ec_show", "-h");
    assertThat(help.code()).isZero();
    assertThat(help.output()).startsWith("usage: ec_show ");
    assertThat(run("ec_show").code()).isEqualTo(2);
    assertThat(run("ec_show", "--sender", "(").complaint()).startsWith("ec_show: not a PCRE: ");
    assertThat(run("ec_show", "-m", "nonsense").complaint())
        .startsWith("ec_show: not a message id: nonsense\n");
    assertThat(run("ec_show", "--sender").complaint())
        .startsWith("ec_show: --sender needs a value\n");
    assertThat(run("ec_spool_check").code()).isEqualTo(2);
    assertThat(run("ec_spool_check", "-h").code()).isZero();
    Ended none = run("ec_spool_check", "-c", "none.conf", ".");
    assertThat(none.code()).isEqualTo(2);
    assertThat(none.complaint()).startsWith("ec_spool_check: ").contains("none.conf");
    Ended nothing = run("ec_spool_check", folder.toString());
    assertThat(nothing)
        .isEqualTo(new Ended(2, "", "ec_spool_check: there is no spool in " + folder + "\n"));
  }
}
