package org.impetusmta.client.audit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.impetusmta.client.audit.SeriesFiles.Stamped;

/**
 * The program {@code cidr_maintain}: deletes files of as_logger that are too old and compresses
 * others, once a day. Exit codes: 0 done, 1 something failed, 2 wrong usage. Single. Source:
 * modules.as_logger.
 */
public final class CidrMaintain {
  private static final String USAGE =
      """
      usage: cidr_maintain -c FILE [-v]
        -c FILE   the configuration: lines "name = value", comments behind #
                    auto = true        every series that has files
                    series = a b       these series, where auto is false
                    retention = 30     days that files are kept
                    condense = 0       files of more than so many days ago are compressed; off: none
                    basedir = FOLDER   where the files are
        -v        tell what is done
        -h        this text
      """;

  private final PrintStream out;
  private final PrintStream err;
  private final InstantSource clock;
  private final ZoneId zone;

  CidrMaintain(PrintStream out, PrintStream err, InstantSource clock, ZoneId zone) {
    this.out = out;
    this.err = err;
    this.clock = clock;
    this.zone = zone;
  }

  /** Runs the program and ends the process. */
  public static void main(String[] arguments) {
    System.exit(
        new CidrMaintain(
                new PrintStream(System.out, true, StandardCharsets.UTF_8),
                new PrintStream(System.err, true, StandardCharsets.UTF_8),
                InstantSource.system(),
                ZoneId.systemDefault())
            .run(arguments));
  }

  /**
   * What is to be done.
   *
   * @param condense days; -1: nothing is compressed
   */
  record Conf(boolean auto, List<String> series, int retention, int condense, Path folder) {
    static Conf read(Path file) throws IOException {
      Conf conf = new Conf(true, List.of(), 30, 0, SeriesFiles.usual());
      int number = 0;
      for (String line : Files.readAllLines(file)) {
        number++;
        int comment = line.indexOf('#');
        String text = (comment < 0 ? line : line.substring(0, comment)).strip();
        if (text.isEmpty()) {
          continue;
        }
        String[] parts = text.split("\\s*=\\s*", 2);
        try {
          conf = conf.with(parts[0], parts.length < 2 ? "" : unquoted(parts[1]));
        } catch (IllegalArgumentException e) {
          throw new IOException(file + ":" + number + ": " + e.getMessage(), e);
        }
      }
      if (!conf.auto && conf.series.isEmpty()) {
        throw new IOException(file + ": auto is false and series names none");
      }
      return conf;
    }

    private static String unquoted(String value) {
      return value.length() > 1 && value.startsWith("\"") && value.endsWith("\"")
          ? value.substring(1, value.length() - 1)
          : value;
    }

    private Conf with(String name, String value) {
      return switch (name.toLowerCase(Locale.ROOT)) {
        case "auto" -> new Conf(yes(value), series, retention, condense, folder);
        case "series" ->
            new Conf(auto, List.of(value.strip().split("[,\\s]+")), retention, condense, folder);
        case "retention" -> new Conf(auto, series, days(value), condense, folder);
        case "condense" ->
            new Conf(
                auto, series, retention, value.equalsIgnoreCase("off") ? -1 : days(value), folder);
        case "basedir" -> new Conf(auto, series, retention, condense, Path.of(value));
        default ->
            throw new IllegalArgumentException(
                "unknown name \""
                    + name
                    + "\", expected auto, series, retention, condense or basedir");
      };
    }

    private static boolean yes(String value) {
      return switch (value.toLowerCase(Locale.ROOT)) {
        case "true", "on", "yes", "1" -> true;
        case "false", "off", "no", "0" -> false;
        default -> throw new IllegalArgumentException("expected true or false, not " + value);
      };
    }

    private static int days(String value) {
      if (!value.matches("\\d{1,6}")) {
        throw new IllegalArgumentException("expected a number of days, not \"" + value + "\"");
      }
      return Integer.parseInt(value);
    }
  }

  int run(String... arguments) {
    List<String> words = List.of(arguments);
    if (words.contains("-h")) {
      out.print(USAGE);
      return 0;
    }
    int at = words.indexOf("-c");
    boolean verbose = words.contains("-v");
    if (at < 0 || at + 1 >= words.size() || words.size() != (verbose ? 3 : 2)) {
      err.print(USAGE);
      return 2;
    }
    try {
      return maintain(Conf.read(Path.of(words.get(at + 1))), verbose) ? 0 : 1;
    } catch (NoSuchFileException e) {
      err.println("cidr_maintain: " + e.getMessage() + ": there is no such file");
      return 1;
    } catch (IOException | InvalidPathException e) {
      err.println("cidr_maintain: " + e.getMessage());
      return 1;
    }
  }

  private boolean maintain(Conf conf, boolean verbose) throws IOException {
    LocalDate today = LocalDateTime.ofInstant(clock.instant(), zone).toLocalDate();
    boolean all = true;
    for (Map.Entry<String, List<Stamped>> series :
        new SeriesFiles(conf.folder()).all().entrySet()) {
      if (!conf.auto() && !conf.series().contains(series.getKey())) {
        continue;
      }
      for (Stamped file : series.getValue()) {
        LocalDate day = file.time().toLocalDate();
        try {
          if (day.isBefore(today.minusDays(conf.retention()))) {
            Files.delete(file.path());
            tell(verbose, "deleted " + file.path());
          } else if (conf.condense() >= 0
              && !file.compressed()
              && day.isBefore(today.minusDays(conf.condense()))) {
            compress(file.path());
            tell(verbose, "compressed " + file.path());
          }
        } catch (IOException e) {
          err.println("cidr_maintain: " + file.path() + ": " + e.getMessage());
          all = false;
        }
      }
    }
    return all;
  }

  private void tell(boolean verbose, String what) {
    if (verbose) {
      out.println(what);
    }
  }

  /** The compressed file takes the place of the other, which goes when it is whole. */
  private static void compress(Path file) throws IOException {
    Path beside = file.resolveSibling("." + file.getFileName() + ".gz.new");
    try {
      try (InputStream in = Files.newInputStream(file);
          OutputStream to = new GZIPOutputStream(Files.newOutputStream(beside))) {
        in.transferTo(to);
      }
      Files.move(
          beside,
          file.resolveSibling(file.getFileName() + ".gz"),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
      Files.delete(file);
    } finally {
      Files.deleteIfExists(beside);
    }
  }
}
