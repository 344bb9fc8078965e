package org.impetusmta.spool.journal;

import org.jspecify.annotations.Nullable;

/**
 * Where the messages of one batch, and the body that they share, lie. One for each batch that is
 * kept, so it is lean: 48 octets with compressed references.
 *
 * <p>Thread-safety: the location is guarded by this object's monitor, which the writer takes to
 * change it and readers take to see segment and offset that belong together. All else belongs to
 * the journal writer (before that, to recovery or the storing thread).
 */
final class StoredBatch {
  /** Neighbours in the list of the segment. */
  @Nullable StoredBatch previous;

  @Nullable StoredBatch next;

  private long serial;
  private @Nullable Segment segment;

  /** Offset and length of the record, in units of {@link RecordHeader#ALIGNMENT}. */
  private int place;

  private int units;

  private int live;
  private @Nullable JournalEntry first;

  /** Identifies the batch in the journal, over all copies of it; counts up. */
  long serial() {
    return serial;
  }

  void serial(long number) {
    serial = number;
  }

  /** Its messages, in the order of their indexes, unlinked ones included. */
  @Nullable JournalEntry first() {
    return first;
  }

  void entries(@Nullable JournalEntry head, int count) {
    first = head;
    live = count;
  }

  /** How many of its messages are left. */
  int live() {
    return live;
  }

  /** One message less; the number that is left. */
  int unlinked() {
    return --live;
  }

  /** Octets of its record. */
  long length() {
    return Integer.toUnsignedLong(units) * RecordHeader.ALIGNMENT;
  }

  synchronized @Nullable Segment segment() {
    return segment;
  }

  synchronized long offset() {
    return Integer.toUnsignedLong(place) * RecordHeader.ALIGNMENT;
  }

  /** The record is at {@code offset} of {@code in}, attempt states of its messages included. */
  synchronized void locate(Segment in, long offset, long length) {
    segment = in;
    place = (int) (offset / RecordHeader.ALIGNMENT);
    units = (int) (length / RecordHeader.ALIGNMENT);
  }
}
