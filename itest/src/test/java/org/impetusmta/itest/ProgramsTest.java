package org.impetusmta.itest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an operator types, and what it answers when something is wrong: one line, and not 0. */
class ProgramsTest {
  @TempDir Path folder;

  private final Map<String, String> environment = new HashMap<>();
  private Path home = Server.DISTRIBUTION;

  /**
   * What a program did.
   *
   * @param complaints the lines of standard error that say what is wrong
   */
  private record Ended(int code, String output, List<String> complaints) {}

  @BeforeEach
  void realFolder() throws IOException {
    folder = folder.toRealPath();
  }

  private Ended run(String program, String... arguments) throws Exception {
    Path out = Files.createTempFile(folder, "out", "");
    Path error = Files.createTempFile(folder, "err", "");
    ProcessBuilder builder = new ProcessBuilder(home.resolve("bin").resolve(program).toString());
    builder.command().addAll(List.of(arguments));
    builder.environment().putAll(environment);
    Process process = builder.redirectOutput(out.toFile()).redirectError(error.toFile()).start();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      Assertions.fail(
          "%s does not end: %s%s", program, Files.readString(out), Files.readString(error));
    }
    List<String> complaints =
        Files.readAllLines(error).stream().filter(line -> !line.contains("] [info] ")).toList();
    return new Ended(process.exitValue(), Files.readString(out), complaints);
  }

  private Path configuration(String more) throws IOException {
    Path file = Files.createTempFile(folder, "ecelerity", ".conf");
    return Files.writeString(
        file, Server.configuration(folder.resolve("own"), Server.freePort()) + more);
  }

  @Test
  void help_and_wrong_usage() throws Exception {
    Ended help = run("ecelerity", "-h");
    assertThat(help.code()).isZero();
    assertThat(help.output()).startsWith("usage: ecelerity ").contains("-n SERVICE");
    Ended wrong = run("ecelerity", "-d", "-x");
    assertThat(wrong.code()).isEqualTo(2);
    assertThat(wrong.complaints().getFirst()).isEqualTo("ecelerity: unknown argument -x");
    Ended background = run("ecelerity", "-n", "nothing");
    assertThat(background.code()).isEqualTo(2);
    assertThat(background.complaints())
        .singleElement()
        .asString()
        .startsWith("ecelerity: -n nothing: expected esmtp");
    assertThat(run("ec_ctl", "dance").code()).isEqualTo(2);
  }

  @Test
  void classes_are_prepared_for_a_faster_start() throws Exception {
    home = Server.copyOfDistribution(folder.resolve("home"));
    Path prepared = prepared();
    Files.delete(prepared);
    assertThat(run("ec_prepare_classes", "now").code()).isEqualTo(2);
    assertThat(run("ec_prepare_classes")).isEqualTo(new Ended(0, "", List.of()));
    assertThat(prepared()).isEqualTo(prepared);

    Path wrong = Files.writeString(folder.resolve("wrong.conf"), "Nothing = 1\n");
    Path classes = folder.resolve("classes");
    environment.put("IMPETUS_OPTS", "-Xlog:class+load:file=" + classes);
    Ended faster = run("ecelerity", "-d", "-c", wrong.toString());
    assertThat(faster.code()).isEqualTo(1);
    assertThat(source(classes)).startsWith("shared objects file");

    environment.put("IMPETUS_OPTS", "-Xshare:off");
    assertThat(run("ecelerity", "-d", "-c", wrong.toString())).isEqualTo(faster);

    // what does not fit is not used, and nobody is bothered with it
    environment.put("IMPETUS_OPTS", "-Xlog:class+load:file=" + classes);
    Files.writeString(prepared, "no classes");
    assertThat(run("ecelerity", "-d", "-c", wrong.toString())).isEqualTo(faster);
    assertThat(source(classes)).startsWith("file:");
  }

  private Path prepared() throws IOException {
    try (var files = Files.newDirectoryStream(home.resolve("lib"), "*.aot*")) {
      List<Path> found = new ArrayList<>();
      files.forEach(found::add);
      assertThat(found).hasSize(1);
      return found.getFirst();
    }
  }

  private static String source(Path classes) throws IOException {
    return Files.readString(classes)
        .split("org\\.impetusmta\\.client\\.launch\\.KernelFramework source: ", -1)[1];
  }

  @Test
  void programs_for_journals() throws Exception {
    Ended help = run("jlogctl", "-h");
    assertThat(help.code()).isZero();
    assertThat(help.output()).startsWith("usage: jlogctl ").contains("-p SUBSCRIBER");
    Ended none = run("jlogctl", "-l", folder.toString());
    assertThat(none.code()).isEqualTo(1);
    assertThat(none.complaints())
        .containsExactly(
            "Failed to open jlog at '" + folder + "': has no metastore, thus is no journal");
    assertThat(run("jlog_sanity_check", "le").code()).isEqualTo(2);
    assertThat(run("jlog_change_endian", "a", "tole").code()).isEqualTo(2);
    Ended missing = run("jlog_sanity_check", "le", folder.resolve("none").toString());
    assertThat(missing.code()).isEqualTo(1);
    assertThat(missing.complaints())
        .containsExactly(
            "jlog_sanity_check: " + folder.resolve("none") + ": there is no such folder");
  }

  @Test
  void programs_for_audit_series() throws Exception {
    Files.writeString(
        folder.resolve("spam.20080424T200000"),
        "impetus-audit 1\nseries spam cidr 300,6 -\nwindow 0 1\n10.79.18.1 5\n");
    Ended query =
        run("cidr_cli", "-b", folder.toString(), "show count for 10.0.0.0/8 in spam cidrsize 24");
    assertThat(query.code()).isZero();
    assertThat(query.output()).isEqualTo("10.79.18.0/24      :         5\n");
    Ended wrong = run("cidr_cli", "-b", folder.toString(), "show count");
    assertThat(wrong.code()).isEqualTo(1);
    assertThat(wrong.output()).isEmpty();
    assertThat(wrong.complaints()).hasSize(1);
    assertThat(run("cidr_maintain").code()).isEqualTo(2);
    Ended missing = run("cidr_maintain", "-c", folder.resolve("none").toString());
    assertThat(missing.code()).isEqualTo(1);
    assertThat(run("cidr_server", "-p", "70000").code()).isEqualTo(2);
    assertThat(run("cidr_server_ctl", "dance").code()).isEqualTo(2);
    environment.put("CIDR_SERVER_PIDFILE", folder.resolve("pid").toString());
    assertThat(run("cidr_server_ctl", "status").code()).isEqualTo(3);
    environment.put("CIDR_SERVER_ARGS", "-p 0 -b " + folder);
    try {
      Ended started = run("cidr_server_ctl", "start");
      assertThat(started.output()).startsWith("cidr_server started, pid ");
      assertThat(run("cidr_server_ctl", "status").code()).isZero();
    } finally {
      assertThat(run("cidr_server_ctl", "stop").output()).contains("cidr_server stopped");
    }
    assertThat(run("cidr_server_ctl", "status").code()).isEqualTo(3);
  }

  @Test
  void passwords_of_data_sources() throws Exception {
    assertThat(run("credmgr", "--help").output()).startsWith("usage: credmgr ACTION OPTIONS");
    assertThat(run("credmgr", "dance").complaints().getFirst())
        .isEqualTo("credmgr: unknown action dance");
    String database = folder.resolve("credentials.db").toString();
    String key = folder.resolve("credentials.key").toString();
    for (String action : List.of("create_db", "create_key", "set_cred")) {
      Ended ended =
          run(
              "credmgr", action, "-d", database, "-k", key, "-u", "ecuser", "-f", "pgsql", "-p",
              "x");
      assertThat(ended.complaints()).isEmpty();
      assertThat(ended.code()).isZero();
    }
    assertThat(run("credmgr", "get_cred", "-P", "-d", database, "-k", key).output())
        .isEqualTo("localhost\tecuser\tpgsql\tx\n");
  }

  @Test
  void a_good_configuration_is_accepted() throws Exception {
    Ended ended = run("ecelerity", "-s", "-c", configuration("").toString());
    assertThat(ended.code()).isZero();
    assertThat(ended.output()).isEqualTo("configuration accepted\n");
    assertThat(folder.resolve("own")).as("a check makes nothing").doesNotExist();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          No_Such_Option = 5                | 1:1 | unknown option "No_Such_Option", expected
          No_Such_Stanza "x" { }            | 1:1 | unknown stanza "No_Such_Stanza", expected
          Retry_Interval = "soon"           | 1:1 | expected a number of seconds
          Remote_SMTP_Port = 70000          | 1:1 | expected a whole number from 1 to 65535, found "70000"
          Domain "x.test" { SpoolBase = "/x" } | 1:19 | expected it in global
          Domain "x.test" { Gateway = "127.0.0.1" | 2:1 | expected } to close the stanza
          include "%s"                      | 1:9 | expected no loop of includes
          include "/nonexistent/file.conf"  | 1:9 | there is no file or folder "/nonexistent/file.conf"
          mail_loop "m" { max_received_headers = "many" } | 1:17 | expected a whole number
          """)
  void a_broken_configuration_is_refused(String text, String position, String expected)
      throws Exception {
    Path file = folder.resolve("broken.conf");
    Files.writeString(file, text.formatted(file) + "\n");
    Ended ended = run("ecelerity", "-s", "-c", file.toString());
    assertThat(ended.code()).isEqualTo(1);
    assertThat(ended.complaints())
        .singleElement()
        .asString()
        .startsWith("ecelerity: " + file + ":" + position + ": ")
        .contains(expected);
    assertThat(ended.output()).isEmpty();
  }

  @Test
  void a_missing_configuration_is_refused() throws Exception {
    Ended ended = run("ecelerity", "-s", "-c", "/nonexistent/ecelerity.conf");
    assertThat(ended.code()).isEqualTo(1);
    assertThat(ended.complaints())
        .singleElement()
        .asString()
        .startsWith("ecelerity: /nonexistent/ecelerity.conf: cannot be read");
  }

  @Test
  void what_another_server_has_is_refused_and_a_broken_reload_changes_nothing() throws Exception {
    try (Server server = Server.start(folder.resolve("first"), "Retry_Interval = 77\n")) {
      String running = Files.readString(server.configuration());
      String port = String.valueOf(server.smtpPort);

      Ended taken =
          start(configuration("").toString(), "127\\.0\\.0\\.1:\\d+\"", "127.0.0.1:" + port + "\"");
      assertThat(taken.code()).isEqualTo(1);
      assertThat(taken.complaints())
          .singleElement()
          .asString()
          .contains(".conf:4: ", "127.0.0.1:" + port, "Address already in use");

      Ended spool =
          start(
              configuration("").toString(),
              "SpoolBase = .*",
              "SpoolBase = \"" + server.folder.resolve("spool") + "\"");
      assertThat(spool.code()).isEqualTo(1);
      assertThat(spool.complaints())
          .singleElement()
          .asString()
          .startsWith("ecelerity: the spool is in use by process " + server.pid());

      Ended console =
          start(
              configuration("").toString(),
              "Listen \"/[^\"]*\"",
              "Listen \"" + server.folder.resolve("run/2025") + "\"");
      assertThat(console.code()).isEqualTo(1);
      assertThat(console.complaints())
          .singleElement()
          .asString()
          .contains("a running server listens on " + server.folder.resolve("run/2025"));

      Files.writeString(server.configuration(), running + "No_Such_Option = 5\n");
      assertThat(server.tryConsole("config reload"))
          .startsWith("ERR")
          .contains(
              server.configuration() + ":" + (running.lines().count() + 1) + ":1: ",
              "No_Such_Option");
      assertThat(server.console("config eval Retry_Interval")).contains("77");
      Files.writeString(
          server.configuration(), running.replace("Retry_Interval = 77", "Retry_Interval = 78"));
      server.console("config reload");
      assertThat(server.console("config eval Retry_Interval")).contains("78");
      assertThat(server.alive()).isTrue();

      environment.put("CONTROL", server.folder.resolve("run/2025").toString());
      Ended pid = run("ec_console", "pid");
      assertThat(pid.output().strip()).isEqualTo(String.valueOf(server.pid()));
      assertThat(pid.code()).isZero();
      assertThat(run("ec_console", "no", "such", "command").code()).isNotZero();
    }
  }

  /** Starts a server of a configuration in which one thing is replaced. */
  private Ended start(String file, String what, String by) throws Exception {
    Path path = Path.of(file);
    String before = Files.readString(path);
    String after = before.replaceFirst(what, by);
    assertThat(after).isNotEqualTo(before);
    Files.writeString(path, after);
    return run("ecelerity", "-d", "-c", file);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          SpoolBase = .*   | SpoolBase = "%s/spool"      | %s/spool
          Pidfile = .*     | Pidfile = "%s/pid"          | cannot write the pid file %s/pid
          mainlog = .*     | mainlog = "%s/mainlog.ec"   | mainlog = "%s/mainlog.ec": cannot be opened
          """)
  void a_folder_that_cannot_be_written_is_named(String what, String by, String expected)
      throws Exception {
    // below a regular file nobody can write, not even root
    Path file = Files.writeString(folder.resolve("file"), "");
    Ended ended = start(configuration("").toString(), what, by.formatted(file));
    assertThat(ended.code()).isEqualTo(1);
    assertThat(ended.complaints()).singleElement().asString().contains(expected.formatted(file));
  }

  @Test
  void a_server_without_smtp_and_its_end_by_a_signal() throws Exception {
    Path file = configuration("");
    Path output = folder.resolve("output");
    Process process =
        new ProcessBuilder(
                home.resolve("bin/ecelerity").toString(),
                "-d",
                "-n",
                "esmtp",
                "-c",
                file.toString())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> Files.readString(output).contains("is ready"));
      String text = Files.readString(file);
      int port =
          Integer.parseInt(text.replaceAll("(?s).*Listen \"127\\.0\\.0\\.1:(\\d+)\".*", "$1"));
      Assertions.assertThatThrownBy(() -> connect(port)).isInstanceOf(ConnectException.class);
      Path pid = folder.resolve("own/run/ecelerity.pid");
      assertThat(Files.readString(pid).strip()).isEqualTo(String.valueOf(process.pid()));
      assertThat(folder.resolve("own/run/2025")).exists();

      process.destroy();
      assertThat(process.waitFor(10, TimeUnit.SECONDS)).as("ends within 10 s").isTrue();
      assertThat(pid).doesNotExist();
      assertThat(folder.resolve("own/run/2025")).doesNotExist();
    } finally {
      process.destroyForcibly();
    }
  }

  private static void connect(int port) throws IOException {
    new Socket(InetAddress.getLoopbackAddress(), port).close();
  }

  @Test
  void ec_ctl_starts_tells_restarts_and_stops() throws Exception {
    home = Server.copyOfDistribution(folder.resolve("home"));
    environment.put("CONFFILE", configuration("").toString());
    environment.put("CONTROL", folder.resolve("own/run/2025").toString());
    environment.put("PIDFILE", folder.resolve("own/run/ctl.pid").toString());

    assertThat(run("ec_ctl", "status").code()).isEqualTo(3);
    try {
      Ended start = run("ec_ctl", "start");
      assertThat(start.code()).as(start.toString()).isZero();
      String first = pid();
      assertThat(start.output()).contains("pid " + first);
      assertThat(run("ec_ctl", "status").output()).contains("running, pid " + first);
      assertThat(run("ec_ctl", "start").output()).contains("running already");

      Ended restart = run("ec_ctl", "restart");
      assertThat(restart.code()).as(restart.toString()).isZero();
      assertThat(pid()).isNotEqualTo(first);
    } finally {
      Ended stop = run("ec_ctl", "stop");
      assertThat(stop.code()).as(stop.toString()).isZero();
      assertThat(stop.output()).contains("ecelerity stopped");
    }
    assertThat(Path.of(environment.get("PIDFILE"))).doesNotExist();
    assertThat(run("ec_ctl", "status").code()).isEqualTo(3);
    assertThat(run("ec_ctl", "stop").code()).isZero();

    Files.writeString(Path.of(environment.get("CONFFILE")), "No_Such_Option = 5\n");
    Ended refused = run("ec_ctl", "start");
    assertThat(refused.code()).isEqualTo(1);
    assertThat(String.join("\n", refused.complaints())).contains("No_Such_Option");
  }

  private String pid() throws IOException {
    return Files.readString(Path.of(environment.get("PIDFILE"))).strip();
  }

  @Test
  void a_server_in_the_background_is_ready_when_the_program_ends() throws Exception {
    home = Server.copyOfDistribution(folder.resolve("home"));
    Ended start = run("ecelerity", "-c", configuration("").toString());
    assertThat(start.code()).as(start.toString()).isZero();
    assertThat(start.output()).contains("is ready: SMTP on 127.0.0.1:");
    Path pid = folder.resolve("own/run/ecelerity.pid");
    ProcessHandle server =
        ProcessHandle.of(Long.parseLong(Files.readString(pid).strip())).orElseThrow();
    environment.put("CONTROL", folder.resolve("own/run/2025").toString());
    assertThat(run("ec_console", "shutdown").code()).isZero();
    await().atMost(Duration.ofSeconds(10)).until(() -> !server.isAlive());
    assertThat(pid).doesNotExist();

    Ended refused = run("ecelerity", "-c", configuration("No_Such_Option = 5\n").toString());
    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.complaints()).singleElement().asString().contains("No_Such_Option");
  }

  @Test
  void a_missing_jdk_is_one_line() throws Exception {
    environment.put("IMPETUS_JAVA_HOME", "/nonexistent");
    for (String program : List.of("ecelerity", "ec_console", "ec_ctl")) {
      Ended ended = run(program, "-h");
      assertThat(ended.code()).as(program).isEqualTo(1);
      assertThat(ended.complaints())
          .singleElement()
          .asString()
          .isEqualTo("impetus: IMPETUS_JAVA_HOME is /nonexistent, which holds no JDK 25 or later");
    }
  }
}
