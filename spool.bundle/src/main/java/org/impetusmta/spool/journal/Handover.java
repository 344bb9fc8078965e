package org.impetusmta.spool.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.Spool.AttemptState;
import org.impetusmta.api.spool.Spool.RecoveryListener;
import org.impetusmta.api.spool.SpoolException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands over what {@link Replay} found: goes over the indexes again and gives each envelope away as
 * it is read, so that none is kept and no file is opened for a message. A message comes where its
 * newest envelope lies. Until a segment was gone over nothing in it moves.
 *
 * <p>Thread-safety: none.
 */
final class Handover {
  private static final Logger LOG = LoggerFactory.getLogger(Handover.class);

  private final JournalDirectory directory;
  private final Replay replay;
  private final RecoveryListener listener;
  private final EnvelopeCodec codec = new EnvelopeCodec();

  /** Octets of the bodies of batches of which a message was rewritten. */
  private final Map<StoredBatch, Integer> lengths = new HashMap<>();

  private long messages;
  private long damagedRecords;

  Handover(JournalDirectory directory, Replay replay, RecoveryListener listener) {
    this.directory = directory;
    this.replay = replay;
    this.listener = listener;
  }

  long messages() {
    return messages;
  }

  long damagedRecords() {
    return damagedRecords;
  }

  /** Hands over the messages whose envelope lies in a segment. */
  void run(Segment segment) throws IOException {
    if (segment.epoch() == 0) {
      return; // nothing was ever written in this life
    }
    SegmentVisitor visitor = new SegmentVisitor(segment);
    Optional<SegmentIndex> index =
        segment.isIndexed() ? SegmentIndex.read(directory, segment) : Optional.empty();
    if (index.isPresent()) {
      index.get().run(visitor);
      return;
    }
    try (SegmentReader reader = new SegmentReader(directory.open(segment))) {
      new SegmentScan(reader, segment.epoch()).run(visitor);
    }
  }

  private final class SegmentVisitor implements SegmentScan.Visitor {
    private final Segment segment;

    SegmentVisitor(Segment segment) {
      this.segment = segment;
    }

    @Override
    public void record(RecordHeader header, long offset, ByteBuffer meta) {
      try {
        if (header.kind() == RecordHeader.STORE) {
          store(header, offset, meta);
        } else if (header.kind() == RecordHeader.REWRITE) {
          rewrite(offset, meta);
        }
      } catch (SpoolException e) {
        damagedRecords++;
        LOG.error("cannot read the record in {} at offset {}", segment.file(), offset, e);
      }
    }

    private void store(RecordHeader header, long offset, ByteBuffer meta) throws SpoolException {
      StoredBatch batch = replay.batch(header.serial());
      if (batch == null || batch.segment() != segment || batch.offset() != offset) {
        return; // gone, or a copy took its place
      }
      int length = EnvelopeCodec.length(meta, header);
      Next next = new Next(batch.first());
      StoreMeta.read(
          meta,
          header.count(),
          (index, message) -> {
            JournalEntry entry = next.take(index);
            if (entry == null) {
              return;
            }
            if (entry.isRewritten()) {
              lengths.put(batch, length);
            } else if (!entry.isUnlinked()) {
              handOver(entry, message, length);
            }
          });
    }

    private void rewrite(long offset, ByteBuffer meta) throws SpoolException {
      JournalEntry entry = replay.takeRewritten(JournalEntry.place(segment, offset));
      Integer length = entry == null ? null : lengths.get(entry.batch());
      if (entry != null && length != null && !entry.isUnlinked()) {
        EnvelopeCodec.variable(meta);
        handOver(entry, meta, length);
      }
    }

    private void handOver(JournalEntry entry, ByteBuffer message, int length)
        throws SpoolException {
      AttemptState own = codec.state(message);
      AttemptState newer = replay.takeState(entry);
      Envelope envelope = codec.envelope(message);
      listener.recovered(entry, envelope, newer == null ? own : newer, length);
      messages++;
    }

    @Override
    public void damaged(long from, long to, String what) {
      LOG.debug("{} octets at {} of {} were reported before", to - from, from, segment);
    }

    @Override
    public void unsealed(long end, long to) {
      LOG.debug("{} ends at {}", segment, end);
    }
  }

  /** Walks along the messages of a batch. */
  private static final class Next {
    private @Nullable JournalEntry entry;

    Next(@Nullable JournalEntry first) {
      entry = first;
    }

    /** The message of that index; they are asked for in their order. */
    @Nullable JournalEntry take(int index) {
      JournalEntry e = entry;
      while (e != null && e.index() < index) {
        e = e.next();
      }
      entry = e;
      return e != null && e.index() == index ? e : null;
    }
  }
}
