package org.impetusmta.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * A file that lines are appended to, all with one write. A line that was written in part is taken
 * back. Thread-safety: single.
 */
final class FileSink implements LogSink {
  private static final Set<OpenOption> APPEND =
      Set.of(StandardOpenOption.WRITE, StandardOpenOption.APPEND);

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

  private final FileChannel channel;

  private FileSink(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * A file; it is created, with the folders that it stands in, where it is missing.
   *
   * @param mode permissions of a file that is created
   */
  record Named(Path path, int mode) implements Target {
    @Override
    public LogSink open() throws IOException {
      return new FileSink(channel());
    }

    private FileChannel channel() throws IOException {
      Path folder = path.toAbsolutePath().getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      if (Files.exists(path)) {
        return FileChannel.open(path, APPEND);
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
        return FileChannel.open(path, APPEND);
      }
    }

    @Override
    public String toString() {
      return path.toString();
    }
  }

  @Override
  public void write(LineBuffer lines) throws IOException {
    ByteBuffer octets = ByteBuffer.wrap(lines.octets(), 0, lines.length());
    try {
      while (octets.hasRemaining()) {
        channel.write(octets);
      }
      lines.discard(lines.length());
    } catch (IOException e) {
      lines.discard(takeBackPartOfLine(lines, octets.position(), e));
      throw e;
    }
  }

  /**
   * Of {@code written} octets, those that need not be written again. What follows the last whole
   * line is cut off the file; where that fails it stays, and the rest of the line will follow it.
   */
  private int takeBackPartOfLine(LineBuffer lines, int written, IOException cause) {
    int whole = written;
    while (whole > 0 && lines.octets()[whole - 1] != '\n') {
      whole--;
    }
    if (whole == written) {
      return written;
    }
    try {
      channel.truncate(channel.size() - (written - whole));
      return whole;
    } catch (IOException e) {
      cause.addSuppressed(e);
      return written;
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
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
}
