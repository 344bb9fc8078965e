package org.impetusmta.spool.journal;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * The head of a segment file, written twice, at offsets 0 and {@value #COPY_AT}, so that one lost
 * sector does not take the segment along. Records begin at {@value #FIRST_RECORD}.
 *
 * <pre>
 *   0  8 octets  {@code IMPJRNL} and the version, 1
 *   8  u32       number of the segment, as in its file name
 *  12  u32       0
 *  16  u64       epoch: 64 random bits, drawn anew for each life of the file
 *  24  u64       when this life began, milliseconds since 1970
 *  32  u32       CRC32C of octets 0 to 31
 * </pre>
 *
 * <p>A file whose header bears another number than its name was taken from the spares and never
 * came to be written: it holds nothing. Immutable; safe for any thread.
 */
record SegmentHeader(int number, long epoch, long begunMillis) {
  static final int COPY_AT = 512;
  static final int FIRST_RECORD = 1024;

  private static final long MAGIC = 0x494D504A524E4C01L;
  private static final int CRC_AT = 32;
  private static final int LENGTH = 36;

  /** The first {@value #FIRST_RECORD} octets of the file. */
  ByteBuffer encode() {
    ByteBuffer block = ByteBuffer.allocate(FIRST_RECORD);
    put(block, 0);
    put(block, COPY_AT);
    return block;
  }

  private void put(ByteBuffer block, int at) {
    block
        .putLong(at, MAGIC)
        .putInt(at + 8, number)
        .putLong(at + 16, epoch)
        .putLong(at + 24, begunMillis);
    CRC32C crc = new CRC32C();
    crc.update(block.slice(at, CRC_AT));
    block.putInt(at + CRC_AT, (int) crc.getValue());
  }

  /** Whether the header at {@code at} is one of another version. */
  static boolean isForeign(ByteBuffer block, int at) {
    return block.limit() >= at + LENGTH
        && block.getLong(at) >>> Byte.SIZE == MAGIC >>> Byte.SIZE
        && block.getLong(at) != MAGIC;
  }

  /** Reads the header at {@code at}; empty when it is damaged, cut off or not there. */
  static Optional<SegmentHeader> read(ByteBuffer block, int at) {
    if (block.limit() < at + LENGTH || block.getLong(at) != MAGIC) {
      return Optional.empty();
    }
    CRC32C crc = new CRC32C();
    crc.update(block.slice(at, CRC_AT));
    return (int) crc.getValue() == block.getInt(at + CRC_AT)
        ? Optional.of(
            new SegmentHeader(block.getInt(at + 8), block.getLong(at + 16), block.getLong(at + 24)))
        : Optional.empty();
  }
}
