package org.impetusmta.testkit;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The inventory of what the manual documents, whose tables tests compare us with. It lies beside
 * the repository, or where the system property {@code impetus.spec} says. Stateless.
 */
public final class Inventory {
  private static final Path FOLDER =
      Path.of(
          System.getProperty(
              "impetus.spec",
              Path.of(System.getProperty("impetus.root", ".."))
                  .resolve("../shared/spec")
                  .toString()));

  private Inventory() {}

  /** The lines of a table, {@code options.tsv} for one; skips the test where there is none. */
  public static List<String> lines(String table) throws IOException {
    Path file = FOLDER.resolve(table);
    assumeTrue(Files.isRegularFile(file), () -> "no inventory at " + file);
    return Files.readAllLines(file);
  }

  /** The cells of its lines. */
  public static List<String[]> rows(String table) throws IOException {
    return lines(table).stream().map(line -> line.split("\t", -1)).toList();
  }
}
