package org.impetusmta.core.config;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.impetusmta.api.config.ConfigException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * New versions of files, put in the place of the old ones all at once as far as a file system lets
 * it: each is written beside the old one and forced to the disk; when all are there they are
 * renamed. Whoever reads sees an old or a new file, never a part. Single.
 */
final class ChangedFiles {
  private static final Logger LOG = LoggerFactory.getLogger(ChangedFiles.class);

  private final Map<Path, byte[]> changed = new LinkedHashMap<>();
  private final Map<Path, byte[]> before = new LinkedHashMap<>();
  private final Path like;

  /**
   * @param like new files get the mode and owner of this one
   */
  ChangedFiles(Path like) {
    this.like = like;
  }

  /** The real path of a file that exists, else its absolute path. */
  static Path identity(Path file) {
    try {
      return file.toRealPath();
    } catch (IOException _) {
      return file.toAbsolutePath().normalize(); // does not exist yet
    }
  }

  /** A file that is replaced, or made, without regard to what it holds. */
  void put(Path file, byte[] octets) {
    changed.put(file, octets);
  }

  /**
   * A file that is replaced.
   *
   * @param expected what it must still hold
   */
  void replace(Path file, byte[] expected, byte[] octets) {
    before.put(file, expected);
    changed.put(file, octets);
  }

  /**
   * Writes them.
   *
   * @throws ConfigException when a file does not hold what was expected, or cannot be written
   */
  void write() throws ConfigException {
    Map<Path, Path> written = new LinkedHashMap<>();
    try {
      for (Map.Entry<Path, byte[]> entry : changed.entrySet()) {
        Path beside = beside(entry.getKey());
        written.put(entry.getKey(), beside);
        fill(beside, entry.getValue());
        takeOver(Files.exists(entry.getKey()) ? entry.getKey() : like, beside);
      }
      requireUnchanged();
      for (Map.Entry<Path, Path> entry : written.entrySet()) {
        Files.move(
            entry.getValue(),
            entry.getKey(),
            StandardCopyOption.ATOMIC_MOVE,
            StandardCopyOption.REPLACE_EXISTING);
        force(entry.getKey());
      }
    } catch (IOException e) {
      throw new ConfigException("the configuration cannot be written: " + ConfigFiles.reason(e), e);
    } finally {
      written.values().forEach(ChangedFiles::discard);
    }
  }

  private static Path beside(Path file) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null) {
      throw new IOException(file + " is no file");
    }
    // hidden: an include of the folder passes it by
    return Files.createTempFile(folder, "." + file.getFileName() + ".", ".new");
  }

  private static void fill(Path file, byte[] octets) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
      ByteBuffer out = ByteBuffer.wrap(octets);
      while (out.hasRemaining()) {
        channel.write(out);
      }
      channel.force(true);
    }
  }

  /** Mode, owner and group, so far as this process may give them away. */
  private static void takeOver(Path from, Path to) throws IOException {
    PosixFileAttributeView view = Files.getFileAttributeView(to, PosixFileAttributeView.class);
    if (view == null) {
      return; // a file system without modes
    }
    PosixFileAttributes wanted = Files.readAttributes(from, PosixFileAttributes.class);
    PosixFileAttributes found = view.readAttributes();
    try {
      if (!wanted.group().equals(found.group())) {
        view.setGroup(wanted.group());
      }
      if (!wanted.owner().equals(found.owner())) {
        view.setOwner(wanted.owner());
      }
    } catch (IOException e) {
      LOG.warn("{} keeps not its owner {}:{}", from, wanted.owner(), wanted.group(), e);
    }
    view.setPermissions(wanted.permissions());
  }

  private void requireUnchanged() throws IOException, ConfigException {
    for (Map.Entry<Path, byte[]> entry : before.entrySet()) {
      byte[] now = Files.exists(entry.getKey()) ? Files.readAllBytes(entry.getKey()) : new byte[0];
      if (!Arrays.equals(now, entry.getValue())) {
        throw new ConfigException(
            entry.getKey() + " was changed on the disk just now; nothing was written");
      }
    }
  }

  /** A renamed file is safe when its folder is. */
  private static void force(Path file) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null) {
      try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }

  private static void discard(Path beside) {
    try {
      Files.deleteIfExists(beside);
    } catch (IOException e) {
      LOG.warn("{} cannot be deleted", beside, e);
    }
  }
}
