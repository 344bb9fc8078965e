package org.impetusmta.client.jlog;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.impetusmta.jlog.Jlog;
import org.impetusmta.jlog.JlogId;
import org.impetusmta.jlog.JlogReader;

/**
 * The program {@code jlogctl}: shows journals and their subscribers, and maintains both. Lists go
 * to standard output, what is wrong with records, and with {@code -v} the records, to standard
 * error. Exit codes: 0 done, 1 something failed or is damaged and was not repaired, 2 wrong usage.
 * Single. Source: executable.jlogctl; the output is that of the jlog library's program.
 */
public final class Jlogctl {
  private static final String USAGE =
      """
      usage: jlogctl OPTIONS JLOG...
        -a SUBSCRIBER   add a subscriber, which has read nothing
        -e SUBSCRIBER   erase a subscriber
        -p SUBSCRIBER   its checkpoint, what it would read next, and the last write
        -s              all subscribers with their checkpoints
        -l              all segments with sizes and readers
        -i              as -l, with the indexes
        -d              as -l; analyse the segments
        -r              as -d; repair them; for journals that nobody uses
        -c              delete the segments that no subscriber needs
        -v              more about what -d and -r look at
        -h              this text
      """;

  private final PrintStream out;
  private final PrintStream err;
  private boolean failed;

  Jlogctl(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  /** Runs the program and ends the process. */
  public static void main(String[] arguments) {
    System.exit(
        new Jlogctl(
                new PrintStream(System.out, true, StandardCharsets.UTF_8),
                new PrintStream(System.err, true, StandardCharsets.UTF_8))
            .run(arguments));
  }

  /** What the arguments ask for. */
  private static final class Wanted {
    private Optional<String> add = Optional.empty();
    private Optional<String> erase = Optional.empty();
    private Optional<String> perspective = Optional.empty();
    private boolean subscribers;
    private boolean segments;
    private boolean indexes;
    private boolean analyse;
    private boolean repair;
    private boolean clean;
    private boolean verbose;
    private final List<String> jlogs = new ArrayList<>();

    boolean something() {
      return add.isPresent()
          || erase.isPresent()
          || perspective.isPresent()
          || subscribers
          || segments
          || clean;
    }
  }

  private static final class Usage extends Exception {
    private static final long serialVersionUID = 1L;

    Usage(String message) {
      super(message);
    }
  }

  int run(String... arguments) {
    try {
      Optional<Wanted> wanted = wanted(arguments);
      if (wanted.isEmpty()) {
        out.print(USAGE);
        return 0;
      }
      for (String jlog : wanted.get().jlogs) {
        process(jlog, wanted.get());
      }
      return failed ? 1 : 0;
    } catch (Usage e) {
      err.println("jlogctl: " + e.getMessage());
      err.print(USAGE);
      return 2;
    }
  }

  /** Empty: help. */
  private static Optional<Wanted> wanted(String[] arguments) throws Usage {
    Wanted wanted = new Wanted();
    boolean options = true;
    for (int i = 0; i < arguments.length; i++) {
      String argument = arguments[i];
      if (!options || !argument.startsWith("-") || argument.equals("-")) {
        wanted.jlogs.add(argument);
      } else if (argument.equals("--")) {
        options = false;
      } else {
        for (int at = 1; at < argument.length(); at++) {
          char option = argument.charAt(at);
          if (option == 'h') {
            return Optional.empty();
          }
          if ("aep".indexOf(option) >= 0) {
            String value = argument.substring(at + 1);
            if (value.isEmpty()) {
              i++;
              if (i == arguments.length) {
                throw new Usage("-" + option + " needs the name of a subscriber");
              }
              value = arguments[i];
            }
            named(wanted, option, value);
            break;
          }
          flag(wanted, option);
        }
      }
    }
    if (wanted.jlogs.isEmpty()) {
      throw new Usage("expected the path of a jlog");
    }
    if (!wanted.something()) {
      throw new Usage("expected one of -a, -c, -d, -e, -i, -l, -p, -r, -s");
    }
    return Optional.of(wanted);
  }

  private static void named(Wanted wanted, char option, String value) {
    switch (option) {
      case 'a' -> wanted.add = Optional.of(value);
      case 'e' -> wanted.erase = Optional.of(value);
      default -> wanted.perspective = Optional.of(value);
    }
  }

  private static void flag(Wanted wanted, char option) throws Usage {
    wanted.segments |= "lidr".indexOf(option) >= 0;
    switch (option) {
      case 'l' -> {}
      case 'i' -> wanted.indexes = true;
      case 'd' -> wanted.analyse = true;
      case 'r' -> wanted.repair = true;
      case 's' -> wanted.subscribers = true;
      case 'c' -> wanted.clean = true;
      case 'v' -> wanted.verbose = true;
      default -> throw new Usage("unknown option -" + option);
    }
  }

  private void process(String path, Wanted wanted) {
    try {
      Path folder = Path.of(path);
      Jlog jlog = Jlog.open(folder);
      if (!wanted.clean) {
        out.println(path);
      }
      subscribers(jlog, wanted);
      if (wanted.segments) {
        segments(jlog, wanted);
      }
      if (wanted.clean) {
        jlog.clean();
      }
      new Ownership(err).check(folder);
    } catch (IOException | InvalidPathException e) {
      complain("Failed to open jlog at '%s': %s".formatted(path, reason(e)));
    }
  }

  private static String reason(Exception e) {
    return e instanceof NoSuchFileException
        ? "there is no such folder"
        : String.valueOf(e.getMessage());
  }

  private void complain(String text) {
    failed = true;
    err.println(text);
  }

  private void subscribers(Jlog jlog, Wanted wanted) throws IOException {
    if (wanted.add.isPresent()) {
      String name = wanted.add.get();
      if (jlog.addSubscriber(name)) {
        say(wanted, "Added subscriber '%s' -> %s".formatted(name, checkpoint(jlog, name)));
      } else {
        complain("Could not add subscriber '%s': it exists".formatted(name));
      }
    }
    if (wanted.erase.isPresent()) {
      String name = wanted.erase.get();
      if (jlog.removeSubscriber(name)) {
        say(wanted, "Erased subscriber '%s'".formatted(name));
      } else {
        complain("Could not erase subscriber '%s': there is none".formatted(name));
      }
    }
    if (wanted.perspective.isPresent()) {
      perspective(jlog, wanted.perspective.get(), wanted);
    }
    if (wanted.subscribers) {
      for (String name : jlog.subscribers()) {
        say(wanted, "\t%32s @ %s".formatted(printable(name), checkpoint(jlog, name)));
      }
    }
  }

  private void say(Wanted wanted, String text) {
    if (!wanted.clean) {
      out.println(text);
    }
  }

  private static String printable(String name) {
    return name.replaceAll("\\p{Cntrl}", "?");
  }

  private static JlogId checkpoint(Jlog jlog, String subscriber) throws IOException {
    return jlog.checkpoint(subscriber).orElse(new JlogId(0, 0));
  }

  private void perspective(Jlog jlog, String subscriber, Wanted wanted) throws IOException {
    Optional<JlogId> checkpoint = jlog.checkpoint(subscriber);
    if (checkpoint.isEmpty()) {
      complain("error opening '%s': no subscriber '%s'".formatted(jlog.folder(), subscriber));
      return;
    }
    JlogReader.Interval next;
    try (JlogReader reader = JlogReader.open(jlog.folder(), subscriber)) {
      next = reader.interval();
    }
    say(wanted, "--------------------");
    say(wanted, "  Perspective of the '%s' subscriber".formatted(printable(subscriber)));
    say(wanted, "    current checkpoint: " + checkpoint.get());
    say(wanted, "Last write: " + jlog.last());
    say(wanted, "\t     next interval: [%s, %s]".formatted(next.first(), next.last()));
    say(wanted, "--------------------\n");
  }

  private void segments(Jlog jlog, Wanted wanted) throws IOException {
    SegmentReport report = new SegmentReport(err, wanted.verbose);
    for (long log : jlog.segments()) {
      try {
        segment(jlog, log, report, wanted);
      } catch (NoSuchFileException e) {
        // all have read it meanwhile
      }
    }
  }

  private void segment(Jlog jlog, long log, SegmentReport report, Wanted wanted)
      throws IOException {
    say(
        wanted,
        "\t%08x [%9d bytes] %d pending readers"
            .formatted(log, jlog.size(log), jlog.pendingReaders(log)));
    if (wanted.indexes) {
      say(wanted, "\t\t idx: " + SegmentReport.index(jlog, log));
    }
    if ((wanted.analyse || wanted.repair) && report.isDamaged(jlog, log)) {
      err.println("One or more errors were found.");
      if (wanted.repair) {
        jlog.repair(log);
        err.println("Log file reconstructed, deleting the corresponding idx file.");
      } else {
        failed = true;
      }
    }
  }
}
