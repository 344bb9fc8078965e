package org.impetusmta.spool.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** A disk that fails as it is told. Concurrent. */
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

  final AtomicInteger syncs = new AtomicInteger();
  final AtomicInteger directorySyncs = new AtomicInteger();

  /** While set, syncs wait. */
  volatile CountDownLatch hold = new CountDownLatch(0);

  /** All is well again. */
  void heal() {
    writesFail.set(false);
    writesTear.set(false);
    syncsFail.set(false);
    opensFail.set(false);
    directorySyncsFail.set(false);
    truncatesFail.set(false);
  }

  @Override
  public FileChannel open(Path file, OpenOption... options) throws IOException {
    if (opensFail.get()) {
      throw new IOException("No space left on device");
    }
    return new FaultyChannel(FileChannel.open(file, options));
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    if (directorySyncsFail.get()) {
      throw new IOException("Input/output error");
    }
    directorySyncs.incrementAndGet();
    if (!syncsSkipped.get()) {
      Disk.super.syncDirectory(directory);
    }
  }

  private final class FaultyChannel extends FileChannel {
    private final FileChannel channel;

    FaultyChannel(FileChannel channel) {
      this.channel = channel;
    }

    @Override
    public int write(ByteBuffer src, long position) throws IOException {
      if (writesTear.get()) {
        channel.write(src.slice(src.position(), src.remaining() / 2), position);
        throw new IOException("No space left on device");
      }
      if (writesFail.get()) {
        throw new IOException("No space left on device");
      }
      return channel.write(src, position);
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
      if (!syncsSkipped.get()) {
        channel.force(metaData);
      }
    }

    @Override
    public FileChannel truncate(long size) throws IOException {
      if (truncatesFail.get()) {
        throw new IOException("Input/output error");
      }
      channel.truncate(size);
      return this;
    }

    @Override
    public int read(ByteBuffer dst) throws IOException {
      return channel.read(dst);
    }

    @Override
    public long read(ByteBuffer[] dsts, int offset, int length) throws IOException {
      return channel.read(dsts, offset, length);
    }

    @Override
    public int write(ByteBuffer src) throws IOException {
      return channel.write(src);
    }

    @Override
    public long write(ByteBuffer[] srcs, int offset, int length) throws IOException {
      return channel.write(srcs, offset, length);
    }

    @Override
    public long position() throws IOException {
      return channel.position();
    }

    @Override
    public FileChannel position(long newPosition) throws IOException {
      channel.position(newPosition);
      return this;
    }

    @Override
    public long size() throws IOException {
      return channel.size();
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target)
        throws IOException {
      return channel.transferTo(position, count, target);
    }

    @Override
    public long transferFrom(ReadableByteChannel src, long position, long count)
        throws IOException {
      return channel.transferFrom(src, position, count);
    }

    @Override
    public int read(ByteBuffer dst, long position) throws IOException {
      return channel.read(dst, position);
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long position, long size) throws IOException {
      return channel.map(mode, position, size);
    }

    @Override
    public FileLock lock(long position, long size, boolean shared) throws IOException {
      return channel.lock(position, size, shared);
    }

    @Override
    public FileLock tryLock(long position, long size, boolean shared) throws IOException {
      return channel.tryLock(position, size, shared);
    }

    @Override
    protected void implCloseChannel() throws IOException {
      channel.close();
    }
  }
}
