package org.impetusmta.spool.journal;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Updates, rewrites and unlinks on their way to the disk: those that wait to be written, and those
 * that were written but that no sync has covered yet, which must be written again when the segment
 * that took them fails. Thread-safety: single; the journal writer.
 */
final class Changes {
  /** Octets of unlinks, and number of updates, to remember before a sync is made for them. */
  private static final int UNSYNCED_BYTES = 1 << 20;

  private static final int UNSYNCED_UPDATES = 10_000;

  private final Figures figures;
  private final Deque<Request.Change> updates = new ArrayDeque<>();
  private final List<Request.Change> unsyncedUpdates = new ArrayList<>();
  private final List<Request.Update> run = new ArrayList<>();
  private final UpdateRun record = new UpdateRun();
  private MetaBuffer unlinks = new MetaBuffer(4096);
  private MetaBuffer unsyncedUnlinks = new MetaBuffer(4096);

  Changes(Figures figures) {
    this.figures = figures;
  }

  /** Takes what is to be appended. */
  interface Target {
    /** Updates in one record, in their order. */
    void append(List<Request.Update> run, UpdateRun record) throws IOException;

    void append(Request.Rewrite rewrite) throws IOException;

    /** Pairs of serial and index, all in one. */
    void append(MetaBuffer pairs, int count) throws IOException;
  }

  void add(Request.Change change) {
    updates.add(change);
  }

  void unlink(StoredBatch batch, int index) {
    figures.unlinkSubmitted();
    unlinks.putLong(batch.serial()).putInt(index);
  }

  /** Whether nothing waits. */
  boolean isEmpty() {
    return updates.isEmpty() && unlinks.length() == 0;
  }

  int waitingUpdates() {
    return updates.size();
  }

  int waitingUnlinks() {
    return unlinks.length() / RecordHeader.UNLINK_LENGTH;
  }

  /** Whether so much was written without a sync that one should be made for it. */
  boolean isMuchUnsynced() {
    return unsyncedUnlinks.length() > UNSYNCED_BYTES || unsyncedUpdates.size() > UNSYNCED_UPDATES;
  }

  /** Writes updates, many in a record, and rewrites. What fails stays at the head. */
  void writeUpdates(Target target) throws IOException {
    Request.Change change = updates.peekFirst();
    while (change != null) {
      if (change.entry().isUnlinked()) {
        updates.removeFirst();
      } else if (change instanceof Request.Rewrite rewrite) {
        target.append(rewrite);
        unsyncedUpdates.add(updates.removeFirst());
      } else {
        writeRun(target);
      }
      change = updates.peekFirst();
    }
  }

  private void writeRun(Target target) throws IOException {
    run.clear();
    record.clear();
    for (Request.Change change : updates) {
      if (!(change instanceof Request.Update update) || run.size() == UpdateRun.LIMIT) {
        break;
      }
      JournalEntry entry = update.entry();
      if (!entry.isUnlinked()) {
        run.add(update);
        record.add(entry.batch().serial(), entry.index(), update.state());
      }
    }
    target.append(run, record);
    unsyncedUpdates.addAll(run);
    Request.Update last = run.getLast();
    while (updates.removeFirst() != last) {
      // those between are unlinked
    }
  }

  void writeUnlinks(Target target) throws IOException {
    int count = waitingUnlinks();
    if (count > 0) {
      target.append(unlinks, count);
      figures.unlinksWritten(count);
      unsyncedUnlinks.putAll(unlinks);
      unlinks.clear();
    }
  }

  /** All that was written is durable, or need not be. */
  void synced() {
    unsyncedUnlinks.clear();
    unsyncedUpdates.clear();
  }

  /** What no sync has covered is to be written again, before anything newer. */
  void again() {
    figures.unlinksFailed(unsyncedUnlinks.length() / RecordHeader.UNLINK_LENGTH);
    unsyncedUnlinks.putAll(unlinks);
    MetaBuffer all = unsyncedUnlinks;
    unsyncedUnlinks = unlinks;
    unsyncedUnlinks.clear();
    unlinks = all;
    for (int i = unsyncedUpdates.size() - 1; i >= 0; i--) {
      updates.addFirst(unsyncedUpdates.get(i));
    }
    unsyncedUpdates.clear();
  }
}
