package org.impetusmta.itest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From {@code ec_md5passwd} to the acctlog: AUTH and the console of a whole server. */
class AuthenticationTest {
  @TempDir Path folder;

  private String run(String program, Map<String, String> environment, String... arguments)
      throws Exception {
    Path out = Files.createTempFile(folder, "out", "");
    ProcessBuilder builder =
        new ProcessBuilder(Server.DISTRIBUTION.resolve("bin").resolve(program).toString());
    builder.command().addAll(List.of(arguments));
    builder.environment().putAll(environment);
    Process process = builder.redirectErrorStream(true).redirectOutput(out.toFile()).start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return process.exitValue() + " " + Files.readString(out).strip();
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private String configuration(int port, int control, String mechanism) {
    return """
    SpoolBase = "%1$s/spool"
    Pidfile = "%1$s/run/ecelerity.pid"
    ESMTP_Listener {
      Listen "127.0.0.1:%2$d" {
        SMTP_Extensions = ( "ENHANCEDSTATUSCODES" "AUTH %4$s" )
        Auth%4$sParameters = [
          uri = "digest://%1$s/passwords"
          realm = "here"
          log_authentication = "true"
        ]
      }
    }
    Control_Listener {
      Listen "%1$s/run/2025" { File_Mode = 0600 }
      Listen "127.0.0.1:%3$d" { AuthDigestMD5Parameters = [ uri = "digest://%1$s/passwords" log_authentication = "true" ] }
    }
    ec_logger "ec_logger" {
      mainlog = "%1$s/log/mainlog.ec"
      rejectlog = "%1$s/log/rejectlog.ec"
      paniclog = "%1$s/log/paniclog.ec"
      acctlog = "%1$s/log/acctlog.ec"
    }
    """
        .formatted(folder, port, control, mechanism);
  }

  @Test
  void passwordsOfTheOperator() throws Exception {
    String passwords = folder.resolve("passwords").toString();
    assertThat(run("ec_md5passwd", Map.of(), "-f", passwords, "-r", "here", "alice", "secret"))
        .isEqualTo("0 Password updated.");
    assertThat(run("ec_md5passwd", Map.of(), "-f", passwords, "fred", "console"))
        .isEqualTo("0 Password updated.");
    int control = Server.freePort();
    int port = Server.freePort();
    try (Server server = Server.startWith(folder, port, configuration(port, control, "PLAIN"))) {
      try (SmtpClient client = new SmtpClient(port)) {
        assertThat(client.say("EHLO client.example")).isEqualTo("250 AUTH PLAIN");
        assertThat(client.say("AUTH PLAIN " + base64("\0alice\0wrong"))).startsWith("535 5.7.8");
        assertThat(client.say("AUTH PLAIN " + base64("\0alice\0secret"))).startsWith("235 2.7.0");
        assertThat(client.say("MAIL FROM:<alice@here.example>", "RCPT TO:<bob@far.example>"))
            .startsWith("250");
      }
      String at = "fred@127.0.0.1:" + control;
      assertThat(run("ec_console", Map.of("CONTROL_PASSWORD", "console"), at, "pid"))
          .isEqualTo("0 " + server.pid());
      assertThat(run("ec_console", Map.of("CONTROL_PASSWORD", "wrong"), at, "pid"))
          .startsWith("2 ")
          .contains("wrong user or password");
      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(
              () ->
                  assertThat(Files.readString(folder.resolve("log/acctlog.ec")))
                      .containsPattern("@N@127.0.0.1:" + port + "@127.0.0.1:\\d+@alice@0\n")
                      .containsPattern("@N@127.0.0.1:" + port + "@127.0.0.1:\\d+@alice@1\n")
                      .containsPattern("@N@127.0.0.1:" + control + "@127.0.0.1:\\d+@fred@1\n")
                      .containsPattern("@N@127.0.0.1:" + control + "@127.0.0.1:\\d+@fred@0\n"));
      Files.writeString(folder.resolve("ecelerity.conf"), configuration(port, control, "CramMD5"));
      assertThat(server.tryConsole("config reload"))
          .startsWith("ERR")
          .contains("ecelerity.conf:", "\"AUTH CramMD5\" is not supported");
      try (SmtpClient client = new SmtpClient(port)) {
        assertThat(client.say("EHLO client.example")).isEqualTo("250 AUTH PLAIN");
      }
      for (String log : List.of("acctlog", "rejectlog", "paniclog")) {
        assertThat(Files.readString(folder.resolve("log/" + log + ".ec")))
            .doesNotContain("secret", "wrong\"", base64("\0alice\0secret"));
      }
    }
  }

  /**
   * What {@code ec_md5passwd} wrote serves HTTP's Digest authentication, as docs/http.md has it.
   */
  @Test
  void digestsOfTheOperatorByHttp() throws Exception {
    assumeTrue(EndToEndTest.installed("curl"), "needs the Debian package curl");
    String passwords = folder.resolve("http_passwd").toString();
    assertThat(run("ec_md5passwd", Map.of(), "-f", passwords, "-r", "Momentum", "fred", "secret"))
        .isEqualTo("0 Password updated.");
    int port = Server.freePort();
    String more =
        """
        HTTP_Listener {
          Listen "127.0.0.1:%d" {
            AuthDigestMD5Parameters = [ uri = "digest://%s" ]
          }
        }
        """
            .formatted(port, passwords);
    String url = "http://127.0.0.1:" + port + "/health/live";
    try (Server server = Server.start(folder.resolve("server"), more)) {
      assertThat(curl("--digest", "-u", "fred:secret", url, url)).isEqualTo("200200");
      assertThat(curl("--digest", "-u", "fred:wrong", url)).isEqualTo("401");
      assertThat(curl("--basic", "-u", "fred:secret", url)).isEqualTo("401");
      assertThat(server.tryConsole("config set http_listener authdigestmd5parameters [ uri = x ]"))
          .startsWith("ERR");
    }
  }

  /** The statuses of the last answers. */
  private static String curl(String... arguments) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder("curl", "-q", "-s", "-o", "-", "-w", "%{stderr}%{http_code}");
    builder.command().addAll(List.of(arguments));
    Process curl = builder.redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
    return new String(curl.getErrorStream().readAllBytes(), StandardCharsets.US_ASCII);
  }
}
