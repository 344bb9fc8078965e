package org.impetusmta.client.jlog;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.List;

/**
 * The program {@code jlog_sanity_check}: prints what is wrong with a journal that nobody writes;
 * nothing if nothing is. Exit codes: 0 sound, 1 something was found or the journal cannot be read,
 * 2 wrong usage. Single. Source: executable.jlog_sanity_check.
 */
public final class JlogSanityCheck {
  private static final String USAGE = "usage: jlog_sanity_check le|be JLOG\n";

  private final PrintStream out;
  private final PrintStream err;

  JlogSanityCheck(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  /** Runs the program and ends the process. */
  public static void main(String[] arguments) {
    System.exit(
        new JlogSanityCheck(
                new PrintStream(System.out, true, StandardCharsets.UTF_8),
                new PrintStream(System.err, true, StandardCharsets.UTF_8))
            .run(arguments));
  }

  int run(String... arguments) {
    if (List.of(arguments).contains("-h")) {
      out.print(USAGE);
      return 0;
    }
    if (arguments.length != 2 || !List.of("le", "be").contains(arguments[0])) {
      err.print(USAGE);
      return 2;
    }
    ByteOrder order = arguments[0].equals("le") ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
    try {
      JournalCheck.Findings findings =
          JournalCheck.of(JournalFiles.of(Path.of(arguments[1])), order);
      findings.oddities().forEach(out::println);
      findings.errors().forEach(out::println);
      return findings.errors().isEmpty() && findings.oddities().isEmpty() ? 0 : 1;
    } catch (NoSuchFileException | NotDirectoryException e) {
      err.println("jlog_sanity_check: " + arguments[1] + ": there is no such folder");
    } catch (IOException | InvalidPathException e) {
      err.println("jlog_sanity_check: " + e.getMessage());
    }
    return 1;
  }
}
