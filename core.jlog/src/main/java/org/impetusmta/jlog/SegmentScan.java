package org.impetusmta.jlog;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Looks at the records of a segment: each a header of four 32-bit words (magic, seconds and
 * microseconds since 1970, length) and so many octets. Reads through a window, so that headers of
 * small records need no call each. Thread-safety: single; the file may grow meanwhile.
 */
public final class SegmentScan {
  static final int HEADER = 16;
  private static final int WINDOW = 64 * 1024;

  private final JlogFile data;
  private final JlogMeta meta;
  private final long size;
  private final ByteBuffer window = ByteBuffer.allocate(WINDOW);
  private long windowAt;

  SegmentScan(JlogFile data, JlogMeta meta) throws IOException {
    this.data = data;
    this.meta = meta;
    this.size = data.size();
    window.order(meta.order()).limit(0);
  }

  /** Octets from {@code from} to {@code to}, which is behind the last of them. */
  public record Range(long from, long to) {}

  /** Octets of the segment, when this was made. */
  public long size() {
    return size;
  }

  /** Whether the header of a record fits there. */
  public boolean hasHeader(long at) {
    return at + HEADER <= size;
  }

  /** Whether it fits and begins as a header does. */
  boolean startsRecord(long at) throws IOException {
    return hasHeader(at) && magic(at) == meta.magic();
  }

  /** Whether a whole record is there. */
  boolean hasRecord(long at) throws IOException {
    return startsRecord(at) && end(at) <= size;
  }

  /** The first word of a header. */
  public int magic(long at) throws IOException {
    return word(at);
  }

  /** Seconds since 1970. */
  public long seconds(long at) throws IOException {
    return Integer.toUnsignedLong(word(at + 4));
  }

  public long micros(long at) throws IOException {
    return Integer.toUnsignedLong(word(at + 8));
  }

  /** Octets of the record behind its header. */
  public long length(long at) throws IOException {
    return Integer.toUnsignedLong(word(at + 12));
  }

  /** Where the record ends that begins there. */
  public long end(long at) throws IOException {
    return at + HEADER + length(at);
  }

  private int word(long at) throws IOException {
    if (at < windowAt || at + Integer.BYTES > windowAt + window.limit()) {
      window.clear();
      data.readSome(at, window);
      window.flip();
      windowAt = at;
      if (window.limit() < Integer.BYTES) {
        throw new IOException("ends before " + (at + Integer.BYTES));
      }
    }
    return window.getInt((int) (at - windowAt));
  }

  /**
   * What is no whole record. A record whose length leads nowhere is itself damaged if a record
   * begins inside of it, for then it was never written whole; otherwise what follows it is.
   */
  public List<Range> damage() throws IOException {
    List<Range> damage = new ArrayList<>();
    long at = 0;
    while (at < size) {
      boolean whole = hasRecord(at);
      long next = whole ? end(at) : at + 1;
      if (whole && (next == size || startsRecord(next))) {
        at = next;
        continue;
      }
      long good = nextGood(whole ? at + HEADER : at + 1);
      if (whole && good >= next) {
        at = next;
      } else {
        damage.add(new Range(at, good));
        at = good;
      }
    }
    return damage;
  }

  /** Where the next record begins that is whole and leads to another one or the end; or the end. */
  private long nextGood(long from) throws IOException {
    for (long at = from; hasHeader(at); at++) {
      if (hasRecord(at) && (end(at) == size || startsRecord(end(at)))) {
        return at;
      }
    }
    return size;
  }

  /** Takes out what is no whole record; the caller holds the lock of the file. */
  static int repair(JlogFile data, JlogMeta meta) throws IOException {
    SegmentScan scan = new SegmentScan(data, meta);
    List<Range> damage = scan.damage();
    if (damage.isEmpty()) {
      return 0;
    }
    long to = damage.getFirst().from();
    for (int i = 0; i < damage.size(); i++) {
      long from = damage.get(i).to();
      long end = i + 1 < damage.size() ? damage.get(i + 1).from() : scan.size();
      to = move(data, from, end, to);
    }
    data.truncate(to);
    data.force();
    return damage.size();
  }

  private static long move(JlogFile data, long from, long end, long to) throws IOException {
    ByteBuffer part = ByteBuffer.allocate(WINDOW);
    long written = to;
    for (long at = from; at < end; at += part.limit()) {
      part.clear().limit((int) Math.min(WINDOW, end - at));
      data.readSome(at, part);
      part.flip();
      if (!part.hasRemaining()) {
        throw new IOException("ends before " + end);
      }
      int length = part.limit();
      data.write(written, part);
      written += length;
    }
    return written;
  }
}
