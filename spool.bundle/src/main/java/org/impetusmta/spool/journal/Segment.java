package org.impetusmta.spool.journal;

import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One file of the journal in one of its lives, with the batches in it that are still wanted.
 *
 * <p>Thread-safety: {@link #pin}, {@link #unpin}, {@link #retire}, {@link #mapping}, {@link
 * #isIndexed} and the final fields are concurrent; all else belongs to the journal writer (before
 * that, to recovery).
 */
final class Segment {
  private static final int RETIRED = Integer.MIN_VALUE;

  private final int number;
  private final Path file;

  /** Readers at work; {@link #RETIRED} once nobody may begin to read. */
  private final AtomicInteger pins = new AtomicInteger();

  /** All of the file, as far as somebody uses it. */
  private volatile @Nullable Reference<ByteBuffer> mapping;

  /** Whether an index was made of it, or is not to be made. */
  private volatile boolean indexed;

  private long epoch;
  private long end = SegmentHeader.FIRST_RECORD;
  private long closedMillis;
  private long liveBytes;
  private @Nullable StoredBatch first;
  private @Nullable StoredBatch last;

  Segment(int number, Path file, long epoch) {
    this.number = number;
    this.file = file;
    this.epoch = epoch;
  }

  /** Counts up over all lives of all files; never repeats. */
  int number() {
    return number;
  }

  Path file() {
    return file;
  }

  long epoch() {
    return epoch;
  }

  void epoch(long found) {
    epoch = found;
  }

  /** Where its last record ends. */
  long end() {
    return end;
  }

  void end(long offset) {
    end = offset;
  }

  boolean isIndexed() {
    return indexed;
  }

  void indexed() {
    indexed = true;
  }

  /** When it was closed, milliseconds since 1970; 0 for one of an earlier process. */
  long closedMillis() {
    return closedMillis;
  }

  void closed(long millis) {
    closedMillis = millis;
  }

  /** Octets of records of which at least one message is left. */
  long liveBytes() {
    return liveBytes;
  }

  /** The oldest batch that is left. */
  @Nullable StoredBatch first() {
    return first;
  }

  /** Appends a batch that lies in this segment now. */
  void add(StoredBatch batch) {
    StoredBatch before = last;
    batch.previous = before;
    batch.next = null;
    if (before == null) {
      first = batch;
    } else {
      before.next = batch;
    }
    last = batch;
    liveBytes += batch.length();
  }

  /** Forgets a batch that is gone or lies elsewhere now; before its location is changed. */
  void remove(StoredBatch batch) {
    StoredBatch before = batch.previous;
    StoredBatch after = batch.next;
    if (before == null) {
      first = after;
    } else {
      before.next = after;
    }
    if (after == null) {
      last = before;
    } else {
      after.previous = before;
    }
    batch.previous = null;
    batch.next = null;
    liveBytes -= batch.length();
  }

  /** Looks at every message that is left in it. */
  Optional<JournalEntry> find(long id) {
    for (StoredBatch batch = first; batch != null; batch = batch.next) {
      for (JournalEntry e = batch.first(); e != null; e = e.next()) {
        if (e.bits() == id && !e.isUnlinked()) {
          return Optional.of(e);
        }
      }
    }
    return Optional.empty();
  }

  /**
   * The beginning of the file, mapped into memory; null where it is not. It may end before the
   * file, which grows. One for all bodies: the system allows a process so many mappings only.
   */
  @Nullable ByteBuffer mapping() {
    Reference<ByteBuffer> known = mapping;
    return known == null ? null : known.get();
  }

  /** Remembers the mapping for as long as somebody uses it. */
  void mapping(ByteBuffer mapped) {
    mapping = new WeakReference<>(mapped);
  }

  /** Keeps the file in place until {@link #unpin}; false when it is gone already. */
  boolean pin() {
    int before;
    do {
      before = pins.get();
      if (before == RETIRED) {
        return false;
      }
    } while (!pins.compareAndSet(before, before + 1));
    return true;
  }

  void unpin() {
    pins.decrementAndGet();
  }

  /** Bars readers for good; false while some are at work. */
  boolean retire() {
    return pins.compareAndSet(0, RETIRED) || pins.get() == RETIRED;
  }

  @Override
  public String toString() {
    return file.getFileName().toString();
  }
}
