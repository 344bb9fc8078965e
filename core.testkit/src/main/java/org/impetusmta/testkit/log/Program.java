package org.impetusmta.testkit.log;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A program of another package that a test asks for its opinion. */
public final class Program {
  private static final List<String> FOLDERS =
      List.of("/usr/bin", "/usr/sbin", "/opt/impetus-peers/usr/bin", "/opt/impetus-peers/usr/sbin");

  private Program() {}

  /**
   * Runs a program of a Debian package and waits for its end.
   *
   * @return what it wrote to its output and error output
   * @throws AssertionError where it is not installed, or fails
   */
  public static String run(String debianPackage, String program, String... arguments)
      throws IOException, InterruptedException {
    Path file =
        FOLDERS.stream()
            .map(folder -> Path.of(folder, program))
            .filter(Files::isExecutable)
            .findFirst()
            .orElseThrow(
                () ->
                    new AssertionError(
                        program + " is missing; see .ci/run for the package " + debianPackage));
    List<String> command = new ArrayList<>(List.of(file.toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("LC_ALL", "C");
    builder.environment().put("TZ", "UTC");
    Process process = builder.start();
    process.getOutputStream().close();
    String told = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new AssertionError(command + " failed: " + told);
    }
    return told;
  }
}
