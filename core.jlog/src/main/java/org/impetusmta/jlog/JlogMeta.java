package org.impetusmta.jlog;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The file {@code metastore} of a journal: 32-bit words in the byte order of the machine that made
 * it, which is that of all its files. The word {@code magic} begins each record and tells the byte
 * order; journals of releases before jlog 1.2 lack it, and have 0 in their records. Immutable.
 *
 * @param storageLog the segment that is written
 * @param unitLimit octets; a segment that has as many is complete
 * @param safety what is forced to disk: {@link #UNSAFE}, {@link #ALMOST_SAFE}, {@link #SAFE}
 * @param magic first word of each record
 */
public record JlogMeta(long storageLog, long unitLimit, int safety, int magic, ByteOrder order) {
  /** Octets of a segment of a journal that is made without another size. */
  public static final int UNIT_LIMIT = 4 * 1024 * 1024;

  public static final int MAGIC = 0x663A7318;

  public static final int UNSAFE = 0;

  /** Segments are forced to disk when they are complete and when the writer closes. */
  public static final int ALMOST_SAFE = 1;

  /** Also each flush of the writer, the metastore and checkpoints. */
  public static final int SAFE = 2;

  private static final int COMPRESSED = 0x15106A00;
  private static final int OCTETS = 16;
  private static final int OCTETS_WITHOUT_MAGIC = 12;

  static JlogMeta initial(int unitLimit) {
    return new JlogMeta(0, unitLimit, ALMOST_SAFE, MAGIC, ByteOrder.nativeOrder());
  }

  /**
   * Reads a metastore of either byte order.
   *
   * @throws IOException where it is damaged, or of a kind that is not known here
   */
  public static JlogMeta of(byte[] octets) throws IOException {
    if (octets.length != OCTETS && octets.length != OCTETS_WITHOUT_MAGIC) {
      throw new IOException(
          "the metastore has %d octets, expected %d".formatted(octets.length, OCTETS));
    }
    JlogMeta little = of(octets, ByteOrder.LITTLE_ENDIAN);
    JlogMeta big = of(octets, ByteOrder.BIG_ENDIAN);
    if (little.isSound() && big.isSound()) { // no magic, and unsafe
      return ByteOrder.nativeOrder().equals(ByteOrder.LITTLE_ENDIAN) ? little : big;
    }
    if (little.isSound()) {
      return little;
    }
    if (big.isSound()) {
      return big;
    }
    if (little.isCompressed() || big.isCompressed()) {
      throw new IOException("its records are compressed, which is not supported");
    }
    throw new IOException("its metastore is damaged");
  }

  /**
   * Reads a metastore whose byte order is known; nothing is checked.
   *
   * @param octets 12 or 16 of them
   */
  public static JlogMeta of(byte[] octets, ByteOrder order) {
    ByteBuffer words = ByteBuffer.wrap(octets).order(order);
    return new JlogMeta(
        Integer.toUnsignedLong(words.getInt(0)),
        Integer.toUnsignedLong(words.getInt(4)),
        words.getInt(8),
        octets.length == OCTETS ? words.getInt(12) : 0,
        order);
  }

  private boolean isSound() {
    return (magic == MAGIC || magic == 0) && unitLimit > 0 && safety >= UNSAFE && safety <= SAFE;
  }

  private boolean isCompressed() {
    return (magic & ~0xFF) == COMPRESSED;
  }

  JlogMeta withStorageLog(long log) {
    return new JlogMeta(log, unitLimit, safety, magic, order);
  }

  /** With the magic, unless it is 0. */
  ByteBuffer encoded() {
    ByteBuffer words =
        ByteBuffer.allocate(magic == 0 ? OCTETS_WITHOUT_MAGIC : OCTETS)
            .order(order)
            .putInt((int) storageLog)
            .putInt((int) unitLimit)
            .putInt(safety);
    if (magic != 0) {
      words.putInt(magic);
    }
    return words.flip();
  }
}
