package org.impetusmta.spool.journal;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.spool.SpoolException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The closed segments, oldest first, and how they come free again.
 *
 * <p><b>A segment goes only when it is the oldest and nothing in it is left.</b> An update or
 * unlink lies behind every copy of the store that it speaks of, in the same segment or a younger
 * one; so when a segment is the oldest, whatever its updates and unlinks speak of went before or
 * goes with it, and none of them is needed any more. No book is kept of who needs what.
 *
 * <p>What would hold the oldest segments for long is copied on: when at least half of the oldest
 * segments taken together is waste, their live batches are written again at the end of the journal.
 * Each octet copied is thereby paid for by one that comes free: the journal takes up at most about
 * twice what is alive in it, plus what is younger than {@code compactionAge}, and copying at most
 * doubles what is written.
 *
 * <p>Thread-safety: single; the journal writer.
 */
final class Compaction {
  private static final Logger LOG = LoggerFactory.getLogger(Compaction.class);
  private static final long UNREADABLE_PAUSE_MILLIS = 600_000;

  private final JournalDirectory directory;
  private final JournalSettings settings;
  private final Map<Integer, Segment> segments;
  private final BatchReader reader;
  private final Damage damage;
  private final Deque<Segment> closed = new ArrayDeque<>();
  private final Deque<Segment> evacuate = new ArrayDeque<>();

  /**
   * The newest segment that may be touched: those of earlier processes may not before everything in
   * them was handed over, and nothing goes before what is older.
   */
  private int released;

  private long lookedMillis;
  private long nextLookMillis;

  Compaction(
      JournalDirectory directory,
      JournalSettings settings,
      Map<Integer, Segment> segments,
      BatchReader reader,
      boolean empty) {
    this.directory = directory;
    this.settings = settings;
    this.segments = segments;
    this.reader = reader;
    this.damage = new Damage(directory);
    this.released = empty ? Integer.MAX_VALUE : 0;
  }

  /** Takes what is copied on. */
  interface Target {
    /** Writes a batch again; it stays where it is until that is durable. */
    void copy(StoredBatch batch, BatchReader.Whole whole) throws IOException;

    /** The batch cannot be read; what could be was set aside. */
    void lost(StoredBatch batch);
  }

  /** The segments that an earlier process left. */
  void adopt(List<Segment> older, long nowMillis) {
    for (int i = older.size() - 1; i >= 0; i--) {
      older.get(i).closed(nowMillis);
      closed.addFirst(older.get(i));
    }
  }

  /** Segments up to this number may be copied on and discarded. */
  void release(int number) {
    released = number;
  }

  /** The closed segments, oldest first. */
  Iterable<Segment> closed() {
    return closed;
  }

  /** A segment that is not written to any more. */
  void closed(Segment segment, long nowMillis) {
    segment.closed(nowMillis);
    closed.addLast(segment);
  }

  /** A segment on a disk that failed: what is alive in it is copied on while it can be read. */
  void evacuate(Segment segment) {
    evacuate.addLast(segment);
  }

  /** Looks for a message in all closed segments. */
  Optional<JournalEntry> find(long id) {
    for (Segment segment : closed) {
      Optional<JournalEntry> found = segment.find(id);
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  boolean isActive() {
    return !evacuate.isEmpty();
  }

  /** Whether something may come free without a request. */
  boolean isPending() {
    return !closed.isEmpty();
  }

  /** Looks for segments worth copying on, once in a while. */
  void look(long nowMillis) {
    lookedMillis = nowMillis;
    if (nowMillis < nextLookMillis || !evacuate.isEmpty()) {
      return;
    }
    nextLookMillis = nowMillis + settings.compactionPause().toMillis();
    long live = 0;
    long all = 0;
    List<Segment> oldest = new ArrayList<>();
    int worth = 0;
    for (Segment segment : closed) {
      if (segment.number() > released
          || nowMillis - segment.closedMillis() < settings.compactionAge().toMillis()) {
        break;
      }
      oldest.add(segment);
      live += segment.liveBytes();
      all += segment.end() - SegmentHeader.FIRST_RECORD;
      if (live > 0 && all >= 2 * live) {
        worth = oldest.size();
      }
    }
    for (Segment segment : oldest.subList(0, worth)) {
      if (segment.first() != null) {
        evacuate.addLast(segment);
      }
    }
  }

  /**
   * Copies on about {@code budget} octets.
   *
   * @return whether anything was handed to {@code target}
   */
  boolean copy(long budget, EnvelopeCodec codec, Target target) throws IOException {
    Segment source = evacuate.peekFirst();
    while (source != null && source.first() == null) {
      evacuate.removeFirst();
      source = evacuate.peekFirst();
    }
    if (source == null) {
      return false;
    }
    boolean any = false;
    long left = budget;
    @Nullable StoredBatch batch = source.first();
    while (batch != null && left > 0) {
      BatchReader.Whole whole;
      try {
        whole = reader.whole(batch, codec);
      } catch (SpoolException e) {
        @Nullable StoredBatch next = batch.next;
        if (!setAside(source, batch, e, target)) {
          return any;
        }
        batch = next;
        continue;
      } catch (IOException e) {
        // the disk fails: what is there may be read another time
        leave(source, batch, e);
        return any;
      }
      target.copy(batch, whole);
      any = true;
      left -= batch.length();
      batch = batch.next;
    }
    return any;
  }

  private boolean setAside(Segment source, StoredBatch batch, IOException cause, Target target) {
    StringBuilder ids = new StringBuilder();
    for (JournalEntry e = batch.first(); e != null; e = e.next()) {
      if (!e.isUnlinked()) {
        ids.append(' ').append(e.id());
      }
    }
    long offset = batch.offset();
    try (var channel = directory.open(source)) {
      long to = Math.min(offset + batch.length(), channel.size());
      LOG.error(
          "damaged record in {} at offset {}, messages{}; set aside as {}",
          source.file(),
          offset,
          ids,
          damage.setAside(source, channel, offset, to),
          cause);
      target.lost(batch);
      return true;
    } catch (IOException e) {
      e.addSuppressed(cause);
      leave(source, batch, e);
      return false;
    }
  }

  private void leave(Segment source, StoredBatch batch, IOException cause) {
    LOG.error(
        "cannot read the record in {} at offset {}; it stays there",
        source.file(),
        batch.offset(),
        cause);
    evacuate.remove(source);
    nextLookMillis = lookedMillis + UNREADABLE_PAUSE_MILLIS;
  }

  /** Lets the oldest segments go if nothing is left in them. */
  void reclaim() {
    reader.releaseForgotten();
    Segment oldest = closed.peekFirst();
    while (oldest != null
        && oldest.number() <= released
        && oldest.first() == null
        && oldest.retire()) {
      try {
        directory.discard(oldest);
      } catch (IOException e) {
        // it stays the oldest, so that nothing younger goes before it
        LOG.warn("cannot discard {}", oldest.file(), e);
        return;
      }
      closed.removeFirst();
      segments.remove(oldest.number());
      oldest = closed.peekFirst();
    }
  }
}
