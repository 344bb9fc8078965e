package org.impetusmta.itest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;

/** ec_dump_config and validate_config, as an operator types them. */
class ConfigurationProgramsTest {
  @TempDir Path folder;

  /** What a program did. */
  private record Ended(int code, String output, String complaint) {}

  private Ended run(String program, String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Server.DISTRIBUTION.toRealPath().resolve("bin").resolve(program).toString());
    command.addAll(List.of(arguments));
    return run(command);
  }

  private Ended run(List<String> command) throws IOException, InterruptedException {
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

  @Test
  void they_answer_beside_a_running_server_and_change_nothing() throws Exception {
    try (Server server = Server.start(folder.resolve("server"), "Retry_Interval = 77\n")) {
      String conf = server.configuration().toString();
      Ended dump = run("ec_dump_config", "-c", conf);
      assertThat(dump.complaint()).isEmpty();
      assertThat(dump.output())
          .startsWith("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<configuration>\n")
          .contains("<option name=\"Retry_Interval\" at=\"" + conf + ":")
          .contains(">77</option>");
      assertThat(dump.code()).isZero();

      assertThat(run("ec_dump_config", "-c", conf, "-f", "conf.xml").output()).isEmpty();
      assertThat(folder.resolve("conf.xml")).hasContent(dump.output());

      Ended valid = run("validate_config", "-c", conf);
      assertThat(valid).isEqualTo(new Ended(0, "Configuration valid\n", ""));
      assertThat(server.console("config eval Retry_Interval")).contains("77");
      assertThat(server.alive()).isTrue();
    }
  }

  @Test
  void what_is_wrong_is_said_as_the_server_says_it() throws Exception {
    Path conf =
        Files.writeString(
            folder.resolve("wrong.conf"), "binding a {\n  Adaptive_Enabled = true\n}\n");
    String reason =
        conf
            + ":2:3: in binding \"a\": the option adaptive_enabled is known but not in force yet:"
            + " it comes with adaptive delivery\n";
    assertThat(run("ec_dump_config", "-c", "wrong.conf"))
        .isEqualTo(new Ended(1, "", "ec_dump_config: " + reason));
    assertThat(run("validate_config", "-c", "wrong.conf"))
        .isEqualTo(new Ended(1, "", "validate_config: " + reason));
  }

  @Test
  void without_a_configuration_or_understanding() throws Exception {
    assertThat(run("validate_config", "-c", "none.conf"))
        .isEqualTo(new Ended(3, "No configuration found\n", ""));
    assertThat(run("ec_dump_config", "-c", "none.conf").code()).isEqualTo(1);
    Ended wrong = run("validate_config", "--schema");
    assertThat(wrong.code()).isEqualTo(2);
    assertThat(wrong.complaint()).startsWith("validate_config: unknown argument --schema\nusage: ");
    assertThat(run("ec_dump_config", "-h").output()).startsWith("usage: ec_dump_config ");
  }

  @Test
  void modules_may_come_from_another_folder() throws Exception {
    Files.createDirectory(folder.resolve("empty"));
    Ended schema = run("ec_dump_config", "--schema", "-e", "empty");
    assertThat(schema.code()).isZero();
    assertThat(schema.output())
        .contains("\nretry_interval\t")
        .doesNotContain("\nmax_received_headers\t");
  }

  @Test
  void they_need_no_rights_beyond_reading() throws Exception {
    assumeTrue(
        Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0), "needs to be run as root");
    assumeTrue(EndToEndTest.installed("setpriv"), "needs setpriv of util-linux");
    assumeTrue(PrivilegesTest.mayBecomeNobody(), "needs a root that may become nobody");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path home = Server.copyOfDistribution(folder.resolve("home"));
    Path local = Files.writeString(folder.resolve("local.conf"), "Retry_Interval = 78\n");
    try (Server server =
        Server.start(
            home,
            folder.resolve("server"),
            "Local_Changes_File = \"%s\"\n".formatted(local)
                + "Mailerdaemon = \"<&\\\">@mta.example\"\n")) {
      Files.setPosixFilePermissions(server.folder, PosixFilePermissions.fromString("rwxr-xr-x"));
      String conf = server.configuration().toString();
      assertThat(asNobody(home, "validate_config", "-c", conf))
          .isEqualTo(new Ended(0, "Configuration valid\n", ""));
      Ended dump = asNobody(home, "ec_dump_config", "-c", conf);
      assertThat(dump.complaint()).isEmpty();
      NodeList options =
          DocumentBuilderFactory.newInstance()
              .newDocumentBuilder()
              .parse(new ByteArrayInputStream(dump.output().getBytes(StandardCharsets.UTF_8)))
              .getElementsByTagName("option");
      assertThat(IntStream.range(0, options.getLength()).mapToObj(options::item))
          .extracting(Node::getTextContent)
          .contains("<&\">@mta.example", "78");
      Path old = Files.writeString(folder.resolve("old.conf"), "Esmtp_Listener = ( *:25 )\n");
      assertThat(asNobody(home, "ec_migrate_conf", old.toString()).output())
          .contains("Listen \"*:25\" {");
      assertThat(asNobody(home, "ec_migrate_conf", old.toString(), folder + "/new.conf"))
          .isEqualTo(
              new Ended(
                  1,
                  "",
                  "ec_migrate_conf: cannot write " + folder + "/new.conf: permission denied\n"));
      assertThat(asNobody(home, "ec_dump_config", "-c", conf, "-f", folder + "/x.xml").complaint())
          .isEqualTo("ec_dump_config: cannot write " + folder + "/x.xml: permission denied\n");
      Files.setPosixFilePermissions(server.folder, PosixFilePermissions.fromString("rwx------"));
      assertThat(asNobody(home, "validate_config", "-c", conf).complaint())
          .contains(conf, "permission denied");
      assertThat(server.alive()).isTrue();
    }
  }

  private Ended asNobody(Path home, String program, String... arguments) throws Exception {
    List<String> command =
        new ArrayList<>(List.of("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"));
    command.add(home.resolve("bin").resolve(program).toString());
    command.addAll(List.of(arguments));
    return run(command);
  }
}
