package org.impetusmta.spool.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.impetusmta.api.spool.SpoolException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out what earlier processes left: plays the records of their segments again, oldest first. A
 * copy takes the place of its store, an update that of the one before, an unlink takes the message
 * away.
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
  private final Map<Long, StoredBatch> batches = new HashMap<>();
  private long damagedRecords;

  Replay(JournalDirectory directory, Rewrites rewrites) {
    this.directory = directory;
    this.rewrites = rewrites;
    this.damage = new Damage(directory);
  }

  /** The batches of which something is left, in the order in which they were first stored. */
  List<StoredBatch> run(List<Segment> segments) throws IOException {
    for (Segment segment : segments) {
      play(segment);
    }
    List<StoredBatch> left = new ArrayList<>(batches.values());
    batches.clear();
    left.sort(Comparator.comparingLong(StoredBatch::serial));
    for (StoredBatch batch : left) {
      Segment segment = batch.segment();
      if (segment != null) {
        segment.add(batch);
      }
    }
    return left;
  }

  /** Stretches that were set aside. */
  long damagedRecords() {
    return damagedRecords;
  }

  private void play(Segment segment) throws IOException {
    try (SegmentReader reader = new SegmentReader(directory.openForRepair(segment))) {
      Optional<Long> epoch = epoch(segment, reader);
      if (epoch.isPresent()) {
        segment.epoch(epoch.get());
        SegmentVisitor visitor = new SegmentVisitor(segment, reader.channel());
        new SegmentScan(reader, segment.epoch()).run(visitor);
        visitor.repair();
      }
    }
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
    private long cut = -1;

    SegmentVisitor(Segment segment, FileChannel channel) {
      this.segment = segment;
      this.channel = channel;
    }

    @Override
    public void record(RecordHeader header, long offset, ByteBuffer meta) {
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
        // whole, but not ours to read: never touched
        damagedRecords++;
        LOG.error("cannot read the record in {} at offset {}", segment.file(), offset, e);
      }
      segment.end(offset + header.recordLength());
    }

    private void store(RecordHeader header, long offset, ByteBuffer meta) throws SpoolException {
      long[] ids = new long[header.count()];
      int[] indexes = new int[header.count()];
      EnvelopeCodec.length(meta, header);
      for (int i = 0; i < header.count(); i++) {
        indexes[i] = (int) EnvelopeCodec.variable(meta);
        codec.state(meta);
        ids[i] = codec.envelope(meta).id().bits();
      }
      StoredBatch batch = new StoredBatch();
      JournalEntry next = null;
      for (int i = header.count() - 1; i >= 0; i--) {
        next = new JournalEntry(ids[i], batch, indexes[i], next);
      }
      batch.entries(next, header.count());
      batch.serial(header.serial());
      batch.locate(segment, offset, header.recordLength());
      StoredBatch former = batches.put(header.serial(), batch);
      for (JournalEntry e = former == null ? null : former.first(); e != null; e = e.next()) {
        rewrites.remove(e);
      }
    }

    private void update(RecordHeader header, long offset, ByteBuffer meta) throws SpoolException {
      JournalEntry entry = find(header.serial(), (int) EnvelopeCodec.variable(meta));
      if (entry != null) {
        codec.state(meta);
        entry.updated(segment, offset);
      }
    }

    private void rewrite(RecordHeader header, long offset, ByteBuffer meta) throws SpoolException {
      JournalEntry entry = find(header.serial(), (int) EnvelopeCodec.variable(meta));
      if (entry != null) {
        codec.state(meta);
        codec.envelope(meta);
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
          if (entry.batch().unlinked() == 0) {
            batches.remove(serial);
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
      if (setAside(segment, channel, from, to, what) && to - from <= Integer.MAX_VALUE) {
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
      }
    }

    /** Covers what was set aside; the records before and behind it are not touched. */
    void repair() {
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
      } catch (IOException e) {
        LOG.warn("cannot repair {}; its damage will be reported again", segment.file(), e);
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

  /** Messages in {@code batches}. */
  static long count(List<StoredBatch> batches) {
    return batches.stream().mapToLong(StoredBatch::live).sum();
  }
}
