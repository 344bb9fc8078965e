package org.impetusmta.client.audit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * The program {@code cidr_cli}: a shell over the files of as_logger, until the end of its input; or
 * one query in its arguments. What makes no sense is answered on the error output alone, for the
 * manual has it that nothing is shown. Exit codes: 0 done, 1 a query failed, 2 wrong usage. Single.
 * Source: cluster.cidr_server.
 */
public final class CidrCli {
  private static final String USAGE =
      """
      usage: cidr_cli [-b FOLDER] [QUERY]
        -b FOLDER   where the files are (/var/log/eccluster/aslogger on a manager,
                    else /var/log/ecelerity/audit_series_logs)
        -h          this text
      queries:
        show available
        show count for CIDR in SERIES[, SERIES …] | union(SERIES, SERIES …)
            [from DATE to DATE | on DATE | since DATE] [cidrsize N [to N]]
            [order by cidr | order by count] [aggregate [daily]] [limit N] [threshold N]
        cache details
      """;

  private final InputStream in;
  private final PrintStream out;
  private final PrintStream err;
  private final boolean prompts;

  CidrCli(InputStream in, PrintStream out, PrintStream err, boolean prompts) {
    this.in = in;
    this.out = out;
    this.err = err;
    this.prompts = prompts;
  }

  /** Runs the program and ends the process. */
  @SuppressWarnings("SystemConsoleNull") // NullAway has it that it may
  public static void main(String[] arguments) {
    java.io.Console console = System.console();
    System.exit(
        new CidrCli(
                System.in,
                new PrintStream(System.out, true, StandardCharsets.UTF_8),
                new PrintStream(System.err, true, StandardCharsets.UTF_8),
                console != null && console.isTerminal())
            .run(arguments));
  }

  int run(String... arguments) {
    List<String> words = List.of(arguments);
    Path folder = SeriesFiles.usual();
    if (!words.isEmpty() && words.getFirst().equals("-h")) {
      out.print(USAGE);
      return 0;
    }
    if (!words.isEmpty() && words.getFirst().equals("-b") && words.size() > 1) {
      folder = Path.of(words.get(1));
      words = words.subList(2, words.size());
    }
    if (!words.isEmpty() && words.getFirst().startsWith("-")) {
      err.print(USAGE);
      return 2;
    }
    CidrShell shell = new CidrShell(new SeriesFiles(folder));
    if (!words.isEmpty()) {
      return answer(shell, String.join(" ", words)) ? 0 : 1;
    }
    return talk(shell) ? 0 : 1;
  }

  private boolean talk(CidrShell shell) {
    boolean all = true;
    try (BufferedReader reader =
        new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      while (true) {
        if (prompts) {
          out.print("cidr> ");
          out.flush();
        }
        String line = reader.readLine();
        if (line == null) {
          return all;
        }
        if (!line.isBlank() && !answer(shell, line)) {
          all = false;
        }
      }
    } catch (IOException e) {
      err.println("cidr_cli: " + e.getMessage());
      return false;
    }
  }

  private boolean answer(CidrShell shell, String line) {
    try {
      shell.answer(line).forEach(out::println);
      return true;
    } catch (IOException | IllegalArgumentException e) {
      err.println("cidr_cli: " + e.getMessage());
      return false;
    }
  }
}
