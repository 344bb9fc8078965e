package org.impetusmta.spool.journal;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * What the journal is tuned by. Immutable, but for the answer of {@code forceFsync}, which is asked
 * once for each commit.
 *
 * @param segmentSize octets after which a segment is closed; a larger message gets one to itself
 * @param forceFsync whether a store waits for the disk
 * @param fileMode permission bits of the files
 * @param spares finished segments that are kept for reuse
 * @param compactionAge how long a segment rests before its live messages may be copied on; spares
 *     the copying of what is about to be delivered anyway
 * @param compactionPause time between two looks for segments worth compacting
 * @param indexAge how long a closed segment rests before an index is made of it
 * @param retryPause how long the writer waits after a failed write before it tries on its own
 */
record JournalSettings(
    long segmentSize,
    BooleanSupplier forceFsync,
    int fileMode,
    int spares,
    Duration compactionAge,
    Duration compactionPause,
    Duration indexAge,
    Duration retryPause) {
  private static final long SEGMENT_SIZE = 64L << 20;
  private static final int SPARES = 4;

  /** The settings of a server. */
  static JournalSettings of(BooleanSupplier forceFsync, int fileMode) {
    return new JournalSettings(
        SEGMENT_SIZE,
        forceFsync,
        fileMode,
        SPARES,
        Duration.ofSeconds(60),
        Duration.ofSeconds(1),
        Duration.ofSeconds(10),
        Duration.ofSeconds(1));
  }
}
