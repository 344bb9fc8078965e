package org.impetusmta.itest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example of control_authz with a whole server: roles, ec_console and the acctlog. */
class ConsoleAuthorizationTest {
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

  private String configuration(int smtp, int control, String pattern) {
    String listen =
        """
        Listen "127.0.0.1:%1$d" {
            AuthDigestMD5Parameters = [ uri = "digest://%2$s/passwords" ]
            Enable_Authorization = "true"
            AuthorizationParameters = [ uri = "groups://%2$s/roles" ]
          }
        """
            .formatted(control, folder);
    return Server.configuration(folder, smtp)
            .replace("Control_Listener {", "Control_Listener { " + listen)
        + """
        Authorization {
          Role "root" { allow = ( ".*" ) }
          Role "admin" { allow = ( "%1$s" "^summary$" ) }
        }
        sched { backing_store = "%2$s/jobs" }
        """
            .formatted(pattern, folder);
  }

  @Test
  void onlyWhatARoleAllows() throws Exception {
    String passwords = folder.resolve("passwords").toString();
    for (String user : List.of("serv", "fred")) {
      run("ec_md5passwd", Map.of(), "-f", passwords, user, "secret");
    }
    Files.writeString(folder.resolve("roles"), "root:root\nadmin:x:serv,ec\n");
    int smtp = Server.freePort();
    int control = Server.freePort();
    Map<String, String> secret = Map.of("CONTROL_PASSWORD", "secret");
    String serv = "serv@127.0.0.1:" + control;
    String fred = "fred@127.0.0.1:" + control;
    try (Server server = Server.startWith(folder, smtp, configuration(smtp, control, "^config"))) {
      assertThat(run("ec_console", secret, serv, "summary")).startsWith("0 Summary Statistics");
      assertThat(run("ec_console", secret, serv, "summary --json"))
          .startsWith("0 {\"outbound_concurrency\":0,");
      assertThat(run("ec_console", secret, serv, "config get spoolbase"))
          .startsWith("0 Spoolbase = ");
      assertThat(run("ec_console", secret, serv, "shutdown"))
          .isEqualTo("1 Not Authorized for this command");
      assertThat(run("ec_console", secret, fred, "summary"))
          .isEqualTo("1 Not Authorized for this command");
      // groups are read again when their file has changed
      Files.writeString(folder.resolve("roles"), "root:root\nadmin:x:serv,ec,fred\nspare:fred\n");
      assertThat(run("ec_console", secret, fred, "summary")).startsWith("0 Summary Statistics");
      // whoever comes by the socket is not restricted
      assertThat(server.console("authz roles list"))
          .isEqualTo("<Roles>\n <Role name=\"root\"/>\n <Role name=\"admin\"/>\n</Roles>\n");
      assertThat(server.console("authz id"))
          .contains("username=\"" + System.getProperty("user.name") + "\"");
      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(
              () ->
                  assertThat(Files.readString(folder.resolve("log/acctlog.ec")))
                      .containsPattern(
                          "@Z@127.0.0.1:" + control + "@127.0.0.1:\\d+@serv@1@summary@admin\n")
                      .containsPattern(
                          "@Z@127.0.0.1:" + control + "@127.0.0.1:\\d+@serv@0@shutdown\n")
                      .containsPattern(
                          "@Z@127.0.0.1:" + control + "@127.0.0.1:\\d+@fred@1@summary@admin\n")
                      .doesNotContain("authz"));
      // a reload with a pattern that is none changes nothing
      Files.writeString(folder.resolve("ecelerity.conf"), configuration(smtp, control, "("));
      assertThat(server.tryConsole("config reload"))
          .startsWith("ERR")
          .contains("authorization::role \"admin\": allow = \"(\", expected a regular expression");
      assertThat(run("ec_console", secret, serv, "config get spoolbase")).startsWith("0 ");
      Files.writeString(
          folder.resolve("ecelerity.conf"), configuration(smtp, control, "^(sched|pid)"));
      assertThat(server.tryConsole("config reload")).startsWith("OK");
      assertThat(run("ec_console", secret, serv, "config get spoolbase")).startsWith("1 Not");
      // what serv schedules is serv's
      run("ec_console", secret, serv, "sched in 0 shutdown");
      run("ec_console", secret, serv, "sched in 0 pid");
      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(
              () ->
                  assertThat(Files.readString(folder.resolve("log/acctlog.ec")))
                      .contains("@serv@0@shutdown\n", "@serv@1@pid@admin\n"));
      assertThat(server.console("sched list")).doesNotContain("shutdown");
    }
  }

  /** The commands that report state answer in a whole server, as text and as JSON. */
  @Test
  void commandsThatReportState() throws Exception {
    try (Server server = Server.start(folder, "")) {
      for (String command :
          List.of(
              "threads stats",
              "memory",
              "sysinfo",
              "version",
              "counter list",
              "cache list summary",
              "cache stat config:match",
              "cache stat core:dns",
              "cache stats",
              "module list",
              "binding summary",
              "mailq",
              "summary")) {
        assertThat(server.console(command)).as(command).isNotEmpty();
        assertThat(server.console(command + " --json")).as(command).startsWith("{").endsWith("}\n");
        assertThat(server.console("xml " + command)).as(command).startsWith("<").endsWith(">\n");
      }
      assertThat(server.console("write config")).contains("SpoolBase = ");
      assertThat(server.console("threads stats")).contains("IO thread pool: concurrency 50");
      assertThat(server.console("counter increment /a")).isEqualTo("/a = 1\n");
    }
  }
}
