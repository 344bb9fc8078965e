package org.impetusmta.audit;

import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * How many entries there may be: of a series, and of all that share what it is part of. Concurrent;
 * takes no lock.
 */
final class Budget {
  /** Entries of all series of the process: an eighth of the heap, at 32 octets each. */
  private static final long ALL =
      Math.clamp(Runtime.getRuntime().maxMemory() / 8 / 32, 100_000L, 16_000_000L);

  private static final Budget PROCESS = new Budget(ALL, null);

  private final long limit;
  private final @Nullable Budget whole;
  private final AtomicLong used = new AtomicLong();

  private Budget(long limit, @Nullable Budget whole) {
    this.limit = limit;
    this.whole = whole;
  }

  /** One that shares the heap with all others. */
  static Budget of(long limit) {
    return new Budget(limit, PROCESS);
  }

  /** Takes one; false where there is none left. */
  boolean take() {
    if (used.incrementAndGet() <= limit && (whole == null || whole.take())) {
      return true;
    }
    used.decrementAndGet();
    return false;
  }

  void give(long entries) {
    used.addAndGet(-entries);
    if (whole != null) {
      whole.give(entries);
    }
  }

  long used() {
    return used.get();
  }
}
