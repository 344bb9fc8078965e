package org.impetusmta.spool.journal;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;

/**
 * Where the envelopes lie that took the place of stored ones. Few messages are rewritten, so the
 * entries of the others pay a bit for it, no field. Concurrent; changes are made, and read by those
 * who need the store's place too, under the monitor of the batch.
 */
final class Rewrites {
  private final Map<JournalEntry, Long> places = new ConcurrentHashMap<>();

  /** The newest envelope, and with it the newest state, is at {@code offset}. */
  void put(JournalEntry entry, Segment segment, long offset) {
    synchronized (entry.batch()) {
      entry.rewritten(true);
      entry.updated(segment, offset);
      places.put(entry, JournalEntry.place(segment, offset));
    }
  }

  /** The store bears the newest envelope, or nobody wants it any more. */
  void remove(JournalEntry entry) {
    if (entry.isRewritten()) {
      synchronized (entry.batch()) {
        entry.rewritten(false);
        places.remove(entry);
      }
    }
  }

  void forEach(BiConsumer<JournalEntry, Long> taker) {
    places.forEach(taker);
  }

  /** Where its envelope lies, in the form of {@link JournalEntry#update}; 0: in the store. */
  long place(JournalEntry entry) {
    return entry.isRewritten() ? places.getOrDefault(entry, 0L) : 0;
  }
}
