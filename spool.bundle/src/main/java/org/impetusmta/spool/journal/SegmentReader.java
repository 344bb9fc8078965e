package org.impetusmta.spool.journal;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.concurrent.locks.LockSupport;
import java.util.zip.CRC32C;

/** Reads a segment front to back through a window. Thread-safety: none. */
final class SegmentReader implements AutoCloseable {
  private static final int WINDOW = 1 << 20;

  /** Of the first windows: whoever wants the head alone reads no more. */
  private static final int SMALL_WINDOW = 4096;

  private static final int SMALL_WINDOWS = 2;

  private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);

  private final FileChannel channel;
  private final long size;
  private final long restNanos;
  private ByteBuffer window = EMPTY;
  private long windowAt;
  private int windows;

  SegmentReader(FileChannel channel) throws IOException {
    this(channel, 0);
  }

  /** Rests for so long before each large window: mail that arrives meanwhile goes first. */
  SegmentReader(FileChannel channel, long restNanos) throws IOException {
    this.channel = channel;
    this.size = channel.size();
    this.restNanos = restNanos;
  }

  FileChannel channel() {
    return channel;
  }

  long size() {
    return size;
  }

  /**
   * The octets from {@code at}, as many as there are up to {@code length}; valid until the next
   * call.
   */
  ByteBuffer bytes(long at, int length) throws IOException {
    int wanted = (int) Math.max(0, Math.min(length, size - at));
    if (wanted == 0) {
      return EMPTY;
    }
    if (at < windowAt || at + wanted > windowAt + window.limit()) {
      int least = windows++ < SMALL_WINDOWS ? SMALL_WINDOW : WINDOW;
      if (window.capacity() < Math.max(wanted, Math.min(least, size))) {
        window = ByteBuffer.allocateDirect((int) Math.max(wanted, Math.min(least, size)));
      }
      if (restNanos > 0 && windows > SMALL_WINDOWS) {
        LockSupport.parkNanos(restNanos);
      }
      window.clear();
      windowAt = at;
      fill(channel, window, at, Math.min(window.capacity(), size - at));
      window.flip();
    }
    return window.slice((int) (at - windowAt), wanted);
  }

  /** The CRC32C of {@code length} octets from {@code at}, which must all be there. */
  int crc(long at, long length) throws IOException {
    CRC32C crc = new CRC32C();
    long done = 0;
    while (done < length) {
      ByteBuffer part = bytes(at + done, (int) Math.min(WINDOW, length - done));
      done += part.remaining();
      crc.update(part);
    }
    return (int) crc.getValue();
  }

  /** Reads {@code length} octets from {@code at}. */
  static void fill(FileChannel channel, ByteBuffer into, long at, long length) throws IOException {
    into.limit(into.position() + (int) length);
    long position = at;
    while (into.hasRemaining()) {
      int n = channel.read(into, position);
      if (n < 0) {
        throw new EOFException("file ends at " + position);
      }
      position += n;
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
