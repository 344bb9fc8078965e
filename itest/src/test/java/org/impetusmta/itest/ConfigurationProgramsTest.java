package org.impetusmta.itest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** ec_dump_config and validate_config, as an operator types them. */
class ConfigurationProgramsTest {
  @TempDir Path folder;

  /** What a program did. */
  private record Ended(int code, String output, String complaint) {}

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
    Path conf = Files.writeString(folder.resolve("wrong.conf"), "binding a {\n  TLS = no\n}\n");
    String reason =
        conf
            + ":2:3: in binding \"a\": the option tls is known but not in force yet: it comes with"
            + " outbound TLS\n";
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
}
