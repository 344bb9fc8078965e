package org.impetusmta.spool.journal;

import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.spool.Spool.SpoolEntry;
import org.jspecify.annotations.Nullable;

/**
 * One message of a batch. Every queued message keeps one, so it is lean: 40 octets with compressed
 * references.
 *
 * <p>Thread-safety: id, batch and index are read-only; the update is guarded by the monitor of the
 * batch; all else belongs to the journal writer.
 */
final class JournalEntry implements SpoolEntry {
  private static final int UNLINKED = 0x80000000;
  private static final int REWRITTEN = 0x40000000;

  private final long id;
  private final StoredBatch batch;
  private final @Nullable JournalEntry next;

  /**
   * The index; the top bit says that the message is unlinked, the next one that {@link Rewrites}
   * knows it.
   */
  private int index;

  /** Segment number (32 bits) and offset / 8 of the newest update; 0: see the store. */
  private long update;

  JournalEntry(long id, StoredBatch batch, int index, @Nullable JournalEntry next) {
    this.id = id;
    this.batch = batch;
    this.index = index;
    this.next = next;
  }

  @Override
  public MessageId id() {
    return new MessageId(id);
  }

  long bits() {
    return id;
  }

  StoredBatch batch() {
    return batch;
  }

  /** Which message of the batch it is. */
  int index() {
    return index & ~(UNLINKED | REWRITTEN);
  }

  /** The next message of the batch. */
  @Nullable JournalEntry next() {
    return next;
  }

  boolean isUnlinked() {
    return index < 0;
  }

  /** Marks it unlinked; false when it was before. */
  boolean unlink() {
    if (index < 0) {
      return false;
    }
    index |= UNLINKED;
    return true;
  }

  /**
   * Where its newest update lies, for {@link #updateSegment} and {@link #updateOffset}; 0: none.
   */
  long update() {
    synchronized (batch) {
      return update;
    }
  }

  void updated(Segment segment, long offset) {
    synchronized (batch) {
      update = place(segment, offset);
    }
  }

  /** The store itself bears the newest state. */
  void updateInStore() {
    synchronized (batch) {
      update = 0;
    }
  }

  /** Whether its envelope lies where {@link Rewrites} says. */
  boolean isRewritten() {
    return (index & REWRITTEN) != 0;
  }

  void rewritten(boolean yes) {
    index = yes ? index | REWRITTEN : index & ~REWRITTEN;
  }

  static long place(Segment segment, long offset) {
    return (long) segment.number() << 32 | offset / RecordHeader.ALIGNMENT;
  }

  static int updateSegment(long update) {
    return (int) (update >>> 32);
  }

  static long updateOffset(long update) {
    return (update & 0xFFFFFFFFL) * RecordHeader.ALIGNMENT;
  }
}
