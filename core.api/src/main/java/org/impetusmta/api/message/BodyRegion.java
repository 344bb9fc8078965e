package org.impetusmta.api.message;

import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The octets of a body that stayed in a file of the spool, mapped into memory. The spool has looked
 * at all of them when it made the region; it leaves the file as it is until {@link #letGo} was
 * called as often as {@link #hold}. The file may be sent from by name as long as it is held.
 *
 * <p><b>What if the file becomes shorter, or the disk fails under the mapping?</b> A system call
 * that is given the mapped octets fails, and so does one that sends from the file. Java code that
 * reads them one by one may be struck by a signal at any instruction: it is allowed to copy them
 * out in bulk only, which the virtual machine survives ({@link #octets}).
 *
 * <p>Concurrent.
 */
public final class BodyRegion {
  private final Path file;
  private final long offset;
  private final ByteBuffer mapped;
  private final boolean endsLine;
  private final Runnable release;
  private final AtomicInteger holders = new AtomicInteger();

  /**
   * @param file where it lies; the name stands for the same octets until {@code release}
   * @param offset of its first octet in the file
   * @param mapped its octets, all of the buffer
   * @param endsLine whether the last two are CRLF
   * @param release called when the last holder lets it go
   */
  public BodyRegion(Path file, long offset, ByteBuffer mapped, boolean endsLine, Runnable release) {
    this.file = file;
    this.offset = offset;
    this.mapped = mapped.slice().asReadOnlyBuffer();
    this.endsLine = endsLine;
    this.release = release;
  }

  /** The file. */
  public Path file() {
    return file;
  }

  /** Where in the file it begins. */
  public long offset() {
    return offset;
  }

  /** How many octets it has. */
  public int length() {
    return mapped.capacity();
  }

  /** The mapped octets, a view of the caller's own: for system calls and bulk copies only. */
  public ByteBuffer mapped() {
    return mapped.duplicate();
  }

  /** Whether it ends with CRLF, or is empty. */
  public boolean endsLine() {
    return endsLine;
  }

  /**
   * Copies all octets to the heap.
   *
   * @throws UncheckedIOException when the file was cut off or the disk fails
   */
  public byte[] octets() {
    byte[] octets = new byte[length()];
    copy(0, octets, octets.length);
    return octets;
  }

  /**
   * Copies {@code count} octets from {@code from} on to the beginning of {@code into}.
   *
   * @throws UncheckedIOException when the file was cut off or the disk fails
   */
  public void copy(int from, byte[] into, int count) {
    try {
      mapped.get(from, into, 0, count);
    } catch (InternalError e) {
      // what becomes of SIGBUS within a bulk copy
      throw new UncheckedIOException(
          new java.io.IOException(file + " cannot be read at offset " + (offset + from), e));
    }
  }

  void hold() {
    holders.incrementAndGet();
  }

  void letGo() {
    int left = holders.decrementAndGet();
    if (left == 0) {
      release.run();
    } else if (left < 0) {
      throw new IllegalStateException("a body was let go that nobody held");
    }
  }
}
