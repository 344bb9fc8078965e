package org.impetusmta.spool.journal;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

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
}
