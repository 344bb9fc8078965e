package org.impetusmta.spool.hashed;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;

/**
 * The file operations that the promises of the hashed engine rest on; tests put one that fails, or
 * forgets what was not synced, in its place. Concurrent.
 */
interface HashedDisk {
  /** The file system of the machine. */
  HashedDisk SYSTEM = new HashedDisk() {};

  /**
   * Makes a file that was not there.
   *
   * @throws FileAlreadyExistsException when it was
   */
  default NewFile create(Path file, Set<PosixFilePermission> mode) throws IOException {
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    try {
      Files.setPosixFilePermissions(file, mode);
    } catch (IOException e) {
      try (channel) {
        Files.deleteIfExists(file);
      }
      throw e;
    }
    return new NewFile() {
      @Override
      public void write(byte[] octets, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(octets, 0, length);
        while (buffer.hasRemaining()) {
          channel.write(buffer);
        }
      }

      @Override
      public void force() throws IOException {
        channel.force(false);
      }

      @Override
      public void close() throws IOException {
        channel.close();
      }
    };
  }

  /** A file that is being written. Thread-safety: none. */
  interface NewFile extends Closeable {
    /** Appends the first {@code length} octets. */
    void write(byte[] octets, int length) throws IOException;

    /** Makes what was written durable. */
    void force() throws IOException;
  }

  /** Gives a file a second name. */
  default void link(Path file, Path name) throws IOException {
    Files.createLink(name, file);
  }

  /** Gives a file another name in the place of whatever had it. */
  default void rename(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Removes a file; false when there was none. */
  default boolean delete(Path file) throws IOException {
    return Files.deleteIfExists(file);
  }

  /** Makes a folder; one that is there stays. */
  default void makeFolder(Path folder, Set<PosixFilePermission> mode) throws IOException {
    try {
      Files.createDirectory(folder);
      Files.setPosixFilePermissions(folder, mode);
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(folder)) {
        throw e;
      }
    }
  }

  /** Makes the names in a folder durable. */
  default void syncFolder(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
