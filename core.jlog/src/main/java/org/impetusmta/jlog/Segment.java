package org.impetusmta.jlog;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * A segment that is read, and its index: the file {@code 0000000a} with records, the file {@code
 * 0000000a.idx} with a 64-bit offset for each record, and behind the last one, when the segment is
 * complete, a 0. Readers write the index. Thread-safety: single; other processes may write both.
 */
final class Segment implements Closeable {
  static final String INDEX = ".idx";
  private static final int OFFSET = 8;
  private static final int BATCH = 1024;
  private static final int ATTEMPTS = 4;
  private static final int LONGEST = Integer.MAX_VALUE - 64;

  private final JlogMeta meta;
  private final long log;
  private final JlogFile data;
  private final JlogFile index;

  /**
   * What an index says.
   *
   * @param records how many records it knows
   * @param complete whether there will be no more
   */
  record Indexed(long records, boolean complete) {}

  private Segment(JlogMeta meta, long log, JlogFile data, JlogFile index) {
    this.meta = meta;
    this.log = log;
    this.data = data;
    this.index = index;
  }

  /**
   * Opens a segment.
   *
   * @throws NoSuchFileException where there is none
   */
  static Segment open(Path folder, JlogMeta meta, long log) throws IOException {
    Path file = folder.resolve(name(log));
    JlogFile data = JlogFile.open(file);
    try {
      return new Segment(meta, log, data, JlogFile.openOrCreate(folder.resolve(name(log) + INDEX)));
    } catch (IOException e) {
      data.close();
      throw e;
    }
  }

  static String name(long log) {
    return "%08x".formatted(log);
  }

  static void delete(Path folder, long log) throws IOException {
    Files.deleteIfExists(folder.resolve(name(log)));
    Files.deleteIfExists(folder.resolve(name(log) + INDEX));
  }

  long log() {
    return log;
  }

  long size() throws IOException {
    return data.size();
  }

  /** What an index file says, without bringing it up to date. */
  static Indexed indexed(Path file, JlogMeta meta) throws IOException {
    try (JlogFile index = JlogFile.open(file)) {
      long size = index.size();
      if (size % OFFSET != 0) {
        throw new IOException("the index ends within an offset");
      }
      long entries = size / OFFSET;
      boolean complete =
          entries > 1 && index.read(size - OFFSET, OFFSET, meta.order()).getLong() == 0;
      return new Indexed(complete ? entries - 1 : entries, complete);
    }
  }

  /**
   * Adds to the index the records that it does not know, and closes it if the segment is complete.
   * An index that does not fit its segment is made anew; a complete segment that is damaged is
   * repaired.
   *
   * @param storageLog the segment that is written, read before
   * @throws IOException also where a segment that is still written is damaged
   */
  Indexed sync(long storageLog) throws IOException {
    for (int attempt = 1; ; attempt++) {
      try (JlogFile.Held _ = index.lock()) {
        return syncLocked(storageLog);
      } catch (Misfit misfit) {
        if (attempt == ATTEMPTS || (misfit.inData && log >= storageLog)) {
          throw misfit;
        }
        try (JlogFile.Held _ = index.lock()) {
          if (misfit.inData) {
            try (JlogFile.Held _ = data.lock()) {
              SegmentScan.repair(data, meta);
            }
          }
          index.truncate(0);
        }
      }
    }
  }

  /** The index does not fit, or the data are damaged. */
  private static final class Misfit extends IOException {
    private static final long serialVersionUID = 1L;

    private final boolean inData;

    Misfit(String message, boolean inData) {
      super(message);
      this.inData = inData;
    }
  }

  private Indexed syncLocked(long storageLog) throws IOException {
    SegmentScan scan = new SegmentScan(data, meta);
    long size = index.size();
    if (size % OFFSET != 0) {
      throw new Misfit("the index ends within an offset", false);
    }
    long entries = size / OFFSET;
    long at = 0;
    if (entries > 0) {
      long last = offset(entries);
      if (last == 0 && entries > 1) {
        return new Indexed(entries - 1, true);
      }
      if (last < 0 || !scan.hasHeader(last) || scan.end(last) > scan.size()) {
        throw new Misfit("the index leads beyond the segment", false);
      }
      at = scan.end(last);
    }
    ByteBuffer found = ByteBuffer.allocate(BATCH * OFFSET).order(meta.order());
    while (scan.hasHeader(at)) {
      if (!scan.startsRecord(at)) {
        throw new Misfit("the segment is damaged at " + at, true);
      }
      if (scan.end(at) > scan.size()) {
        break; // not written yet
      }
      found.putLong(at);
      at = scan.end(at);
      if (!found.hasRemaining()) {
        entries = append(entries, found);
      }
    }
    entries = append(entries, found);
    if (log >= storageLog) {
      return new Indexed(entries, false);
    }
    // the writer went on to another segment, but maybe while this one was looked at
    if (data.size() != scan.size()) {
      throw new Misfit("the segment grew", false);
    }
    if (at != scan.size()) {
      throw new Misfit("the segment is damaged at " + at, true);
    }
    if (entries > 0) {
      append(entries, found.putLong(0));
    }
    return new Indexed(entries, true);
  }

  private long append(long entries, ByteBuffer found) throws IOException {
    int more = found.position() / OFFSET;
    index.write(entries * OFFSET, found.flip());
    found.clear();
    return entries + more;
  }

  /** Where the record with this marker begins; 0 too for the mark behind the last one. */
  long offset(long marker) throws IOException {
    return index.read((marker - 1) * OFFSET, OFFSET, meta.order()).getLong();
  }

  /** The record that begins there; it is in the index, so it is whole. */
  JlogRecord read(long marker, long at) throws IOException {
    if (at < 0) {
      throw new EOFException("the index of %s does not fit".formatted(name(log)));
    }
    ByteBuffer header = data.read(at, SegmentScan.HEADER, meta.order());
    long length = Integer.toUnsignedLong(header.getInt(12));
    if (header.getInt(0) != meta.magic()
        || at + SegmentScan.HEADER + length > data.size()
        || length > LONGEST) {
      throw new EOFException("the index of %s does not fit".formatted(name(log)));
    }
    Instant time =
        Instant.ofEpochSecond(Integer.toUnsignedLong(header.getInt(4)))
            .plus(Integer.toUnsignedLong(header.getInt(8)), ChronoUnit.MICROS);
    byte[] octets = new byte[(int) length];
    data.read(at + SegmentScan.HEADER, octets.length, meta.order()).get(octets);
    return new JlogRecord(new JlogId(log, marker), time, octets);
  }

  /** Has the next {@link #sync} make the index anew. */
  void forgetIndex() throws IOException {
    try (JlogFile.Held _ = index.lock()) {
      index.truncate(0);
    }
  }

  @Override
  public void close() throws IOException {
    try {
      index.close();
    } finally {
      data.close();
    }
  }
}
