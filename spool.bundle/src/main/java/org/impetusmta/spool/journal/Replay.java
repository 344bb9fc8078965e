package org.impetusmta.spool.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.impetusmta.api.spool.Spool.AttemptState;
import org.impetusmta.api.spool.SpoolException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out what earlier processes left: plays the records of their segments again, oldest first. A
 * copy takes the place of its store, an update that of the one before, an unlink takes the message
 * away. Of a sealed segment it reads the index; of others, and where there is no good index, the
 * segment itself, and makes the index then.
 *
 * <p>Of each message that is left it knows where it lies and its newest attempt state, nothing
 * else: the envelopes are read again by {@link Handover}.
 *
 * <p>What is damaged or torn is reported, set aside and then covered in its segment (a hole in the
 * middle, a cut and a seal at the end), so that it is reported once. Thread-safety: none.
 */
final class Replay {
  private static final Logger LOG = LoggerFactory.getLogger(Replay.class);

  private final JournalDirectory directory;
  private final Rewrites rewrites;
  private final Damage damage;
  private final EnvelopeCodec codec = new EnvelopeCodec();
  private final BatchTable batches = new BatchTable();
  private final Map<JournalEntry, AttemptState> states = new HashMap<>();
  private final Map<Long, JournalEntry> rewritten = new HashMap<>();
  private long messages;
  private long damagedRecords;

  Replay(JournalDirectory directory, Rewrites rewrites) {
    this.directory = directory;
    this.rewrites = rewrites;
    this.damage = new Damage(directory);
  }

  /** Plays the segments and gives each its batches, in the order in which they lie there. */
  void run(List<Segment> segments) throws IOException {
    for (Segment segment : segments) {
      play(segment);
    }
    rewrites.forEach((entry, place) -> rewritten.put(place, entry));
  }

  /** Messages that are left. */
  long messages() {
    return messages;
  }

  /** The batch of that serial, if something of it is left. */
  @Nullable StoredBatch batch(long serial) {
    return batches.get(serial);
  }

  /** Takes the state that an update, not the store itself, says; null when there is none. */
  @Nullable AttemptState takeState(JournalEntry entry) {
    return states.remove(entry);
  }

  /** Takes the message whose envelope lies at that place since it was rewritten. */
  @Nullable JournalEntry takeRewritten(long place) {
    return rewritten.remove(place);
  }

  /** Stretches that were set aside. */
  long damagedRecords() {
    return damagedRecords;
  }

  private void play(Segment segment) throws IOException {
    try (SegmentReader reader = new SegmentReader(directory.openForRepair(segment))) {
      Optional<Long> epoch = epoch(segment, reader);
      if (epoch.isEmpty()) {
        return;
      }
      segment.epoch(epoch.get());
      SegmentVisitor visitor = new SegmentVisitor(segment, reader.channel());
      Optional<SegmentIndex> index = index(segment, reader);
      if (index.isPresent()) {
        segment.indexed();
        index.get().run(visitor);
        segment.end(index.get().end());
        return;
      }
      new SegmentScan(reader, segment.epoch()).run(visitor);
      if (visitor.repair()) {
        visitor.writeIndex();
      }
    }
  }

  /** The index, if the segment is what it was made of. */
  private Optional<SegmentIndex> index(Segment segment, SegmentReader reader) throws IOException {
    Optional<SegmentIndex> index = SegmentIndex.read(directory, segment);
    if (index.isEmpty()) {
      return index;
    }
    Optional<RecordHeader> seal =
        RecordHeader.read(reader.bytes(index.get().end(), RecordHeader.LENGTH), new CRC32C());
    if (seal.isPresent()
        && seal.get().kind() == RecordHeader.SEAL
        && seal.get().epoch() == segment.epoch()) {
      return index;
    }
    LOG.warn("{} does not end where its index says; it is read whole", segment.file());
    return Optional.empty();
  }

  /** The epoch of the segment; empty when nothing was ever written in this life. */
  private Optional<Long> epoch(Segment segment, SegmentReader reader) throws IOException {
    ByteBuffer block = reader.bytes(0, SegmentHeader.FIRST_RECORD);
    Optional<SegmentHeader> first = SegmentHeader.read(block, 0);
    Optional<SegmentHeader> second = SegmentHeader.read(block, SegmentHeader.COPY_AT);
    Optional<SegmentHeader> header =
        first
            .filter(h -> h.number() == segment.number())
            .or(() -> second.filter(h -> h.number() == segment.number()));
    if (header.isPresent()) {
      if (first.isEmpty() || second.isEmpty()) {
        LOG.warn("one of the two headers of {} is damaged; the other one is used", segment.file());
      }
      return Optional.of(header.get().epoch());
    }
    boolean formerLife = first.isPresent() || second.isPresent();
    if (!formerLife && reader.size() > SegmentHeader.FIRST_RECORD) {
      setAside(segment, reader.channel(), 0, reader.size(), "both headers are damaged");
    }
    return Optional.empty();
  }

  private boolean setAside(Segment segment, FileChannel channel, long from, long to, String what) {
    damagedRecords++;
    try {
      Path copy = damage.setAside(segment, channel, from, to);
      LOG.error(
          "damaged record in {} at offset {}, {} octets: {}; set aside as {}",
          segment.file(),
          from,
          to - from,
          what,
          copy);
      return true;
    } catch (IOException e) {
      LOG.error(
          "damaged record in {} at offset {}, {} octets: {}; cannot set it aside",
          segment.file(),
          from,
          to - from,
          what,
          e);
      return false;
    }
  }

  private final class SegmentVisitor implements SegmentScan.Visitor {
    private final Segment segment;
    private final FileChannel channel;
    private final List<RecordHeader> repairs = new ArrayList<>();
    private final List<Long> repairOffsets = new ArrayList<>();
    private final SegmentIndex.Maker index = new SegmentIndex.Maker();
    private boolean covered = true;
    private long cut = -1;

    SegmentVisitor(Segment segment, FileChannel channel) {
      this.segment = segment;
      this.channel = channel;
    }

    @Override
    public void record(RecordHeader header, long offset, ByteBuffer meta) {
      if (!segment.isIndexed()) {
        index.record(header, offset, meta);
      }
      try {
        switch (header.kind()) {
          case RecordHeader.STORE -> store(header, offset, meta);
          case RecordHeader.UPDATE -> update(header, offset, meta);
          case RecordHeader.REWRITE -> rewrite(header, offset, meta);
          case RecordHeader.UNLINK -> unlink(header, meta);
          case RecordHeader.HOLE -> {}
          default -> throw new SpoolException("unknown kind of record " + header.kind());
        }
      } catch (SpoolException e) {
        // whole, but not ours to read; it goes with its segment, so a copy is kept
        LOG.debug("cannot read the record in {} at offset {}", segment.file(), offset, e);
        setAside(
            segment,
            channel,
            offset,
            offset + header.recordLength(),
            String.valueOf(e.getMessage()));
      }
      segment.end(offset + header.recordLength());
    }

    /** Makes the index of a segment that was read whole and is sealed now. */
    void writeIndex() {
      try {
        index.write(directory, segment);
        segment.indexed();
      } catch (IOException e) {
        LOG.warn("cannot make an index of {}", segment.file(), e);
      }
    }

    private void store(RecordHeader header, long offset, ByteBuffer meta) throws SpoolException {
      long[] ids = new long[header.count()];
      int[] indexes = new int[header.count()];
      int[] count = {0};
      EnvelopeCodec.length(meta, header);
      StoreMeta.read(
          meta,
          header.count(),
          (index, message) -> {
            indexes[count[0]] = index;
            ids[count[0]++] = EnvelopeCodec.id(message);
          });
      StoredBatch batch = new StoredBatch();
      JournalEntry next = null;
      for (int i = header.count() - 1; i >= 0; i--) {
        next = new JournalEntry(ids[i], batch, indexes[i], next);
      }
      batch.entries(next, header.count());
      batch.serial(header.serial());
      batch.locate(segment, offset, header.recordLength());
      StoredBatch former = batches.put(batch);
      if (former != null) {
        forget(former);
      }
      segment.add(batch);
      messages += header.count();
    }

    /** A copy took its place. */
    private void forget(StoredBatch former) {
      for (JournalEntry e = former.first(); e != null; e = e.next()) {
        rewrites.remove(e);
        states.remove(e);
      }
      leave(former);
      messages -= former.live();
    }

    private void leave(StoredBatch batch) {
      Segment lies = batch.segment();
      if (lies != null) {
        lies.remove(batch);
      }
    }

    private void update(RecordHeader header, long offset, ByteBuffer meta) throws SpoolException {
      UpdateRun.read(
          meta,
          header.count(),
          codec,
          (serial, index, state) -> {
            JournalEntry entry = find(serial, index);
            if (entry != null && !entry.isUnlinked()) {
              entry.updated(segment, offset);
              states.put(entry, state);
            }
          });
    }

    private void rewrite(RecordHeader header, long offset, ByteBuffer meta) throws SpoolException {
      JournalEntry entry = find(header.serial(), (int) EnvelopeCodec.variable(meta));
      if (entry != null && !entry.isUnlinked()) {
        states.put(entry, codec.state(meta));
        rewrites.put(entry, segment, offset);
      }
    }

    private void unlink(RecordHeader header, ByteBuffer meta) {
      int pairs = Math.min(header.count(), meta.remaining() / RecordHeader.UNLINK_LENGTH);
      for (int i = 0; i < pairs; i++) {
        long serial = meta.getLong();
        JournalEntry entry = find(serial, meta.getInt());
        if (entry != null && entry.unlink()) {
          rewrites.remove(entry);
          states.remove(entry);
          messages--;
          if (entry.batch().unlinked() == 0) {
            batches.remove(serial);
            leave(entry.batch());
          }
        }
      }
    }

    /** Null: the store went with its segment. */
    private @Nullable JournalEntry find(long serial, int index) {
      StoredBatch batch = batches.get(serial);
      JournalEntry entry = batch == null ? null : batch.first();
      while (entry != null && entry.index() != index) {
        entry = entry.next();
      }
      return entry;
    }

    @Override
    public void damaged(long from, long to, String what) {
      if (!setAside(segment, channel, from, to, what) || to - from > Integer.MAX_VALUE) {
        covered = false;
      } else {
        repairs.add(
            new RecordHeader(
                RecordHeader.HOLE,
                (byte) 0,
                segment.epoch(),
                0,
                0,
                0,
                (int) (to - from) - RecordHeader.LENGTH,
                0,
                0));
        repairOffsets.add(from);
      }
    }

    @Override
    public void unsealed(long end, long to) {
      boolean aside =
          to <= end
              || setAside(
                  segment, channel, end, to, "cut off by a crash, or damaged; nothing follows");
      if (aside) {
        cut = end;
      } else {
        covered = false;
      }
    }

    /**
     * Covers what was set aside; the records before and behind it are not touched. Whether the
     * segment is sealed and without damage now.
     */
    boolean repair() {
      try {
        for (int i = 0; i < repairs.size(); i++) {
          write(repairs.get(i), repairOffsets.get(i));
        }
        if (cut >= 0) {
          channel.truncate(cut);
          channel.force(true);
          write(
              new RecordHeader(RecordHeader.SEAL, (byte) 0, segment.epoch(), 0, 0, 0, 0, 0, 0),
              cut);
        }
        if (!repairs.isEmpty() || cut >= 0) {
          channel.force(true);
        }
        return covered;
      } catch (IOException e) {
        LOG.warn("cannot repair {}; its damage will be reported again", segment.file(), e);
        return false;
      }
    }

    private void write(RecordHeader header, long at) throws IOException {
      ByteBuffer raw = ByteBuffer.allocate(RecordHeader.LENGTH);
      header.put(raw, new CRC32C());
      raw.flip();
      while (raw.hasRemaining()) {
        channel.write(raw, at + raw.position());
      }
    }
  }
}
