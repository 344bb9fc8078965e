package org.impetusmta.client.log;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.impetusmta.client.log.LogRecord.Kind;

/**
 * The program {@code ec_log_trace}: finds records of mainlogs and rejectlogs, and counts or
 * explains them. Logs may be compressed with bzip2 or gzip; each is read up to three times, so that
 * the order of files matters to the order of what is printed alone. Exit codes: 0 done, 1 something
 * could not be read or written, 2 wrong usage. Single. Source: executable.ec_log_trace.
 */
public final class EcLogTrace {
  private static final String USAGE =
      """
      usage: ec_log_trace [OPTIONS] [LOGFILE...]
        -                            a log on standard input
        --in, --out, --tran, --perm  receptions, deliveries, transient, permanent failures alone
        --main                       nothing of rejectlogs
        --from, --from-domain, --to, --to-domain, --src-ip =VALUE
                                     all about messages that were received so
        --binding, --binding-group, --dst-ip, --id =VALUE
                                     records with that value
        --vctx-conn, --vctx-mess =KEY[=VALUE]
                                     rejections with that in their context
        --...-regex=EXPRESSION       the same, where the expression is found; with --regex
                                     all values are expressions
        --start, --end =DATE         seconds since 1970, or "Sep 12 18:12:21 2006"
        --count                      numbers of records alone
        --date                       dates instead of seconds
        -v, --verbose                records explained, those of a message together
        --xml                        as XML
        --output=FILE [--append]     to a file
        Options that are repeated admit any of their values. Without LOGFILE: mainlog.ec,
        rejectlog.ec and their old files in /var/log/ecelerity.
      """;

  private static final Path FOLDER = Path.of("/var/log/ecelerity");

  private final InputStream in;
  private final PrintStream out;
  private final PrintStream err;
  private final Path folder;
  private boolean failed;

  /**
   * @param folder where logs are where none is named
   */
  EcLogTrace(InputStream in, PrintStream out, PrintStream err, Path folder) {
    this.in = in;
    this.out = out;
    this.err = err;
    this.folder = folder;
  }

  /** Runs the program and ends the process. */
  public static void main(String[] arguments) {
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
    int status = new EcLogTrace(System.in, out, err, FOLDER).run(arguments);
    out.flush();
    System.exit(status);
  }

  int run(String... arguments) {
    TraceOptions options;
    try {
      options = TraceOptions.of(List.of(arguments));
    } catch (IllegalArgumentException e) {
      err.println("ec_log_trace: " + e.getMessage());
      err.print(USAGE);
      return 2;
    }
    if (options.help) {
      out.print(USAGE);
      return 0;
    }
    List<Path> copies = new ArrayList<>();
    try {
      List<Path> files = files(options, copies);
      if (options.output.isEmpty()) {
        trace(options, files, out);
      } else {
        StandardOpenOption how =
            options.append ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING;
        try (OutputStream file =
                Files.newOutputStream(
                    Path.of(options.output.get()),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE,
                    how);
            PrintStream to = new PrintStream(file, false, StandardCharsets.UTF_8)) {
          trace(options, files, to);
        }
      }
    } catch (IOException | InvalidPathException e) {
      complain(e.toString());
    } finally {
      copies.forEach(this::delete);
    }
    return failed ? 1 : 0;
  }

  private void delete(Path copy) {
    try {
      Files.deleteIfExists(copy);
    } catch (IOException e) {
      complain(e.toString());
    }
  }

  /** The files to read; standard input as a copy. */
  private List<Path> files(TraceOptions options, List<Path> copies) throws IOException {
    List<Path> files = new ArrayList<>();
    for (String name : options.files) {
      if (name.equals("-")) {
        Path copy = Files.createTempFile("ec_log_trace", ".log");
        copies.add(copy);
        Files.copy(in, copy, StandardCopyOption.REPLACE_EXISTING);
        files.add(copy);
      } else {
        files.add(Path.of(name));
      }
    }
    if (options.files.isEmpty()) {
      for (String log : List.of("mainlog.ec", "rejectlog.ec")) {
        files.addAll(withOldOnes(log));
      }
      if (files.isEmpty()) {
        throw new IOException("there is no log in " + folder + "; name one");
      }
    }
    return files;
  }

  /** A log and what ec_rotate left of it, the oldest first. */
  private List<Path> withOldOnes(String log) throws IOException {
    List<Path> files = new ArrayList<>();
    if (Files.isDirectory(folder)) {
      try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, log + "*")) {
        for (Path file : found) {
          if (name(file).substring(log.length()).matches("(\\.[1-9]\\d{0,8}(\\.(bz2|gz))?)?")) {
            files.add(file);
          }
        }
      }
    }
    files.sort(Comparator.comparingInt((Path file) -> age(name(file), log)).reversed());
    return files;
  }

  private static String name(Path file) {
    return String.valueOf(file.getFileName());
  }

  private static int age(String name, String log) {
    String digits = name.substring(log.length()).replaceAll("\\.(bz2|gz)$", "").replace(".", "");
    return digits.isEmpty() ? 0 : Integer.parseInt(digits);
  }

  private void trace(TraceOptions options, List<Path> files, PrintStream to) {
    Set<String> messages = new HashSet<>();
    if (options.choosesMessages()) {
      read(
          files,
          record -> {
            if (options.choosesMessage(record)) {
              messages.add(record.field("id"));
            }
          });
    }
    Consumer<Consumer<LogRecord>> admitted =
        use ->
            read(
                files,
                record -> {
                  boolean chosen =
                      !options.choosesMessages() || messages.contains(record.field("id"));
                  if (chosen && options.admits(record)) {
                    use.accept(record);
                  }
                });
    if (options.count) {
      count(options, admitted, to);
    } else if (options.verbose) {
      explain(options, files, admitted, to);
    } else {
      try (TracePrinter printer = TracePrinter.of(options, to)) {
        admitted.accept(printer::record);
      }
    }
    if (to.checkError()) {
      complain("what was found could not be written");
    }
  }

  private static void count(
      TraceOptions options, Consumer<Consumer<LogRecord>> admitted, PrintStream to) {
    Map<Kind, Long> counts = new EnumMap<>(Kind.class);
    admitted.accept(record -> counts.merge(record.kind(), 1L, Long::sum));
    for (Kind kind : options.shown()) {
      to.println(kind.plural() + ": " + counts.getOrDefault(kind, 0L));
    }
  }

  /** All about each message of which a record is admitted, then the rejections. */
  private void explain(
      TraceOptions options,
      List<Path> files,
      Consumer<Consumer<LogRecord>> admitted,
      PrintStream to) {
    Map<String, List<LogRecord>> byMessage = new LinkedHashMap<>();
    List<LogRecord> rejections = new ArrayList<>();
    admitted.accept(
        record -> {
          if (record.kind() == Kind.REJECTION) {
            rejections.add(record);
          } else {
            byMessage.computeIfAbsent(record.field("id"), _ -> new ArrayList<>());
          }
        });
    read(
        files,
        record -> {
          List<LogRecord> records = byMessage.get(record.field("id"));
          if (record.kind() != Kind.REJECTION && records != null) {
            records.add(record);
          }
        });
    try (TracePrinter printer = TracePrinter.of(options, to)) {
      byMessage.forEach(
          (id, records) -> {
            records.sort(Comparator.comparingLong(LogRecord::seconds));
            printer.message(id, records);
          });
      rejections.forEach(printer::record);
    }
  }

  private void read(List<Path> files, Consumer<LogRecord> use) {
    for (Path file : files) {
      try (BufferedReader lines =
          new BufferedReader(new InputStreamReader(open(file), StandardCharsets.UTF_8))) {
        String line;
        while ((line = lines.readLine()) != null) {
          LogRecord.of(line).ifPresent(use);
        }
      } catch (IOException e) {
        complain(file + ": " + e);
      }
    }
  }

  private static InputStream open(Path file) throws IOException {
    InputStream raw = new BufferedInputStream(Files.newInputStream(file));
    try {
      raw.mark(4);
      byte[] start = raw.readNBytes(3);
      raw.reset();
      String magic = new String(start, StandardCharsets.ISO_8859_1);
      if (magic.equals("BZh")) {
        return new BZip2CompressorInputStream(raw, true);
      }
      return magic.startsWith("\u001f\u008b") ? new GZIPInputStream(raw) : raw;
    } catch (IOException e) {
      raw.close();
      throw e;
    }
  }

  private void complain(String text) {
    if (!failed) {
      err.println("ec_log_trace: " + text);
    }
    failed = true;
  }
}
