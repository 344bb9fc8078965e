package org.impetusmta.jlog;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads a journal as one of its subscribers:
 *
 * <pre>
 * try (JlogReader reader = JlogReader.open(Path.of("/var/log/ecelerity/mainlog.cluster"), "mine")) {
 *   for (Optional&lt;JlogRecord&gt; record = reader.read(); record.isPresent(); record = reader.read()) {
 *     work(record.get());
 *   }
 *   reader.checkpoint();
 * }
 * </pre>
 *
 * <p>What was read and not checkpointed is read again by the next reader of that name. Two readers
 * of one name at once read the same records. Blocks, but never waits for a record. Thread-safety:
 * single. Source: modules.jlog, JLog::Reader.
 */
public final class JlogReader implements Closeable {
  private final Jlog jlog;
  private final String subscriber;
  private JlogId last;
  private JlogId beforeLast;
  private JlogId checkpoint;
  private @Nullable Segment segment;
  private Segment.Indexed known = new Segment.Indexed(0, false);
  private boolean autoCheckpoint;

  private JlogReader(Jlog jlog, String subscriber, JlogId checkpoint) {
    this.jlog = jlog;
    this.subscriber = subscriber;
    this.last = checkpoint;
    this.beforeLast = checkpoint;
    this.checkpoint = checkpoint;
  }

  /**
   * Opens a journal behind the last record that the subscriber is done with.
   *
   * @throws IOException also where there is no such subscriber
   */
  public static JlogReader open(Path folder, String subscriber) throws IOException {
    Jlog jlog = Jlog.open(folder);
    JlogId checkpoint =
        jlog.checkpoint(subscriber)
            .orElseThrow(
                () ->
                    new IOException(
                        "found no subscriber \"%s\", expected one of %s"
                            .formatted(subscriber, subscribers(jlog))));
    return new JlogReader(jlog, subscriber, checkpoint);
  }

  private static String subscribers(Jlog jlog) {
    try {
      return String.join(", ", jlog.subscribers());
    } catch (IOException e) {
      return "those it has";
    }
  }

  /** Whether each record counts as done with when the next one is asked for; not at first. */
  public void autoCheckpoint(boolean on) {
    autoCheckpoint = on;
  }

  /** The next record; empty if there is none now. */
  public Optional<JlogRecord> read() throws IOException {
    if (autoCheckpoint) {
      checkpoint();
    }
    Optional<Segment> at = advance();
    if (at.isEmpty()) {
      return Optional.empty();
    }
    Segment from = at.get();
    long marker = last.marker() + 1;
    JlogRecord record;
    try {
      record = from.read(marker, from.offset(marker));
    } catch (IOException misfit) {
      // an index that another wrote badly; once more with a new one
      from.forgetIndex();
      known = from.sync(jlog.meta().storageLog());
      if (known.records() < marker) {
        throw misfit;
      }
      record = from.read(marker, from.offset(marker));
    }
    beforeLast = last;
    last = record.id();
    return Optional.of(record);
  }

  /**
   * What {@link #read} would give, first and last of one segment; the first is the place where it
   * stands if there is nothing.
   */
  public Interval interval() throws IOException {
    Optional<Segment> at = advance();
    return at.isEmpty()
        ? new Interval(last, last)
        : new Interval(
            new JlogId(last.log(), last.marker() + 1), new JlogId(last.log(), known.records()));
  }

  /** Two records of one segment. */
  public record Interval(JlogId first, JlogId last) {}

  /** The segment with the next record, where {@link #last} then stands before it. */
  private Optional<Segment> advance() throws IOException {
    Segment open = segment;
    if (open != null && open.log() == last.log() && last.marker() < known.records()) {
      return Optional.of(open);
    }
    while (true) {
      // before the segment is looked at: what it says is true of an older time than that
      long storageLog = jlog.meta().storageLog();
      Segment current = segment(storageLog);
      if (current == null) {
        if (!toSegmentAfter(storageLog)) {
          return Optional.empty();
        }
        continue;
      }
      known = current.sync(storageLog);
      if (last.marker() < known.records()) {
        return Optional.of(current);
      }
      if (last.marker() > known.records()) {
        // the segment was repaired: what it has was read
        last = new JlogId(last.log(), known.records());
      }
      if (!known.complete() || !toSegmentAfter(storageLog)) {
        return Optional.empty();
      }
    }
  }

  private @Nullable Segment segment(long storageLog) throws IOException {
    Segment current = segment;
    if (current != null && current.log() == last.log()) {
      return current;
    }
    closeSegment();
    try {
      current = Segment.open(jlog.folder(), jlog.meta(), last.log());
    } catch (NoSuchFileException deleted) {
      return null;
    }
    if (current.size() == 0 && last.log() < storageLog) {
      current.close(); // nothing came of it
      return null;
    }
    segment = current;
    return current;
  }

  /** Goes before the first record of the next segment there is; false if none is written yet. */
  private boolean toSegmentAfter(long storageLog) throws IOException {
    if (last.log() >= storageLog) {
      return false;
    }
    closeSegment();
    long next = storageLog;
    for (long log : jlog.segments()) {
      if (log > last.log()) {
        next = Math.min(next, log);
        break;
      }
    }
    last = new JlogId(next, 0);
    return true;
  }

  /** The last record that was read is read again; only one can be. */
  public void rewind() {
    last = beforeLast;
  }

  /** The subscriber is done with what was read; segments that nobody needs are deleted. */
  public void checkpoint() throws IOException {
    if (!last.equals(checkpoint)) {
      jlog.checkpoint(subscriber, last);
      checkpoint = last;
    }
    beforeLast = last;
  }

  private void closeSegment() throws IOException {
    Segment open = segment;
    segment = null;
    known = new Segment.Indexed(0, false);
    if (open != null) {
      open.close();
    }
  }

  @Override
  public void close() throws IOException {
    closeSegment();
  }
}
