package org.impetusmta.itest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What {@code bin/new-module} makes: it builds, its test passes, the bundle comes into a running
 * server, acts, is replaced by a newer build of it, and goes.
 */
class PartnerKitTest {
  @TempDir Path folder;

  @Test
  void a_new_module_builds_and_loads_untouched() throws Exception {
    assumeTrue(EndToEndTest.installed("mvn"), "needs the Debian package maven");
    long start = System.nanoTime();
    Path home = Server.copyOfDistribution(folder.resolve("home"));
    Path project = folder.resolve("project");
    run(
        folder,
        home.resolve("bin/new-module").toString(),
        "-g",
        "org.acme",
        "-d",
        project.toString(),
        "greet_me");
    Path jar = build(project);
    try (Server server = Server.start(home, folder.resolve("server"), "")) {
      assertThat(server.console("module install file:" + jar)).contains("greet_me installed");
      assertThat(to(server, "refused@example.com")).startsWith("250");
      server.console("module load greet_me");
      assertThat(to(server, "refused@example.com"))
          .startsWith("550 5.7.1 greet_me refuses this recipient");
      assertThat(to(server, "other@example.com")).startsWith("250");
      System.out.printf(
          "a new module was made, built, tested and loaded in %d s%n",
          (System.nanoTime() - start) / 1_000_000_000);

      Path source = project.resolve("src/main/java/org/acme/greet_me/GreetMeModule.java");
      Files.writeString(
          source, Files.readString(source).replace("refused@example.com", "joe@example.com"));
      build(project);
      assertThat(to(server, "joe@example.com")).startsWith("250");
      server.console("module update greet_me");
      assertThat(to(server, "joe@example.com")).startsWith("550 5.7.1 greet_me");
      assertThat(to(server, "refused@example.com")).startsWith("250");
      server.console("module unload greet_me");
      assertThat(to(server, "joe@example.com")).startsWith("250");
      server.console("module uninstall greet_me");
      assertThat(server.tryConsole("module load greet_me")).contains("there is no module");
    }
    assertThat(home.resolve("kit/javadoc/org/impetusmta/api/hook/ValidateRcptto.html")).exists();
    assertThat(home.resolve("kit/core.api.jar")).exists();
  }

  private static Path build(Path project) throws Exception {
    run(project, "mvn", "-B", "-ntp", "package");
    assertThat(project.resolve("target/surefire-reports")).isDirectoryContaining("glob:**.txt");
    return project.resolve("target/greet_me-1.0.0.jar");
  }

  /** Maven gets to the network only for what it does not have. */
  private static void run(Path where, String... command) throws Exception {
    Path output = Files.createTempFile("impetus-kit", ".out");
    try {
      Process process =
          new ProcessBuilder(new ArrayList<>(List.of(command)))
              .directory(where.toFile())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      assertThat(process.waitFor()).as(() -> read(output)).isZero();
    } finally {
      Files.delete(output);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static String to(Server server, String recipient) throws IOException {
    return Load.replyToRecipient(server.smtpPort, recipient);
  }
}
