package org.impetusmta.module.ec_logger;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A log file: whole lines are gathered in memory and appended with few writes.
 *
 * <p>A disk that refuses loses no line: what was not written is kept and tried again once a second,
 * a line that was written in part is taken back first. When more than {@value #KEEP} octets are
 * kept, each further line waits a second, so that the event log's backlog grows and reception
 * defers. Thread-safety: single.
 */
final class LogFile {
  private static final Logger LOG = LoggerFactory.getLogger(LogFile.class);

  /** Octets that are written without waiting for a flush. */
  static final int WRITE_AT = 64 * 1024;

  /** Octets that are kept while the disk refuses before the log thread is slowed down. */
  static final int KEEP = 16 * 1024 * 1024;

  private static final long RETRY_MILLIS = 1000;
  private static final long REPORT_MILLIS = 60_000;

  /** In the order of the mode's bits, from 0400 to 0001. */
  private static final List<PosixFilePermission> PERMISSIONS =
      List.of(
          PosixFilePermission.OWNER_READ,
          PosixFilePermission.OWNER_WRITE,
          PosixFilePermission.OWNER_EXECUTE,
          PosixFilePermission.GROUP_READ,
          PosixFilePermission.GROUP_WRITE,
          PosixFilePermission.GROUP_EXECUTE,
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE,
          PosixFilePermission.OTHERS_EXECUTE);

  private final Path path;
  private final int mode;
  private final InstantSource clock;
  private final Reporter reporter;
  private final Runnable patience;
  private final LineBuffer lines = new LineBuffer();
  private @Nullable FileChannel channel;
  private boolean failing;
  private long retryAt;
  private long reportAt;

  /** Is told of trouble, once a minute at most, and of its end. */
  interface Reporter {
    void report(String problem);
  }

  /**
   * Creates the file, and the folders that it stands in, if they are missing.
   *
   * @param mode permissions of a file that is created
   * @param patience waits about a second
   */
  static LogFile open(
      Path path, int mode, InstantSource clock, Reporter reporter, Runnable patience)
      throws IOException {
    LogFile file = new LogFile(path, mode, clock, reporter, patience);
    file.channel = file.openChannel();
    LOG.info("{} is open", path);
    return file;
  }

  private LogFile(Path path, int mode, InstantSource clock, Reporter reporter, Runnable patience) {
    this.path = path;
    this.mode = mode;
    this.clock = clock;
    this.reporter = reporter;
    this.patience = patience;
  }

  /** Where the next line is written; {@link #endLine} must follow. */
  LineBuffer line() {
    return lines;
  }

  /** The line is complete. */
  void endLine() {
    lines.ascii('\n');
    if (lines.length() >= WRITE_AT) {
      write();
    }
    if (lines.length() > KEEP && failing) {
      patience.run();
      write();
    }
  }

  /** Writes the lines that are there, unless the disk refused within the last second. */
  void write() {
    if (lines.length() == 0) {
      return;
    }
    long now = clock.millis();
    if (failing && now < retryAt && retryAt - now <= RETRY_MILLIS) {
      return;
    }
    try {
      writeNow();
      if (failing) {
        failing = false;
        reporter.report(path + " is written again; no line is missing");
      }
    } catch (IOException e) {
      refused(now, e);
    }
  }

  private void writeNow() throws IOException {
    FileChannel to = channel;
    if (to == null) {
      to = openChannel();
      channel = to;
    }
    ByteBuffer octets = ByteBuffer.wrap(lines.octets(), 0, lines.length());
    try {
      while (octets.hasRemaining()) {
        to.write(octets);
      }
      lines.discard(lines.length());
    } catch (IOException e) {
      lines.discard(takeBackPartOfLine(to, octets.position()));
      throw e;
    }
  }

  /**
   * Of {@code written} octets, those that need not be written again. What follows the last whole
   * line is cut off the file; where that fails it stays, and the rest of the line will follow it.
   */
  private int takeBackPartOfLine(FileChannel from, int written) {
    int whole = written;
    while (whole > 0 && lines.octets()[whole - 1] != '\n') {
      whole--;
    }
    if (whole == written) {
      return written;
    }
    try {
      from.truncate(from.size() - (written - whole));
      return whole;
    } catch (IOException e) {
      reporter.report(path + ": cannot take back part of a line: " + e);
      return written;
    }
  }

  private void refused(long now, IOException e) {
    failing = true;
    retryAt = now + RETRY_MILLIS;
    closeChannel();
    if (now >= reportAt || reportAt - now > REPORT_MILLIS) {
      reportAt = now + REPORT_MILLIS;
      reporter.report(
          "cannot write " + path + ": " + e + "; keeping " + lines.length() + " octets");
    }
  }

  /**
   * Writes what is there to the open file, then goes on with a file that is opened under the same
   * name. Where that cannot be opened the old one is kept.
   *
   * @return whether it could
   */
  boolean reopen() {
    retryAt = 0;
    write();
    try {
      FileChannel next = openChannel();
      closeChannel();
      channel = next;
      return true;
    } catch (IOException e) {
      reporter.report("cannot reopen " + path + ": " + e);
      return false;
    }
  }

  /** Writes what is there and closes. */
  void close() {
    for (int attempt = 0; lines.length() > 0 && attempt < 3; attempt++) {
      if (attempt > 0) {
        patience.run();
      }
      retryAt = 0;
      write();
    }
    if (lines.length() > 0) {
      reporter.report("closing " + path + ": " + lines.length() + " octets are lost");
    }
    closeChannel();
  }

  private void closeChannel() {
    FileChannel open = channel;
    channel = null;
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        reporter.report("closing " + path + ": " + e);
      }
    }
  }

  private FileChannel openChannel() throws IOException {
    Path folder = path.toAbsolutePath().getParent();
    if (folder != null) {
      Files.createDirectories(folder);
    }
    Set<OpenOption> append = Set.of(StandardOpenOption.WRITE, StandardOpenOption.APPEND);
    if (Files.exists(path)) {
      return FileChannel.open(path, append);
    }
    try {
      FileChannel created =
          FileChannel.open(
              path,
              StandardOpenOption.CREATE_NEW,
              StandardOpenOption.WRITE,
              StandardOpenOption.APPEND);
      // the mode is meant as written, whatever the umask
      Files.setPosixFilePermissions(path, permissions(mode));
      return created;
    } catch (FileAlreadyExistsException e) { // somebody was faster
      return FileChannel.open(path, append);
    }
  }

  private static Set<PosixFilePermission> permissions(int mode) {
    Set<PosixFilePermission> set = EnumSet.noneOf(PosixFilePermission.class);
    int bit = 0400;
    for (PosixFilePermission permission : PERMISSIONS) {
      if ((mode & bit) != 0) {
        set.add(permission);
      }
      bit >>= 1;
    }
    return set;
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
