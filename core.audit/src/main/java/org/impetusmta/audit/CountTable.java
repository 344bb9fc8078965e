package org.impetusmta.audit;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A hash table of fixed size from primitive keys to counts, by open addressing: 16 octets a slot
 * where the tag alone is the key (IPv4), 32 where 128 bits of an address belong to it. Entries are
 * never taken out.
 *
 * <p>Concurrent without locks: a slot is claimed by setting its tag, which is never 0. Two threads
 * that enter the same key at once may make two entries of it; so whoever adds takes the first that
 * he finds, and whoever counts sums all.
 */
final class CountTable {
  private static final VarHandle ELEMENT = MethodHandles.arrayElementVarHandle(long[].class);

  /** What takes an entry. */
  @FunctionalInterface
  interface Visitor {
    void entry(CountTable table, int slot);
  }

  private final long[] tags;
  private final long[] highs;
  private final long[] lows;
  private final long[] counts;
  private final int mask;
  private final int room;
  private final AtomicInteger claimed = new AtomicInteger();

  /**
   * @param slots a power of 2
   * @param wide whether keys have 128 bits beside their tag
   */
  CountTable(int slots, boolean wide) {
    tags = new long[slots];
    counts = new long[slots];
    highs = new long[wide ? slots : 0];
    lows = new long[wide ? slots : 0];
    mask = slots - 1;
    room = slots - slots / 4;
  }

  int slots() {
    return tags.length;
  }

  /** Adds to the entry of a key; false where there is none. */
  boolean addIfThere(long hash, long tag, long high, long low, long delta) {
    for (int slot = (int) hash & mask; ; slot = (slot + 1) & mask) {
      long found = (long) ELEMENT.getAcquire(tags, slot);
      if (found == 0) {
        return false;
      }
      if (found == tag && isKey(slot, high, low)) {
        long _ = (long) ELEMENT.getAndAdd(counts, slot, delta);
        return true;
      }
    }
  }

  /** Enters a key; false where the table is full. */
  boolean enter(long hash, long tag, long high, long low, long delta) {
    if (claimed.incrementAndGet() > room) {
      claimed.decrementAndGet();
      return false;
    }
    for (int slot = (int) hash & mask; ; slot = (slot + 1) & mask) {
      if ((long) ELEMENT.getAcquire(tags, slot) == 0
          && ELEMENT.compareAndSet(tags, slot, 0L, tag)) {
        if (highs.length > 0) {
          ELEMENT.setRelease(highs, slot, high);
          ELEMENT.setRelease(lows, slot, low);
        }
        long _ = (long) ELEMENT.getAndAdd(counts, slot, delta);
        return true;
      }
    }
  }

  /** What was counted for a key. */
  long count(long hash, long tag, long high, long low) {
    long sum = 0;
    for (int slot = (int) hash & mask; ; slot = (slot + 1) & mask) {
      long found = (long) ELEMENT.getAcquire(tags, slot);
      if (found == 0) {
        return sum;
      }
      if (found == tag && isKey(slot, high, low)) {
        sum += count(slot);
      }
    }
  }

  /** Sets the count of a key to 0; what it was. */
  long drain(long hash, long tag, long high, long low) {
    long sum = 0;
    for (int slot = (int) hash & mask; ; slot = (slot + 1) & mask) {
      long found = (long) ELEMENT.getAcquire(tags, slot);
      if (found == 0) {
        return sum;
      }
      if (found == tag && isKey(slot, high, low)) {
        sum += drain(slot);
      }
    }
  }

  /** Visits the entries with a count other than 0. */
  void forEach(Visitor visitor) {
    for (int slot = 0; slot < tags.length; slot++) {
      if ((long) ELEMENT.getAcquire(tags, slot) != 0 && count(slot) != 0) {
        visitor.entry(this, slot);
      }
    }
  }

  long tag(int slot) {
    return (long) ELEMENT.getAcquire(tags, slot);
  }

  long high(int slot) {
    return highs.length == 0 ? 0 : (long) ELEMENT.getAcquire(highs, slot);
  }

  long low(int slot) {
    return lows.length == 0 ? 0 : (long) ELEMENT.getAcquire(lows, slot);
  }

  long count(int slot) {
    return (long) ELEMENT.getAcquire(counts, slot);
  }

  /** Sets a count to 0; what it was. */
  long drain(int slot) {
    return (long) ELEMENT.getAndSet(counts, slot, 0L);
  }

  private boolean isKey(int slot, long high, long low) {
    return highs.length == 0 || (high(slot) == high && low(slot) == low);
  }
}
