package org.impetusmta.jlog;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.time.temporal.ChronoField;
import java.util.Collection;
import java.util.List;

/**
 * Appends records to a journal. Records are in the segment, for readers and safe from the end of
 * this process, when {@link #write} or {@link #commit} returns; on disk as {@link JlogMeta#safety}
 * says. What a writer left that ended within a record is cut off; where that cannot be told, or a
 * segment is damaged, a new segment is begun and readers repair the old one.
 *
 * <p>Several writers, of other processes too, may share a journal. Blocks. Thread-safety: single.
 */
public final class JlogWriter implements Closeable {
  /** Octets of records that are written together. */
  private static final int BATCH = 1 << 16;

  private final Jlog jlog;
  private final JlogFile metastore;
  private JlogMeta meta;
  private JlogFile data;

  /** Where the records end that are known to be whole. */
  private long end;

  private boolean unforced;

  /** Records that were added and are not in the segment yet; written to. */
  private ByteBuffer added = ByteBuffer.allocate(BATCH);

  /**
   * Opens a journal for writing.
   *
   * @param subscribers those that are missing are added, with all that is there to read
   */
  public JlogWriter(Jlog jlog, Collection<String> subscribers) throws IOException {
    this.jlog = jlog;
    for (String subscriber : subscribers) {
      jlog.addSubscriber(subscriber);
    }
    this.metastore = jlog.openMetastore();
    try {
      this.meta = Jlog.read(metastore);
      this.data = openData();
    } catch (IOException e) {
      metastore.close();
      throw e;
    }
    try {
      takePreCommit();
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  private JlogFile openData() throws IOException {
    end = 0;
    return JlogFile.openOrCreate(jlog.folder().resolve(Segment.name(meta.storageLog())));
  }

  /** Moves records to a segment that the original library gathered and did not write any more. */
  private void takePreCommit() throws IOException {
    try (JlogFile gathered = jlog.openPreCommit();
        JlogFile.Held _ = gathered.lock()) {
      if (gathered.size() <= Integer.BYTES) {
        return;
      }
      long length = Integer.toUnsignedLong(gathered.read(0, Integer.BYTES, meta.order()).getInt());
      if (length == 0 || length > gathered.size() - Integer.BYTES) {
        return;
      }
      append(gathered.read(Integer.BYTES, Math.toIntExact(length), meta.order()));
      gathered.write(0, ByteBuffer.allocate(Integer.BYTES));
    } catch (NoSuchFileException none) {
      // the usual case
    }
  }

  /** Appends a record. */
  public void write(byte[] octets, int offset, int length) throws IOException {
    write(octets, offset, length, Instant.now());
  }

  /**
   * Appends a record.
   *
   * @param time is stored with it, in microseconds
   */
  public void write(byte[] octets, int offset, int length, Instant time) throws IOException {
    add(octets, offset, length, time);
    commit();
  }

  /**
   * Adds a record to those that the next {@link #commit} appends; where there are many, they are
   * appended first.
   *
   * @throws IOException when that failed: this record is not among those that wait
   */
  public void add(byte[] octets, int offset, int length) throws IOException {
    add(octets, offset, length, Instant.now());
  }

  private void add(byte[] octets, int offset, int length, Instant time) throws IOException {
    int needed = Math.addExact(SegmentScan.HEADER, length);
    boolean full = end + added.position() >= meta.unitLimit();
    if (added.position() > 0 && (full || added.remaining() < needed)) {
      commit();
    }
    if (added.capacity() < needed) {
      added = ByteBuffer.allocate(needed);
    }
    added
        .order(meta.order())
        .putInt(meta.magic())
        .putInt((int) time.getEpochSecond())
        .putInt(time.get(ChronoField.MICRO_OF_SECOND))
        .putInt(length)
        .put(octets, offset, length);
  }

  /** Appends what was added. What could not be written waits for the next call. */
  public void commit() throws IOException {
    if (added.position() > 0) {
      append(added.duplicate().flip());
      added = added.capacity() > BATCH ? ByteBuffer.allocate(BATCH) : added.clear();
    }
  }

  private void append(ByteBuffer records) throws IOException {
    int length = records.remaining();
    while (true) {
      try (JlogFile.Held _ = data.lock()) {
        if (data.size() < meta.unitLimit() && mendedTail()) {
          try {
            data.write(end, records);
          } catch (IOException e) {
            takeBack(e);
            throw e;
          }
          end += length;
          unforced = true;
          break;
        }
      }
      nextSegment();
    }
    if (end >= meta.unitLimit()) {
      try {
        nextSegment();
      } catch (IOException e) {
        // these records are written; the next ones try again, and say so
      }
    }
  }

  /** Whether the segment ends with a whole record, perhaps after what follows that was cut off. */
  private boolean mendedTail() throws IOException {
    long size = data.size();
    if (size == end) {
      return true; // nobody else wrote
    }
    List<SegmentScan.Range> damage = new SegmentScan(data, meta).damage();
    if (damage.isEmpty()) {
      end = size;
      return true;
    }
    if (damage.size() > 1 || damage.getFirst().to() < size) {
      return false;
    }
    end = damage.getFirst().from();
    data.truncate(end);
    return true;
  }

  private void takeBack(IOException cause) {
    try {
      data.truncate(end);
    } catch (IOException e) {
      cause.addSuppressed(e); // the next writer finds it
    }
  }

  /** Goes on to the next segment, which another writer may have begun already. */
  private void nextSegment() throws IOException {
    data.force();
    unforced = false;
    try (JlogFile.Held _ = metastore.lock()) {
      JlogMeta now = Jlog.read(metastore);
      if (now.storageLog() == meta.storageLog()) {
        now = now.withStorageLog(now.storageLog() + 1);
        // the segment first: readers look for it when the metastore names it
        JlogFile.openOrCreate(jlog.folder().resolve(Segment.name(now.storageLog()))).close();
        metastore.write(0, now.encoded());
        if (now.safety() == JlogMeta.SAFE) {
          metastore.force();
        }
      }
      meta = now;
    }
    data.close();
    data = openData();
    try {
      jlog.clean();
    } catch (IOException e) {
      // they stay until the next segment is begun or a subscriber goes on
    }
  }

  /** Commits; forces to disk if the journal is {@linkplain JlogMeta#SAFE safe}. */
  public void flush() throws IOException {
    commit();
    if (unforced && meta.safety() == JlogMeta.SAFE) {
      data.force();
      unforced = false;
    }
  }

  /** Commits, forces to disk and closes. */
  @Override
  public void close() throws IOException {
    try {
      commit();
      data.force();
    } finally {
      try {
        data.close();
      } finally {
        metastore.close();
      }
    }
  }
}
