package org.impetusmta.spool.journal;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Settings of journals for tests. Stateless. */
final class TestSettings {
  /** Segments that are full at once, and compacted without a pause. */
  static final JournalSettings RESTLESS =
      eager(4096, () -> true, 2, Duration.ofNanos(1), Duration.ofMillis(1));

  private TestSettings() {}

  /** No segment rests before it is compacted or an index is made of it. */
  static JournalSettings eager(
      long segmentSize,
      BooleanSupplier forceFsync,
      int spares,
      Duration compactionPause,
      Duration retryPause) {
    return new JournalSettings(
        segmentSize,
        forceFsync,
        0640,
        spares,
        Duration.ZERO,
        compactionPause,
        Duration.ZERO,
        retryPause);
  }
}
