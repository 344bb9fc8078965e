package org.impetusmta.spool.journal;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.impetusmta.api.spool.Spool.Count;
import org.impetusmta.api.spool.Spool.Statistics;
import org.impetusmta.api.spool.Spool.Unlinks;

/**
 * What the journal counts. Written by the journal writer alone, but for {@link #read}; read by
 * anybody.
 */
final class Figures {
  private final AtomicLong recovered = new AtomicLong();
  private final AtomicLong stored = new AtomicLong();
  private final AtomicLong unlinked = new AtomicLong();
  private final AtomicLong unlinksSubmitted = new AtomicLong();
  private final AtomicLong unlinksWritten = new AtomicLong();
  private final AtomicLong unlinksFailed = new AtomicLong();
  private final AtomicLong bodiesUnlinked = new AtomicLong();
  private final AtomicLong commits = new AtomicLong();
  private final AtomicLong syncs = new AtomicLong();
  private final AtomicLong bytesWritten = new AtomicLong();
  private final AtomicLong failures = new AtomicLong();
  private final LongAdder reads = new LongAdder();
  private final LongAdder bytesRead = new LongAdder();
  private volatile boolean writable = true;

  void recovered(long messages) {
    add(recovered, messages);
  }

  void stored(long messages) {
    add(stored, messages);
  }

  void failed(long messages) {
    add(failures, messages);
  }

  /** A message is finished with. */
  void unlinked() {
    add(unlinked, 1);
  }

  /** A removal is to be written: of a message, or of one whose store failed. */
  void unlinkSubmitted() {
    add(unlinksSubmitted, 1);
  }

  /** Removals were written. */
  void unlinksWritten(long messages) {
    add(unlinksWritten, messages);
  }

  /** Removals that were written must be written again. */
  void unlinksFailed(long messages) {
    add(unlinksFailed, messages);
    add(unlinksWritten, -messages);
  }

  /** The last message that shared a body is finished with. */
  void bodyUnlinked() {
    add(bodiesUnlinked, 1);
  }

  void committed() {
    add(commits, 1);
  }

  void synced() {
    add(syncs, 1);
  }

  /** So much was written in all. */
  void written(long octets) {
    bytesWritten.setRelease(octets);
  }

  /** A body was read back; anybody. */
  void read(long octets) {
    reads.increment();
    bytesRead.add(octets);
  }

  void writable(boolean yes) {
    if (writable != yes) {
      writable = yes;
    }
  }

  boolean writable() {
    return writable;
  }

  // one writer: no need for an atomic read-modify-write
  private static void add(AtomicLong figure, long n) {
    figure.setRelease(figure.getPlain() + n);
  }

  Statistics statistics(long diskBytes) {
    long written = unlinksWritten.get();
    long failed = unlinksFailed.get();
    long submitted = unlinksSubmitted.get();
    long gone = unlinked.get();
    long came = stored.get();
    Count messages = new Count(submitted, written + failed, failed);
    long bodies = bodiesUnlinked.get();
    return new Statistics(
        recovered.get() + came - gone,
        came,
        gone,
        commits.get(),
        syncs.get(),
        diskBytes,
        bytesWritten.get(),
        reads.sum(),
        bytesRead.sum(),
        failures.get(),
        new Unlinks(
            messages, messages, new Count(bodies, bodies, 0), Math.max(0, submitted - written), 0));
  }
}
