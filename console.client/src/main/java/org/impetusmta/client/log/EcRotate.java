package org.impetusmta.client.log;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.impetusmta.client.EcConsole;

/**
 * The program {@code ec_rotate}: makes each log {@code LOG.1}, has the server open new ones, and
 * compresses the old ones. While it is not known that the server opened new ones nothing is
 * compressed, for it may still write; the next rotation does it. Exit codes: 0 done, 1 something
 * failed, 2 wrong usage. Single. Source: executable.ec_rotate, log_rotating.
 */
public final class EcRotate {
  private static final String USAGE =
      """
      usage: ec_rotate [OPTIONS]
        -c, -compress PROGRAM   what compresses old logs (/usr/bin/bzip2)
        -conf FILE              a configuration file
        -d, -default            etc/ec_rotate.conf if there is one, else the usual logs;
                                so it is too where no option names logs
        -l, -logfile FILE       a log to rotate; may be repeated
        -logdir FOLDER          rotate the files *.log of a folder; may be repeated
        -n, -nocompress         do not compress
        -r, -retention NUMBER   how many old logs are kept (7)
        -s, -socket PATH        where the server listens for the console
        -v                      tell what is done
        -h                      this text
      """;

  private final PrintStream out;
  private final PrintStream err;
  private final Map<String, String> environment;
  private final Predicate<Optional<String>> reopen;
  private boolean verbose;
  private boolean failed;

  /**
   * @param reopen has the server, at a socket perhaps, open its logs anew; tells whether it did
   */
  EcRotate(
      PrintStream out,
      PrintStream err,
      Map<String, String> environment,
      Predicate<Optional<String>> reopen) {
    this.out = out;
    this.err = err;
    this.environment = environment;
    this.reopen = reopen;
  }

  /** Runs the program and ends the process. */
  public static void main(String[] arguments) {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
    Map<String, String> environment = System.getenv();
    System.exit(
        new EcRotate(out, err, environment, socket -> reopen(socket, err, environment))
            .run(arguments));
  }

  private static boolean reopen(
      Optional<String> socket, PrintStream err, Map<String, String> environment) {
    List<String> words = new ArrayList<>(socket.stream().toList());
    words.add("reopen logs");
    EcConsole console =
        new EcConsole(
            new ByteArrayInputStream(new byte[0]),
            new PrintStream(PrintStream.nullOutputStream(), true, StandardCharsets.UTF_8),
            err,
            environment);
    return console.run(words.toArray(String[]::new)) == 0;
  }

  int run(String... arguments) {
    try {
      Optional<RotateConf> conf = conf(List.of(arguments).iterator());
      if (conf.isEmpty()) {
        out.print(USAGE);
        return 0;
      }
      rotate(conf.get());
      return failed ? 1 : 0;
    } catch (Usage e) {
      err.println("ec_rotate: " + e.getMessage());
      err.print(USAGE);
      return 2;
    } catch (IOException | InvalidPathException e) {
      err.println("ec_rotate: " + e.getMessage());
      return 1;
    }
  }

  private static final class Usage extends Exception {
    private static final long serialVersionUID = 1L;

    Usage(String message) {
      super(message);
    }
  }

  /** What the arguments ask for; empty: help. */
  private Optional<RotateConf> conf(Iterator<String> arguments) throws Usage, IOException {
    List<String> files = new ArrayList<>();
    List<String> folders = new ArrayList<>();
    Optional<String> file = Optional.empty();
    Optional<String> compressor = Optional.empty();
    Optional<String> socket = Optional.empty();
    Optional<String> retention = Optional.empty();
    boolean standard = false;
    boolean plain = false;
    while (arguments.hasNext()) {
      String option = arguments.next();
      switch (option) {
        case "-c", "-compress" -> compressor = Optional.of(value(option, arguments));
        case "-conf" -> file = Optional.of(value(option, arguments));
        case "-d", "-default" -> standard = true;
        case "-l", "-logfile" -> files.add(value(option, arguments));
        case "-logdir" -> folders.add(value(option, arguments));
        case "-n", "-nocompress" -> plain = true;
        case "-r", "-retention" -> retention = Optional.of(value(option, arguments));
        case "-s", "-socket" -> socket = Optional.of(value(option, arguments));
        case "-v" -> verbose = true;
        case "-h", "-help", "--help" -> {
          return Optional.empty();
        }
        default -> throw new Usage("unknown option " + option);
      }
    }
    boolean named = !files.isEmpty() || !folders.isEmpty();
    RotateConf conf = RotateConf.STANDARD;
    if (file.isPresent()) {
      conf = RotateConf.read(Path.of(file.get()));
    } else if (standard || !named) {
      Path usual = Path.of(environment.getOrDefault("IMPETUS_HOME", "."), "etc", "ec_rotate.conf");
      conf = Files.exists(usual) ? RotateConf.read(usual) : conf;
    }
    if (named) {
      conf = conf.logs(files, folders);
    }
    if (retention.isPresent()) {
      conf = conf.retention(RotateConf.count(retention.get(), "-retention"));
    }
    if (socket.isPresent()) {
      conf = conf.socket(socket.get());
    }
    if (compressor.isPresent() || plain) {
      conf = conf.compressor(plain ? Optional.empty() : compressor);
    }
    return Optional.of(conf);
  }

  private static String value(String option, Iterator<String> arguments) throws Usage {
    if (!arguments.hasNext()) {
      throw new Usage(option + " needs a value");
    }
    return arguments.next();
  }

  private void rotate(RotateConf conf) {
    if (!conf.enabled()) {
      tell("rotation is disabled");
      return;
    }
    List<Rotation> done = new ArrayList<>();
    for (Rotation log : logs(conf)) {
      if (!log.isThere()) {
        tell(log + " is not there");
        continue;
      }
      try {
        log.rotate(conf.retention());
        tell(log + " is rotated");
        done.add(log);
      } catch (IOException e) {
        complain(log + ": cannot be rotated: " + e);
      }
    }
    if (done.isEmpty()) {
      return;
    }
    if (!reopen.test(conf.socket())) {
      complain("the server was not told to reopen its logs; they are not compressed now");
      return;
    }
    tell("the server reopened its logs");
    conf.compressor().ifPresent(program -> done.forEach(log -> compress(program, log)));
  }

  private List<Rotation> logs(RotateConf conf) {
    List<Rotation> logs = new ArrayList<>();
    conf.logfiles().forEach(file -> logs.add(new Rotation(Path.of(file))));
    for (String folder : conf.logdirs()) {
      Path path = Path.of(folder);
      if (!Files.isDirectory(path)) {
        tell(folder + " is not there");
        continue;
      }
      try (DirectoryStream<Path> files = Files.newDirectoryStream(path, "*.log")) {
        List<Path> found = new ArrayList<>();
        files.forEach(found::add);
        found.stream().sorted().forEach(file -> logs.add(new Rotation(file)));
      } catch (IOException e) {
        complain(folder + ": cannot be read: " + e);
      }
    }
    return logs;
  }

  private void compress(String program, Rotation log) {
    try {
      for (Path file : log.uncompressed()) {
        Process process =
            new ProcessBuilder(program, file.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.PIPE)
                .start();
        process.getOutputStream().close();
        String said =
            new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        int status = process.waitFor();
        if (status != 0) {
          complain(program + " " + file + ": status " + status + ": " + said);
        } else {
          tell(file + " is compressed");
        }
      }
    } catch (IOException e) {
      complain(log + ": cannot be compressed: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      complain("interrupted");
    }
  }

  private void tell(String text) {
    if (verbose) {
      out.println(text);
    }
  }

  private void complain(String text) {
    failed = true;
    err.println("ec_rotate: " + text);
  }
}
