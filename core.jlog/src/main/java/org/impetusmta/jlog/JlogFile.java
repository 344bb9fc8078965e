package org.impetusmta.jlog;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A file of a journal, open for reading and writing, that can be locked against other threads and,
 * by fcntl on the whole file, other processes: the original library's among them.
 *
 * <p>The lock of a process on a file ends when the process closes any descriptor of that file. So
 * all who open the same one in this process share one descriptor, and nobody may open a journal's
 * files in another way. Concurrent.
 */
final class JlogFile implements Closeable {
  private static final Map<Object, JlogFile> OPEN = new HashMap<>();

  private final Object key;
  private final FileChannel channel;
  private final ReentrantLock threads = new ReentrantLock();
  private int users = 1;
  private @Nullable FileLock processes;

  /** Ends a lock. */
  interface Held extends AutoCloseable {
    @Override
    void close() throws IOException;
  }

  private JlogFile(Object key, FileChannel channel) {
    this.key = key;
    this.channel = channel;
  }

  /** Opens a file that is there. */
  static JlogFile open(Path path) throws IOException {
    return open(path, EnumSet.of(StandardOpenOption.READ, StandardOpenOption.WRITE));
  }

  /** Opens a file, which is made where it is missing, with 0640 less the umask. */
  static JlogFile openOrCreate(Path path) throws IOException {
    return open(
        path,
        EnumSet.of(StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE));
  }

  /** Makes a file; it is an error if there is one. */
  static JlogFile create(Path path) throws IOException {
    return open(
        path,
        EnumSet.of(
            StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW));
  }

  private static JlogFile open(Path path, Set<? extends OpenOption> options) throws IOException {
    synchronized (OPEN) {
      if (!options.contains(StandardOpenOption.CREATE_NEW) && Files.exists(path)) {
        JlogFile known = OPEN.get(key(path));
        if (known != null && known.channel.isOpen()) {
          known.users++;
          return known;
        }
      }
      FileChannel channel =
          FileChannel.open(
              path,
              options,
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r-----")));
      try {
        JlogFile file = new JlogFile(key(path), channel);
        OPEN.put(file.key, file);
        return file;
      } catch (IOException e) {
        channel.close();
        throw e;
      }
    }
  }

  private static Object key(Path path) throws IOException {
    Object key = Files.readAttributes(path, BasicFileAttributes.class).fileKey();
    return key == null ? path.toRealPath() : key;
  }

  @Override
  public void close() throws IOException {
    synchronized (OPEN) {
      users--;
      if (users == 0) {
        OPEN.remove(key, this);
        channel.close();
      }
    }
  }

  /** Waits for the lock; the same thread may take it again. */
  Held lock() throws IOException {
    threads.lock();
    try {
      if (processes == null) {
        processes = channel.lock();
      }
    } catch (OverlappingFileLockException e) {
      threads.unlock();
      throw new IOException("is locked by another part of this process", e);
    } catch (IOException e) {
      threads.unlock();
      throw e;
    }
    return this::unlock;
  }

  private void unlock() throws IOException {
    try {
      FileLock held = processes;
      if (threads.getHoldCount() == 1 && held != null) {
        processes = null;
        if (channel.isOpen()) {
          held.release();
        }
      }
    } finally {
      threads.unlock();
    }
  }

  long size() throws IOException {
    return channel.size();
  }

  /** So many octets, or {@link EOFException}. */
  ByteBuffer read(long offset, int length, ByteOrder order) throws IOException {
    ByteBuffer octets = ByteBuffer.allocate(length).order(order);
    while (octets.hasRemaining()) {
      if (channel.read(octets, offset + octets.position()) < 0) {
        throw new EOFException("ends before " + (offset + length));
      }
    }
    return octets.flip();
  }

  /** As many octets as there are, at most {@code octets.remaining()}. */
  void readSome(long offset, ByteBuffer octets) throws IOException {
    int start = octets.position();
    while (octets.hasRemaining()) {
      if (channel.read(octets, offset + octets.position() - start) < 0) {
        return;
      }
    }
  }

  void write(long offset, ByteBuffer octets) throws IOException {
    long at = offset;
    while (octets.hasRemaining()) {
      at += channel.write(octets, at);
    }
  }

  void truncate(long size) throws IOException {
    channel.truncate(size);
  }

  void force() throws IOException {
    channel.force(false);
  }
}
