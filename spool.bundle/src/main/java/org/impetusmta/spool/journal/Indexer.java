package org.impetusmta.spool.journal;

import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has an index made of each closed segment that rested a while and still holds mail: what is
 * delivered in seconds never costs one. One at a time, in a thread pool, which reads the segment
 * back from the system's cache, so that the journal writer has nothing to do with it.
 *
 * <p>Thread-safety: single; the journal writer.
 */
final class Indexer {
  private static final Logger LOG = LoggerFactory.getLogger(Indexer.class);

  /** Before each MiB, so that the 64 of a segment take mail that arrives no time to speak of. */
  private static final long REST_NANOS = 5_000_000;

  private final JournalDirectory directory;
  private final JournalSettings settings;
  private final Executor pool;
  private final AtomicBoolean busy = new AtomicBoolean();
  private long nextLookMillis;

  Indexer(JournalDirectory directory, JournalSettings settings, Executor pool) {
    this.directory = directory;
    this.settings = settings;
    this.pool = pool;
  }

  /** Looks for a segment that wants an index, once in a while. */
  void look(Iterable<Segment> closed, long nowMillis) {
    if (nowMillis < nextLookMillis || busy.get()) {
      return;
    }
    for (Segment segment : closed) {
      if (nowMillis - segment.closedMillis() < settings.indexAge().toMillis()) {
        break;
      }
      if (isWanted(segment) && segment.pin()) {
        begin(segment);
        return;
      }
    }
    nextLookMillis = nowMillis + settings.compactionPause().toMillis();
  }

  private static boolean isWanted(Segment segment) {
    return !segment.isIndexed() && segment.first() != null;
  }

  private void begin(Segment segment) {
    segment.indexed();
    busy.set(true);
    try {
      pool.execute(
          () -> {
            try {
              make(segment, REST_NANOS);
            } finally {
              segment.unpin();
              busy.set(false);
            }
          });
    } catch (RuntimeException e) {
      // the pool takes nothing any more: a restart reads the segment
      LOG.debug("no index of {} is made", segment.file(), e);
      segment.unpin();
      busy.set(false);
    }
  }

  /** Makes the indexes that are still wanted, at once. */
  void finish(Iterable<Segment> closed) {
    for (Segment segment : closed) {
      if (isWanted(segment)) {
        segment.indexed();
        make(segment, 0);
      }
    }
  }

  private void make(Segment segment, long restNanos) {
    try {
      SegmentIndex.make(directory, segment, restNanos);
    } catch (IOException | RuntimeException e) {
      LOG.warn("cannot make an index of {}; a restart reads the segment", segment.file(), e);
    }
  }
}
