package org.impetusmta.spool.journal;

import java.util.concurrent.atomic.AtomicLong;
import org.impetusmta.api.spool.Spool.Statistics;

/** What the journal counts. Written by the journal writer alone, read by anybody. */
final class Figures {
  private final AtomicLong recovered = new AtomicLong();
  private final AtomicLong stored = new AtomicLong();
  private final AtomicLong unlinked = new AtomicLong();
  private final AtomicLong commits = new AtomicLong();
  private final AtomicLong syncs = new AtomicLong();

  void recovered(long messages) {
    add(recovered, messages);
  }

  void stored(long messages) {
    add(stored, messages);
  }

  void unlinked() {
    add(unlinked, 1);
  }

  void committed() {
    add(commits, 1);
  }

  void synced() {
    add(syncs, 1);
  }

  // one writer: no need for an atomic read-modify-write
  private static void add(AtomicLong figure, long n) {
    figure.setRelease(figure.getPlain() + n);
  }

  Statistics statistics(long diskBytes) {
    long gone = unlinked.get();
    long came = stored.get();
    return new Statistics(
        recovered.get() + came - gone, came, gone, commits.get(), syncs.get(), diskBytes);
  }
}
