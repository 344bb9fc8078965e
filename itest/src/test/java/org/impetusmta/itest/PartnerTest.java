package org.impetusmta.itest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * docs/partner-example, built outside the reactor against core.api alone, comes into a running
 * server, refuses a recipient and goes.
 */
class PartnerTest {
  @TempDir Path folder;

  @Test
  void a_partners_module_comes_refuses_and_goes() throws Exception {
    assumeTrue(EndToEndTest.installed("mvn"), "needs the Debian package maven");
    Path home = Server.copyOfDistribution(folder.resolve("home"));
    Path jar = build(folder.resolve("example"), api(home));
    try (Server server = Server.start(home, folder.resolve("server"), "")) {
      assertThat(server.tryConsole("module load refuse_recipient")).startsWith("ERR");
      Files.copy(jar, home.resolve("partners").resolve(jar.getFileName()));
      assertThat(recipient(server, "refused@example.com")).startsWith("250");

      assertThat(server.console("module load refuse_recipient")).contains("refuse_recipient");
      assertThat(recipient(server, "refused@example.com")).startsWith("550 5.7.1 ");
      assertThat(recipient(server, "other@example.com")).startsWith("250");
      assertThat(server.console("module list")).contains("Scope_Name: refuse_recipient");
      assertThat(server.console("module hooks")).contains("refuse_recipient");

      server.console("module update refuse_recipient");
      assertThat(recipient(server, "refused@example.com")).startsWith("550 5.7.1 ");

      server.console("module unload refuse_recipient");
      assertThat(recipient(server, "refused@example.com")).startsWith("250");
      assertThat(server.console("module list")).doesNotContain("refuse_recipient");
    }
  }

  private static Path api(Path home) throws IOException {
    try (Stream<Path> jars = Files.list(home.resolve("bundles"))) {
      return jars.filter(jar -> jar.getFileName().toString().startsWith("core.api-"))
          .findFirst()
          .orElseThrow();
    }
  }

  /** Builds a copy of the example; Maven gets to the network only for what it does not have. */
  private static Path build(Path to, Path api) throws Exception {
    Path example =
        Path.of(System.getProperty("impetus.root", "..")).resolve("docs/partner-example");
    try (Stream<Path> files = Files.walk(example)) {
      for (Path file : files.toList()) {
        if (!file.startsWith(example.resolve("target"))) {
          Files.copy(file, to.resolve(example.relativize(file).toString()));
        }
      }
    }
    Path output = to.resolve("output");
    Process maven =
        new ProcessBuilder("mvn", "-B", "-ntp", "package", "-Dimpetus.api=" + api)
            .directory(to.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    assertThat(maven.waitFor()).as(() -> read(output)).isZero();
    return to.resolve("target/refuse_recipient-1.0.0.jar");
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static String recipient(Server server, String address) throws IOException {
    return Load.replyToRecipient(server.smtpPort, address);
  }
}
