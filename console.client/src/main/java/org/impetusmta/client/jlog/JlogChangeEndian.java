package org.impetusmta.client.jlog;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;

/**
 * The program {@code jlog_change_endian}: copies a journal that nobody writes to the other byte
 * order. Where something is wrong with the source there is no copy. Exit codes: 0 copied, 1 not, 2
 * wrong usage. Single. Source: executable.jlog_change_endian.
 */
public final class JlogChangeEndian {
  private static final String USAGE = "usage: jlog_change_endian SOURCE tole|tobe DESTINATION\n";
  private static final int HEADER = 16;

  private final PrintStream out;
  private final PrintStream err;

  JlogChangeEndian(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  /** Runs the program and ends the process. */
  public static void main(String[] arguments) {
    System.exit(
        new JlogChangeEndian(
                new PrintStream(System.out, true, StandardCharsets.UTF_8),
                new PrintStream(System.err, true, StandardCharsets.UTF_8))
            .run(arguments));
  }

  int run(String... arguments) {
    if (List.of(arguments).contains("-h")) {
      out.print(USAGE);
      return 0;
    }
    if (arguments.length != 3 || !List.of("tole", "tobe").contains(arguments[1])) {
      err.print(USAGE);
      return 2;
    }
    ByteOrder from = arguments[1].equals("tole") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    try {
      return copy(Path.of(arguments[0]), from, Path.of(arguments[2])) ? 0 : 1;
    } catch (FileAlreadyExistsException e) {
      err.println("jlog_change_endian: " + e.getMessage() + ": it exists");
    } catch (NoSuchFileException | NotDirectoryException e) {
      err.println("jlog_change_endian: " + e.getMessage() + ": there is no such folder");
    } catch (IOException | InvalidPathException e) {
      err.println("jlog_change_endian: " + e.getMessage());
    }
    return 1;
  }

  private boolean copy(Path source, ByteOrder from, Path destination) throws IOException {
    JournalFiles files = JournalFiles.of(source);
    JournalCheck.Findings findings = JournalCheck.of(files, from);
    if (!findings.errors().isEmpty()) {
      findings.errors().forEach(error -> err.println("jlog_change_endian: " + error));
      return false;
    }
    findings.oddities().forEach(out::println);
    Files.createDirectory(destination, permissions(source));
    try {
      copy(files, from, destination);
      return true;
    } catch (IOException e) {
      remove(destination, e);
      throw e;
    }
  }

  private static FileAttribute<?> permissions(Path path) throws IOException {
    return PosixFilePermissions.asFileAttribute(Files.getPosixFilePermissions(path));
  }

  private static void copy(JournalFiles files, ByteOrder from, Path destination)
      throws IOException {
    write(files.folder().resolve(JournalFiles.METASTORE), destination, from, Integer.BYTES);
    for (Path checkpoint : files.checkpoints().values()) {
      write(checkpoint, destination, from, Integer.BYTES);
    }
    for (Map.Entry<Long, Path> index : files.indexes().entrySet()) {
      if (files.segments().containsKey(index.getKey())) {
        write(index.getValue(), destination, from, Long.BYTES);
      }
    }
    for (Path segment : files.segments().values()) {
      byte[] octets = Files.readAllBytes(segment);
      records(octets, 0, octets.length, from);
      write(segment, octets, destination);
    }
    if (files.preCommit()) {
      Path file = files.folder().resolve(JournalFiles.PRE_COMMIT);
      write(file, preCommit(Files.readAllBytes(file), from), destination);
    }
  }

  /** Turns words of so many octets around. */
  private static void write(Path file, Path destination, ByteOrder from, int word)
      throws IOException {
    byte[] octets = Files.readAllBytes(file);
    turn(octets, 0, octets.length, from, word);
    write(file, octets, destination);
  }

  private static void write(Path like, byte[] octets, Path destination) throws IOException {
    Path file = destination.resolve(like.getFileName());
    Files.createFile(file, permissions(like));
    Files.write(file, octets);
  }

  private static void turn(byte[] octets, int start, int end, ByteOrder from, int word) {
    ByteBuffer source = ByteBuffer.wrap(octets).order(from);
    ByteBuffer target =
        ByteBuffer.wrap(octets)
            .order(
                from.equals(ByteOrder.BIG_ENDIAN) ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    for (int at = start; at + word <= end; at += word) {
      if (word == Integer.BYTES) {
        target.putInt(at, source.getInt(at));
      } else {
        target.putLong(at, source.getLong(at));
      }
    }
  }

  /** Turns the headers of records around; they are whole. */
  private static void records(byte[] octets, int start, int end, ByteOrder from)
      throws IOException {
    int at = start;
    while (at < end) {
      if (at + HEADER > end) {
        throw new IOException("the records end within a header");
      }
      long next =
          at
              + HEADER
              + Integer.toUnsignedLong(
                  ByteBuffer.wrap(octets).order(from).getInt(at + HEADER - Integer.BYTES));
      if (next > end) {
        throw new IOException("the records end within one");
      }
      turn(octets, at, at + HEADER, from, Integer.BYTES);
      at = (int) next;
    }
  }

  /** A length, and so many octets of records that are not in a segment yet. */
  private static byte[] preCommit(byte[] octets, ByteOrder from) throws IOException {
    if (octets.length >= Integer.BYTES) {
      int length = ByteBuffer.wrap(octets).order(from).getInt();
      if (length < 0 || length > octets.length - Integer.BYTES) {
        throw new IOException("pre_commit is damaged");
      }
      turn(octets, 0, Integer.BYTES, from, Integer.BYTES);
      records(octets, Integer.BYTES, Integer.BYTES + length, from);
    }
    return octets;
  }

  private static void remove(Path folder, IOException cause) {
    try {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
        for (Path file : files) {
          Files.delete(file);
        }
      }
      Files.delete(folder);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }
}
