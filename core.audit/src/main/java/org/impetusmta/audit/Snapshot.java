package org.impetusmta.audit;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;
import org.impetusmta.api.audit.SeriesItem;
import org.impetusmta.api.audit.SeriesType;
import org.jspecify.annotations.Nullable;

/**
 * A file with what a series counted, UTF-8: a line for the form, one for the series, one for each
 * window and after it one for each key.
 *
 * <pre>
 * impetus-audit 1
 * series spam cidr 300,6 PROCESS
 * window 1209067200 1209067500
 * 10.79.18.1 35217
 * </pre>
 *
 * The numbers of a window are seconds since 1970, from and to. In keys blanks, controls and {@code
 * %} are {@code %HH}, octet by octet. A file whose name ends in {@code .gz} is compressed. Files
 * are written beside their place and then put there. Blocks.
 */
public final class Snapshot {
  private static final String FORM = "impetus-audit 1";

  private Snapshot() {}

  /**
   * The first lines.
   *
   * @param parameters interval and windows, {@code 300,6}
   * @param process what wrote it
   */
  public record Head(String series, SeriesType type, String parameters, String process) {}

  /** Takes what is written; single. */
  public interface Sink {
    /** Begins a window. */
    void window(long from, long to) throws IOException;

    /** A key of it. */
    void item(SeriesItem item) throws IOException;
  }

  /** Gives what is to be written. */
  @FunctionalInterface
  public interface Source {
    void write(Sink sink) throws IOException;
  }

  /** Takes what is read. */
  public interface Visitor {
    /** Comes first. */
    default void head(Head head) {}

    /** A key and its count in the window {@code from} to {@code to}. */
    void item(long from, long to, SeriesItem item);
  }

  /**
   * Writes a file, mode 0644, and the folders that it lies in.
   *
   * @return whether there was any item; without one there is no file
   */
  public static boolean write(Path file, Head head, Source source) throws IOException {
    Path folder = file.toAbsolutePath().resolveSibling("");
    Files.createDirectories(folder);
    Path beside = folder.resolve("." + file.getFileName() + ".new");
    boolean[] any = {false};
    try {
      try (OutputStream out = Files.newOutputStream(beside);
          BufferedWriter writer =
              new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8))) {
        writer.write(FORM + "\n");
        writer.write(
            "series %s %s %s %s\n"
                .formatted(
                    head.series(),
                    head.type().text(),
                    head.parameters(),
                    head.process().isEmpty() ? "-" : head.process()));
        source.write(
            new Sink() {
              @Override
              public void window(long from, long to) throws IOException {
                writer.write("window " + from + " " + to + "\n");
              }

              @Override
              public void item(SeriesItem item) throws IOException {
                any[0] = true;
                writer.write(escaped(item.key()) + " " + item.count() + "\n");
              }
            });
      }
      if (any[0]) {
        Files.move(
            beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      }
    } finally {
      Files.deleteIfExists(beside);
    }
    return any[0];
  }

  /**
   * Reads a file.
   *
   * @throws IOException where it cannot be read, or is something else; says the line
   */
  public static void read(Path file, Visitor visitor) throws IOException {
    int number = 0;
    try (InputStream raw = Files.newInputStream(file);
        InputStream in = file.toString().endsWith(".gz") ? new GZIPInputStream(raw) : raw;
        BufferedReader reader =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      long from = 0;
      long to = 0;
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        number++;
        String[] words = line.split(" ", -1);
        if (number == 1) {
          expect(line.equals(FORM));
        } else if (number == 2) {
          visitor.head(headOf(line));
        } else if (words.length == 3 && words[0].equals("window")) {
          from = Long.parseLong(words[1]);
          to = Long.parseLong(words[2]);
        } else {
          expect(words.length == 2);
          visitor.item(from, to, new SeriesItem(unescaped(words[0]), Long.parseLong(words[1])));
        }
      }
      expect(number >= 2);
    } catch (IllegalArgumentException e) {
      throw new IOException(file + ":" + Math.max(number, 1) + ": no audit series", e);
    }
  }

  /** The head alone. */
  public static Head head(Path file) throws IOException {
    try (InputStream raw = Files.newInputStream(file);
        InputStream in = file.toString().endsWith(".gz") ? new GZIPInputStream(raw) : raw;
        BufferedReader reader =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      String form = reader.readLine();
      String series = reader.readLine();
      expect(form != null && form.equals(FORM) && series != null);
      return headOf(series);
    } catch (IllegalArgumentException e) {
      throw new IOException(file + ": no audit series", e);
    }
  }

  private static Head headOf(@Nullable String line) {
    String[] words = line == null ? new String[0] : line.split(" ", -1);
    expect(words.length == 5 && words[0].equals("series"));
    SeriesType type = SeriesType.of(words[2]).orElseThrow(IllegalArgumentException::new);
    return new Head(words[1], type, words[3], words[4].equals("-") ? "" : words[4]);
  }

  private static void expect(boolean sound) {
    if (!sound) {
      throw new IllegalArgumentException();
    }
  }

  static String escaped(String key) {
    StringBuilder text = new StringBuilder();
    for (byte octet : key.getBytes(StandardCharsets.UTF_8)) {
      if ((octet <= ' ' && octet >= 0) || octet == '%' || octet == 0x7f) {
        text.append("%%%02X".formatted(octet));
      } else {
        text.append((char) (octet & 0xff));
      }
    }
    return new String(
        text.toString().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
  }

  static String unescaped(String text) {
    if (text.indexOf('%') < 0) {
      return text;
    }
    StringBuilder key = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '%') {
        expect(i + 2 < text.length());
        c = (char) Integer.parseInt(text, i + 1, i + 3, 16);
        i += 2;
      }
      key.append(c);
    }
    return key.toString();
  }

  /** A name for this process that no other has. */
  public static String process() {
    ProcessHandle self = ProcessHandle.current();
    return self.pid()
        + "@"
        + self.info().startInstant().map(moment -> moment.toEpochMilli()).orElse(0L);
  }

  /** What visits items that are gathered, as a source. */
  public static Source of(long from, long to, Consumer<Consumer<SeriesItem>> items) {
    return sink -> {
      sink.window(from, to);
      try {
        items.accept(
            item -> {
              try {
                sink.item(item);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
      } catch (UncheckedIOException e) {
        throw e.getCause();
      }
    };
  }
}
