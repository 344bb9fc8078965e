package org.impetusmta.spool.hashed;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.impetusmta.api.spool.Spool.Count;
import org.impetusmta.api.spool.Spool.Statistics;
import org.impetusmta.api.spool.Spool.Unlinks;

/** What the hashed engine counts. Concurrent. */
final class HashedFigures {
  final LongAdder recovered = new LongAdder();
  final LongAdder stored = new LongAdder();
  final LongAdder unlinked = new LongAdder();
  final LongAdder commits = new LongAdder();
  final LongAdder syncs = new LongAdder();
  final LongAdder diskBytes = new LongAdder();
  final LongAdder bytesWritten = new LongAdder();
  final LongAdder reads = new LongAdder();
  final LongAdder bytesRead = new LongAdder();
  final LongAdder failures = new LongAdder();

  final Tally messages = new Tally();
  final Tally headers = new Tally();
  final Tally bodies = new Tally();
  final AtomicLong backlog = new AtomicLong();
  final AtomicLong batchBacklog = new AtomicLong();

  /** How often something was asked for, tried, and failed. */
  static final class Tally {
    final LongAdder submissions = new LongAdder();
    final LongAdder attempts = new LongAdder();
    final LongAdder failures = new LongAdder();

    Count count() {
      return new Count(submissions.sum(), attempts.sum(), failures.sum());
    }
  }

  Statistics statistics() {
    long gone = unlinked.sum();
    long came = stored.sum();
    return new Statistics(
        recovered.sum() + came - gone,
        came,
        gone,
        commits.sum(),
        syncs.sum(),
        diskBytes.sum(),
        bytesWritten.sum(),
        reads.sum(),
        bytesRead.sum(),
        failures.sum(),
        new Unlinks(
            messages.count(), headers.count(), bodies.count(), backlog.get(), batchBacklog.get()));
  }
}
