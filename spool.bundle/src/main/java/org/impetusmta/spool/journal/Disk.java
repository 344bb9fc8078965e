package org.impetusmta.spool.journal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The file operations that the journal's promises rest on; tests put one that fails in its place.
 * Concurrent.
 */
interface Disk {
  /** The file system of the machine. */
  Disk SYSTEM = new Disk() {};

  /** Opens a file. */
  default FileChannel open(Path file, OpenOption... options) throws IOException {
    return FileChannel.open(file, options);
  }

  /** Renames within a folder, replacing nothing that counts. */
  default void rename(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Removes a file. */
  default void delete(Path file) throws IOException {
    Files.deleteIfExists(file);
  }

  /** Makes the names in a folder durable, as fsync of a directory does. */
  default void syncDirectory(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** Sets the permissions of a file. */
  default void permissions(Path file, Set<PosixFilePermission> permissions) throws IOException {
    Files.setPosixFilePermissions(file, permissions);
  }

  /** Octets of a file; -1: there is no such file. */
  default long size(Path file) throws IOException {
    try {
      return Files.size(file);
    } catch (NoSuchFileException e) {
      return -1;
    }
  }

  /** Octets that may still be written below a folder. */
  default long usableSpace(Path folder) throws IOException {
    return Files.getFileStore(folder).getUsableSpace();
  }

  /** The files in a folder. */
  default List<Path> list(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}
