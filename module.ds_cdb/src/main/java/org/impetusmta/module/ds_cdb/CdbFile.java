package org.impetusmta.module.ds_cdb;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Reads a constant database. On disk: 256 pairs of position and number of slots, one for the last
 * octet of each hash; records of the length of the key, the length of the data, key, data; 256
 * tables of slots of hash and position, twice as many slots as keys. All numbers have 32 bits,
 * little-endian. The hash begins with 5381, for each octet h = h * 33 xor octet; its slot is (h /
 * 256) mod slots, or the next that is free. Immutable; any number of threads. Source:
 * https://cr.yp.to/cdb/cdb.txt.
 */
final class CdbFile implements AutoCloseable {
  private static final int TABLES = 256;
  private static final int PAIR = 8;

  /** Longer values are refused: the file is damaged. */
  private static final long LONGEST = 16L << 20;

  private final FileChannel channel;
  private final long size;

  /**
   * @throws IOException where it is not there, or is too short to be one
   */
  CdbFile(Path file) throws IOException {
    channel = FileChannel.open(file, StandardOpenOption.READ);
    size = channel.size();
    if (size < TABLES * PAIR) {
      channel.close();
      throw new IOException("it is too short to be a constant database");
    }
  }

  /**
   * The values of a key, in the order in which they were added.
   *
   * @param most no more of them; -1: all
   * @throws IOException where it cannot be read, or contradicts itself
   */
  List<byte[]> find(byte[] key, int most) throws IOException {
    List<byte[]> values = new ArrayList<>();
    int hash = hash(key);
    ByteBuffer table = read((hash & 0xffL) * PAIR, PAIR);
    long position = unsigned(table);
    long slots = unsigned(table);
    if (slots == 0) {
      return values;
    }
    if (position + slots * PAIR > size) {
      throw new IOException("a table is behind its end: it is damaged");
    }
    long first = Integer.toUnsignedLong(hash >>> 8) % slots;
    for (long i = 0; i < slots && (most < 0 || values.size() < most); i++) {
      ByteBuffer slot = read(position + (first + i) % slots * PAIR, PAIR);
      int slotHash = slot.getInt();
      long recordAt = unsigned(slot);
      if (recordAt == 0) {
        break;
      }
      if (slotHash == hash) {
        add(key, recordAt, values);
      }
    }
    return values;
  }

  private void add(byte[] key, long recordAt, List<byte[]> values) throws IOException {
    ByteBuffer lengths = read(recordAt, PAIR);
    long keyLength = unsigned(lengths);
    long dataLength = unsigned(lengths);
    if (keyLength != key.length) {
      return;
    }
    if (recordAt + PAIR + keyLength + dataLength > size || dataLength > LONGEST) {
      throw new IOException("a record is behind its end, or too long: it is damaged");
    }
    if (Arrays.equals(read(recordAt + PAIR, key.length).array(), key)) {
      values.add(read(recordAt + PAIR + keyLength, (int) dataLength).array());
    }
  }

  static int hash(byte[] key) {
    int hash = 5381;
    for (byte octet : key) {
      hash = hash * 33 ^ (octet & 0xff);
    }
    return hash;
  }

  private static long unsigned(ByteBuffer buffer) {
    return Integer.toUnsignedLong(buffer.getInt());
  }

  private ByteBuffer read(long position, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, position + buffer.position()) < 0) {
        throw new EOFException("it is shorter than it says: it is damaged");
      }
    }
    return buffer.flip();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
