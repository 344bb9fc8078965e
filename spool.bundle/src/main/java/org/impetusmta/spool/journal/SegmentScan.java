package org.impetusmta.spool.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * Walks over the records of a segment that an earlier process wrote. Checks headers and envelopes,
 * and bodies too unless the segment is sealed (those in a sealed one are checked when they are
 * read).
 *
 * <p>A stretch that is no whole record of this life is <b>damaged</b> when whole records follow it;
 * the search for them looks at every eighth octet. When none follow it is the <b>end</b>: a clean
 * one, or a torn one if a record begins there, which is what a crash in the middle of a write
 * leaves. Thread-safety: none.
 */
final class SegmentScan {
  /** Told what is found, front to back. */
  interface Visitor {
    void record(RecordHeader header, long offset, ByteBuffer meta) throws IOException;

    /** The octets are not what they were written as; whole records follow. */
    void damaged(long from, long to, String what) throws IOException;

    /**
     * There is no seal. A record began at {@code end} if {@code to} is larger, and is not whole.
     */
    void unsealed(long end, long to) throws IOException;
  }

  private final SegmentReader reader;
  private final long epoch;
  private final boolean knownSealed;
  private final CRC32C crc = new CRC32C();

  SegmentScan(SegmentReader reader, long epoch) {
    this(reader, epoch, false);
  }

  private SegmentScan(SegmentReader reader, long epoch, boolean knownSealed) {
    this.reader = reader;
    this.epoch = epoch;
    this.knownSealed = knownSealed;
  }

  /** Of a segment that is known to be sealed. */
  static SegmentScan ofSealed(SegmentReader reader, long epoch) {
    return new SegmentScan(reader, epoch, true);
  }

  void run(Visitor visitor) throws IOException {
    boolean sealed = knownSealed || isSealed();
    long at = SegmentHeader.FIRST_RECORD;
    while (true) {
      Optional<RecordHeader> header = header(at);
      if (header.isPresent() && isWhole(header.get(), at, sealed)) {
        RecordHeader record = header.get();
        if (record.kind() == RecordHeader.SEAL) {
          return;
        }
        visitor.record(record, at, reader.bytes(at + RecordHeader.LENGTH, record.metaLength()));
        at += record.recordLength();
        continue;
      }
      // behind a good header its length is known, else the next record is searched for
      long from = header.map(RecordHeader::recordLength).orElse((long) RecordHeader.ALIGNMENT) + at;
      long next = search(from);
      if (next < 0) {
        visitor.unsealed(at, torn(at, header));
        return;
      }
      visitor.damaged(
          at, next, header.isPresent() ? "checksum does not match" : "no record header");
      at = next;
    }
  }

  /** Whether the chain of good headers leads to a seal. */
  private boolean isSealed() throws IOException {
    long at = SegmentHeader.FIRST_RECORD;
    while (true) {
      Optional<RecordHeader> header = header(at);
      if (header.isEmpty()) {
        return false;
      }
      if (header.get().kind() == RecordHeader.SEAL) {
        return true;
      }
      at += header.get().recordLength();
    }
  }

  private Optional<RecordHeader> header(long at) throws IOException {
    return RecordHeader.read(reader.bytes(at, RecordHeader.LENGTH), crc)
        .filter(h -> h.epoch() == epoch);
  }

  private boolean isWhole(RecordHeader header, long at, boolean sealed) throws IOException {
    long meta = at + RecordHeader.LENGTH;
    long body = meta + header.metaLength();
    if (body + header.bodyLength() > reader.size()) {
      return false;
    }
    if (header.kind() == RecordHeader.HOLE) {
      return true;
    }
    return reader.crc(meta, header.metaLength()) == header.metaCrc()
        && (sealed || reader.crc(body, header.bodyLength()) == header.bodyCrc());
  }

  /** The next offset from {@code from} at which a whole record begins; -1: none. */
  private long search(long from) throws IOException {
    long at = RecordHeader.align(from);
    while (reader.size() - at >= RecordHeader.LENGTH) {
      ByteBuffer part = reader.bytes(at, 1 << 16).order(ByteOrder.BIG_ENDIAN);
      int i = 0;
      for (; part.remaining() - i >= RecordHeader.LENGTH; i += RecordHeader.ALIGNMENT) {
        if (part.getInt(i) == RecordHeader.MAGIC && part.getLong(i + 8) == epoch) {
          Optional<RecordHeader> header = header(at + i);
          if (header.isPresent() && isWhole(header.get(), at + i, false)) {
            return at + i;
          }
          part = reader.bytes(at, 1 << 16).order(ByteOrder.BIG_ENDIAN);
        }
      }
      at += i;
    }
    return -1;
  }

  /** Where the broken record that begins at {@code at} ends; {@code at} itself: none begins. */
  private long torn(long at, Optional<RecordHeader> header) throws IOException {
    if (header.isPresent()) {
      return Math.min(at + header.get().recordLength(), reader.size());
    }
    ByteBuffer part = reader.bytes(at, RecordHeader.LENGTH);
    if (!part.hasRemaining()
        || RecordHeader.read(part.slice(), crc).filter(h -> h.epoch() != epoch).isPresent()) {
      return at;
    }
    boolean begun =
        (part.remaining() >= 4 && part.getInt(0) == RecordHeader.MAGIC)
            || (part.remaining() >= 16 && part.getLong(8) == epoch)
            || (part.remaining() < RecordHeader.LENGTH && hasContent(part));
    return begun ? reader.size() : at;
  }

  private static boolean hasContent(ByteBuffer part) {
    for (int i = 0; i < part.remaining(); i++) {
      if (part.get(i) != 0) {
        return true;
      }
    }
    return false;
  }
}
