package org.impetusmta.spool.journal;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.impetusmta.spool.EncodedBody;

/**
 * The header of a journal record, and thereby the form of the record. All numbers are big-endian;
 * records begin at multiples of 8 octets and are padded with zeros.
 *
 * <pre>
 *   0  u32  magic {@code IMR} and the version, 1
 *   4  u8   kind: 1 store, 2 update, 3 unlink, 4 seal, 5 hole, 6 rewrite
 *   5  u8   flags: 1 the store is a copy of one in an older segment; 2 + 4 + 8 the encoding of
 *           the body: 0 none, 2 gzip, 4 bzip2, 6 zstd
 *   6  u16  0
 *   8  u64  epoch of the segment's present life (see {@link SegmentHeader})
 *  16  u64  serial of the batch of a store or rewrite; else 0
 *  24  u32  count: envelopes of a store, messages of an update or unlink
 *  28  u32  octets of meta
 *  32  u32  octets of body
 *  36  u32  CRC32C of meta
 *  40  u32  CRC32C of body
 *  44  u32  CRC32C of octets 0 to 43
 *  48       meta, then body, then 0 to 7 octets of padding
 * </pre>
 *
 * <p>The meta of a <b>store</b> is, if the body is encoded, its octets in wire form (variable),
 * then its messages ({@link StoreMeta}); the body is in wire form or encoded. A copy names exactly
 * those messages of the batch that are left. The meta of an <b>update</b> is told by {@link
 * UpdateRun}; that of a <b>rewrite</b> is the index, the attempt state and the envelope that takes
 * the place of the stored one. The meta of an <b>unlink</b> is {@code count} pairs of serial (u64)
 * and index (u32). <b>Seal</b> ends a segment whose every record is known to be on disk. A
 * <b>hole</b> covers a damaged stretch that was reported and set aside; its checksums are not
 * looked at.
 *
 * <p>A record counts only if its epoch is that of its segment: what a former life left in a
 * recycled file has another. The epoch is random, so that nobody can plant a record in a message
 * body for the search behind a damaged stretch to find.
 *
 * <p>Immutable; safe for any thread.
 */
record RecordHeader(
    byte kind,
    byte flags,
    long epoch,
    long serial,
    int count,
    int metaLength,
    int bodyLength,
    int metaCrc,
    int bodyCrc) {
  static final int MAGIC = 'I' << 24 | 'M' << 16 | 'R' << 8 | 1;
  static final int LENGTH = 48;
  static final int ALIGNMENT = 8;

  static final byte STORE = 1;
  static final byte UPDATE = 2;
  static final byte UNLINK = 3;
  static final byte SEAL = 4;
  static final byte HOLE = 5;
  static final byte REWRITE = 6;

  static final byte COPY = 1;

  /** Octets of one pair in an unlink. */
  static final int UNLINK_LENGTH = 12;

  private static final int CRC_AT = LENGTH - 4;
  private static final int ENCODING_SHIFT = 1;
  private static final int ENCODING_MASK = EncodedBody.LAST_ENCODING << ENCODING_SHIFT;

  /** The flags of a store. */
  static byte flags(boolean copy, int encoding) {
    return (byte) ((copy ? COPY : 0) | encoding << ENCODING_SHIFT);
  }

  /** How the body of a store is encoded; for the numbers see {@link EncodedBody}. */
  int encoding() {
    return (flags & ENCODING_MASK) >>> ENCODING_SHIFT;
  }

  /** Octets that the record takes in its segment. */
  long recordLength() {
    return recordLength(metaLength, bodyLength);
  }

  static long recordLength(int metaLength, int bodyLength) {
    return align((long) LENGTH + metaLength + bodyLength);
  }

  static long align(long octets) {
    return (octets + ALIGNMENT - 1) & -ALIGNMENT;
  }

  /** Writes the header at the position of {@code out}. */
  void put(ByteBuffer out, CRC32C crc) {
    int start = out.position();
    out.putInt(MAGIC)
        .put(kind)
        .put(flags)
        .putShort((short) 0)
        .putLong(epoch)
        .putLong(serial)
        .putInt(count)
        .putInt(metaLength)
        .putInt(bodyLength)
        .putInt(metaCrc)
        .putInt(bodyCrc);
    crc.reset();
    crc.update(out.slice(start, CRC_AT));
    out.putInt((int) crc.getValue());
  }

  /** Reads a header of whatever epoch; empty when there is none or it is damaged. */
  static Optional<RecordHeader> read(ByteBuffer in, CRC32C crc) {
    int start = in.position();
    if (in.remaining() < LENGTH || in.getInt(start) != MAGIC) {
      return Optional.empty();
    }
    crc.reset();
    crc.update(in.slice(start, CRC_AT));
    if ((int) crc.getValue() != in.getInt(start + CRC_AT)) {
      return Optional.empty();
    }
    RecordHeader header =
        new RecordHeader(
            in.get(start + 4),
            in.get(start + 5),
            in.getLong(start + 8),
            in.getLong(start + 16),
            in.getInt(start + 24),
            in.getInt(start + 28),
            in.getInt(start + 32),
            in.getInt(start + 36),
            in.getInt(start + 40));
    return header.metaLength < 0 || header.bodyLength < 0 || header.count < 0
        ? Optional.empty()
        : Optional.of(header);
  }
}
