package org.impetusmta.spool.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A disk that fails as it is told: by kind of call, or the calls of certain numbers. Concurrent.
 */
final class FaultyDisk implements Disk {
  final AtomicBoolean writesFail = new AtomicBoolean();
  final AtomicBoolean syncsFail = new AtomicBoolean();
  final AtomicBoolean opensFail = new AtomicBoolean();
  final AtomicBoolean directorySyncsFail = new AtomicBoolean();

  /** Syncs do nothing: for tests of what is in the files, which they only make slow. */
  final AtomicBoolean syncsSkipped = new AtomicBoolean();

  /** Writes put half of what they are given on the disk before they fail. */
  final AtomicBoolean writesTear = new AtomicBoolean();

  /** Truncating fails too, so that what a failed commit wrote stays. */
  final AtomicBoolean truncatesFail = new AtomicBoolean();

  final AtomicInteger failedOpens = new AtomicInteger();
  final AtomicInteger syncs = new AtomicInteger();
  final AtomicInteger directorySyncs = new AtomicInteger();

  /** While set, syncs wait. */
  volatile CountDownLatch hold = new CountDownLatch(0);

  /** What is left of the disk; negative: as much as there is. */
  volatile long usable = -1;

  private final AtomicInteger calls = new AtomicInteger();
  private volatile int failFrom = Integer.MAX_VALUE;
  private volatile int failUntil = Integer.MAX_VALUE;
  private volatile Failing failing = Failing.BEFORE;

  /** How a numbered call fails. */
  enum Failing {
    /** Nothing is done. */
    BEFORE("No space left on device"),
    /** It is done, a write by half, and then fails nevertheless. */
    AFTER("Input/output error"),
    /** It does not fail, but a write or read does only a part. */
    SHORT("");

    private final String message;

    Failing(String message) {
      this.message = message;
    }
  }

  /** All is well again. */
  void heal() {
    writesFail.set(false);
    writesTear.set(false);
    syncsFail.set(false);
    opensFail.set(false);
    directorySyncsFail.set(false);
    truncatesFail.set(false);
    failFrom = Integer.MAX_VALUE;
  }

  /** Calls so far, of every kind. */
  int calls() {
    return calls.get();
  }

  /** {@code count} calls fail, the first of them in {@code from} calls from now. */
  void failCalls(int from, int count, Failing how) {
    failing = how;
    failUntil = calls.get() + from + count;
    failFrom = calls.get() + from;
  }

  private boolean isStruck() {
    int call = calls.incrementAndGet();
    return call >= failFrom && call < failUntil;
  }

  private interface Call<T> {
    T make() throws IOException;
  }

  private <T> T call(Call<T> call) throws IOException {
    if (!isStruck() || failing == Failing.SHORT) {
      return call.make();
    }
    if (failing == Failing.AFTER) {
      T result = call.make();
      if (result instanceof FileChannel opened) {
        opened.close();
      }
    }
    throw new IOException(failing.message);
  }

  @Override
  public FileChannel open(Path file, OpenOption... options) throws IOException {
    if (opensFail.get()) {
      failedOpens.incrementAndGet();
      throw new IOException("No space left on device");
    }
    return call(() -> new FaultyChannel(FileChannel.open(file, options)));
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    call(
        () -> {
          Disk.super.rename(from, to);
          return to;
        });
  }

  @Override
  public void delete(Path file) throws IOException {
    call(
        () -> {
          Disk.super.delete(file);
          return file;
        });
  }

  @Override
  public void permissions(Path file, Set<PosixFilePermission> permissions) throws IOException {
    call(
        () -> {
          Disk.super.permissions(file, permissions);
          return file;
        });
  }

  @Override
  public long size(Path file) throws IOException {
    return call(() -> Disk.super.size(file));
  }

  @Override
  public List<Path> list(Path folder) throws IOException {
    return call(() -> Disk.super.list(folder));
  }

  @Override
  public long usableSpace(Path folder) throws IOException {
    // asked by the clock, so it is not counted
    return usable < 0 ? Disk.super.usableSpace(folder) : usable;
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    if (directorySyncsFail.get()) {
      throw new IOException("Input/output error");
    }
    directorySyncs.incrementAndGet();
    call(
        () -> {
          if (!syncsSkipped.get()) {
            Disk.super.syncDirectory(directory);
          }
          return directory;
        });
  }

  private final class FaultyChannel extends WrappedChannel {
    FaultyChannel(FileChannel channel) {
      super(channel);
    }

    @Override
    public int write(ByteBuffer src, long position) throws IOException {
      if (writesTear.get()) {
        half(src, position);
        throw new IOException("No space left on device");
      }
      if (writesFail.get()) {
        throw new IOException("No space left on device");
      }
      if (!isStruck()) {
        return channel.write(src, position);
      }
      if (failing == Failing.BEFORE) {
        throw new IOException(failing.message);
      }
      int written = half(src, position);
      if (failing == Failing.AFTER) {
        throw new IOException(failing.message);
      }
      src.position(src.position() + written);
      return written;
    }

    private int half(ByteBuffer src, long position) throws IOException {
      return channel.write(src.slice(src.position(), (src.remaining() + 1) / 2), position);
    }

    @Override
    public int read(ByteBuffer dst, long position) throws IOException {
      if (!isStruck()) {
        return channel.read(dst, position);
      }
      if (failing != Failing.SHORT) {
        throw new IOException(failing.message);
      }
      ByteBuffer part = dst.slice(dst.position(), (dst.remaining() + 1) / 2);
      int n = channel.read(part, position);
      dst.position(dst.position() + Math.max(0, n));
      return n;
    }

    @Override
    public void force(boolean metaData) throws IOException {
      try {
        hold.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException(e);
      }
      syncs.incrementAndGet();
      if (syncsFail.get()) {
        throw new IOException("Input/output error");
      }
      call(
          () -> {
            if (!syncsSkipped.get()) {
              channel.force(metaData);
            }
            return metaData;
          });
    }

    @Override
    public FileChannel truncate(long size) throws IOException {
      if (truncatesFail.get()) {
        throw new IOException("Input/output error");
      }
      call(
          () -> {
            channel.truncate(size);
            return size;
          });
      return this;
    }

    @Override
    public long size() throws IOException {
      return call(channel::size);
    }
  }
}
