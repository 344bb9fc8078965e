package org.impetusmta.core.kernel;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.impetusmta.api.config.ConfigException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file that says which process is the server: one decimal number and a line feed
 * (conf.ref.pidfile). A file that an ended process left is replaced; that of a server that runs
 * stops the start. Single.
 */
final class PidFile {
  private static final Logger LOG = LoggerFactory.getLogger(PidFile.class);

  private final Path file;

  private PidFile(Path file) {
    this.file = file;
  }

  /**
   * Writes this process's number.
   *
   * @throws ConfigException when the file cannot be written or belongs to a server that runs
   */
  static PidFile write(Path file) throws ConfigException {
    try {
      long owner = owner(file);
      if (owner != ProcessHandle.current().pid() && isServer(owner)) {
        throw new ConfigException(
            "process " + owner + " of the pid file " + file + " is a server that runs");
      }
      Path folder = file.toAbsolutePath().getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      write(file, ProcessHandle.current().pid() + "\n");
      return new PidFile(file);
    } catch (IOException e) {
      throw new ConfigException("cannot write the pid file " + file + ": " + e, e);
    }
  }

  /** The process that the file names; 0 where it names none. */
  private static long owner(Path file) throws IOException {
    if (!Files.exists(file)) {
      return 0;
    }
    String text = Files.readString(file, StandardCharsets.ISO_8859_1).strip();
    return text.matches("\\d{1,10}") ? Long.parseLong(text) : 0;
  }

  /**
   * Whether a process lives and was started as a server is; one whose command line cannot be read
   * is none.
   */
  private static boolean isServer(long process) {
    Path commandLine = Path.of("/proc", Long.toString(process), "cmdline");
    try {
      return process != 0
          && Files.exists(commandLine)
          && Files.readString(commandLine, StandardCharsets.ISO_8859_1)
              .contains("launch.Ecelerity");
    } catch (IOException e) {
      LOG.debug("process {} has ended or is another user's", process, e);
      return false;
    }
  }

  /** A link in its place is not followed: root may be writing here. */
  private static void write(Path file, String text) throws IOException {
    Files.writeString(
        file,
        text,
        StandardOpenOption.CREATE,
        StandardOpenOption.WRITE,
        StandardOpenOption.TRUNCATE_EXISTING,
        LinkOption.NOFOLLOW_LINKS);
  }

  /**
   * Removes the file if it still names this process; empties it where the folder is not this
   * user's.
   */
  void remove() {
    try {
      if (owner(file) == ProcessHandle.current().pid()) {
        try {
          Files.deleteIfExists(file);
        } catch (AccessDeniedException notOurFolder) {
          LOG.debug("the pid file stays, empty", notOurFolder);
          write(file, "");
        }
      }
    } catch (IOException e) {
      LOG.error("cannot remove the pid file {}: {}", file, e.toString());
    }
  }
}
