package org.impetusmta.spool.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.zip.CRC32C;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A sealed segment without its bodies, in a file beside it: what a restart reads instead of the
 * segment. It is never synced and never trusted: if anything in it does not match, the segment
 * itself is read.
 *
 * <pre>
 *   0  8 octets  {@code IMPINDX} and the version, 1
 *   8  u32       number of the segment
 *  12  u32       octets of content
 *  16  u64       epoch of the segment's present life
 *  24  u64       end: where the seal of the segment lies
 *  32  u32       octets that follow, the content deflated (RFC 1950)
 *  36  u32       CRC32C of these octets
 *  40  u32       0
 *  44  u32       CRC32C of octets 0 to 43
 * </pre>
 *
 * <p>The content is, for each record but the seal and holes: its offset / 8 (u32), its header as it
 * stands in the segment ({@link RecordHeader}), its meta. Immutable; what {@link #run} hands out is
 * good for the call only.
 */
final class SegmentIndex {
  private static final Logger LOG = LoggerFactory.getLogger(SegmentIndex.class);
  private static final long MAGIC = 0x494D50494E445801L;
  private static final int HEADER = 48;
  private static final int CRC_AT = HEADER - 4;
  private static final int CHUNK = 1 << 16;

  private final byte[] content;
  private final long end;

  private SegmentIndex(byte[] content, long end) {
    this.content = content;
    this.end = end;
  }

  /** Where the seal of the segment must lie. */
  long end() {
    return end;
  }

  /** Goes over the records, front to back. */
  void run(SegmentScan.Visitor visitor) throws IOException {
    CRC32C crc = new CRC32C();
    ByteBuffer in = ByteBuffer.wrap(content);
    while (in.hasRemaining()) {
      Optional<RecordHeader> header = next(in, crc);
      if (header.isEmpty()) {
        throw new IOException("an index that was checked is broken");
      }
      long offset = offset(in.getInt(in.position()));
      int meta = in.position() + Integer.BYTES + RecordHeader.LENGTH;
      visitor.record(header.get(), offset, in.slice(meta, header.get().metaLength()));
      in.position(meta + header.get().metaLength());
    }
  }

  private static long offset(int units) {
    return Integer.toUnsignedLong(units) * RecordHeader.ALIGNMENT;
  }

  /** The header of the record at the position, if the whole of it and its meta are there. */
  private static Optional<RecordHeader> next(ByteBuffer in, CRC32C crc) {
    if (in.remaining() < Integer.BYTES + RecordHeader.LENGTH) {
      return Optional.empty();
    }
    int at = in.position() + Integer.BYTES;
    int left = in.remaining() - Integer.BYTES - RecordHeader.LENGTH;
    return RecordHeader.read(in.slice(at, RecordHeader.LENGTH), crc)
        .filter(h -> h.metaLength() <= left);
  }

  private boolean isWhole(long epoch) {
    CRC32C crc = new CRC32C();
    ByteBuffer in = ByteBuffer.wrap(content);
    while (in.hasRemaining()) {
      Optional<RecordHeader> header = next(in, crc);
      if (header.isEmpty()
          || header.get().epoch() != epoch
          || offset(in.getInt(in.position())) + header.get().recordLength() > end) {
        return false;
      }
      in.position(in.position() + Integer.BYTES + RecordHeader.LENGTH + header.get().metaLength());
    }
    return true;
  }

  /** The index of a segment in its present life; empty when there is no good one. */
  static Optional<SegmentIndex> read(JournalDirectory directory, Segment segment) {
    Path file = directory.index(segment);
    try (FileChannel channel = directory.disk().open(file, StandardOpenOption.READ)) {
      Optional<SegmentIndex> index = read(channel, segment);
      if (index.isEmpty()) {
        LOG.warn("{} is no good; {} is read instead", file, segment.file());
      }
      return index;
    } catch (NoSuchFileException e) {
      LOG.debug("{} has no index", segment.file(), e);
    } catch (IOException e) {
      LOG.warn("cannot read {}; {} is read instead", file, segment.file(), e);
    }
    return Optional.empty();
  }

  private static Optional<SegmentIndex> read(FileChannel channel, Segment segment)
      throws IOException {
    long size = channel.size();
    if (size < HEADER) {
      return Optional.empty();
    }
    ByteBuffer head = ByteBuffer.allocate(HEADER);
    SegmentReader.fill(channel, head, 0, HEADER);
    CRC32C crc = new CRC32C();
    crc.update(head.slice(0, CRC_AT));
    int length = head.getInt(32);
    if ((int) crc.getValue() != head.getInt(CRC_AT)
        || head.getLong(0) != MAGIC
        || head.getInt(8) != segment.number()
        || head.getLong(16) != segment.epoch()
        || length != size - HEADER) {
      return Optional.empty();
    }
    byte[] deflated = new byte[length];
    SegmentReader.fill(channel, ByteBuffer.wrap(deflated), HEADER, length);
    crc.reset();
    crc.update(deflated);
    if ((int) crc.getValue() != head.getInt(36)) {
      return Optional.empty();
    }
    return inflate(deflated, head.getInt(12))
        .map(content -> new SegmentIndex(content, head.getLong(24)))
        .filter(index -> index.isWhole(segment.epoch()));
  }

  private static Optional<byte[]> inflate(byte[] deflated, int length) {
    try (Inflater inflater = new Inflater()) {
      byte[] content = new byte[length];
      inflater.setInput(deflated);
      int done = 0;
      while (done < length) {
        int n = inflater.inflate(content, done, length - done);
        if (n == 0) {
          return Optional.empty();
        }
        done += n;
      }
      return Optional.of(content);
    } catch (DataFormatException e) {
      LOG.debug("an index cannot be inflated", e);
      return Optional.empty();
    }
  }

  /** Gathers the records of a segment. Thread-safety: none. */
  static final class Maker implements SegmentScan.Visitor {
    private final MetaBuffer content = new MetaBuffer(1 << 20);
    private final ByteBuffer header = ByteBuffer.allocate(RecordHeader.LENGTH);
    private final CRC32C crc = new CRC32C();
    private long end = SegmentHeader.FIRST_RECORD;
    private boolean whole = true;

    @Override
    public void record(RecordHeader record, long offset, ByteBuffer meta) {
      end = offset + record.recordLength();
      if (record.kind() == RecordHeader.HOLE) {
        return;
      }
      content.putInt((int) (offset / RecordHeader.ALIGNMENT));
      header.clear();
      record.put(header, crc);
      content.putAll(header.flip());
      content.putAll(meta.duplicate());
    }

    @Override
    public void damaged(long from, long to, String what) {
      whole = false;
    }

    @Override
    public void unsealed(long where, long to) {
      whole = false;
    }

    /** Whether all that was seen can stand for the segment. */
    boolean isWhole() {
      return whole;
    }

    /** Writes the file. */
    void write(JournalDirectory directory, Segment segment) throws IOException {
      MetaBuffer deflated = deflate();
      crc.reset();
      crc.update(deflated.array(), 0, deflated.length());
      ByteBuffer head = ByteBuffer.allocate(HEADER);
      head.putLong(MAGIC)
          .putInt(segment.number())
          .putInt(content.length())
          .putLong(segment.epoch())
          .putLong(end)
          .putInt(deflated.length())
          .putInt((int) crc.getValue())
          .putInt(0);
      crc.reset();
      crc.update(head.slice(0, CRC_AT));
      head.putInt((int) crc.getValue()).flip();
      Path file = directory.index(segment);
      try (FileChannel channel =
          directory
              .disk()
              .open(
                  file,
                  StandardOpenOption.CREATE,
                  StandardOpenOption.TRUNCATE_EXISTING,
                  StandardOpenOption.WRITE)) {
        directory.disk().permissions(file, JournalDirectory.permissions(directory.mode()));
        write(channel, head, 0);
        write(channel, ByteBuffer.wrap(deflated.array(), 0, deflated.length()), HEADER);
      }
    }

    private MetaBuffer deflate() {
      MetaBuffer out = new MetaBuffer(content.length() / 2 + CHUNK);
      byte[] chunk = new byte[CHUNK];
      try (Deflater deflater = new Deflater(Deflater.BEST_SPEED)) {
        deflater.setInput(content.array(), 0, content.length());
        deflater.finish();
        while (!deflater.finished()) {
          out.putAll(ByteBuffer.wrap(chunk, 0, deflater.deflate(chunk)));
        }
      }
      return out;
    }

    private static void write(FileChannel channel, ByteBuffer octets, long at) throws IOException {
      long position = at;
      while (octets.hasRemaining()) {
        position += channel.write(octets, position);
      }
    }
  }

  /** Reads a sealed segment, resting for so long before each MiB, and writes its index. */
  static void make(JournalDirectory directory, Segment segment, long restNanos) throws IOException {
    Maker maker = new Maker();
    try (SegmentReader reader = new SegmentReader(directory.open(segment), restNanos)) {
      SegmentScan.ofSealed(reader, segment.epoch()).run(maker);
    }
    if (maker.isWhole()) {
      maker.write(directory, segment);
    } else {
      LOG.warn("{} is damaged; no index is made of it", segment.file());
    }
  }
}
