package org.impetusmta.spool.journal;

import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * Octets of a record's meta while it is made; grows as needed. Big-endian numbers; variable-length
 * numbers have seven bits an octet, least significant first, the top bit says that more follow;
 * signed ones count 0, -1, 1, -2, 2 and so on. A text is twice its length, plus one if wide, then
 * one octet for each character (ISO 8859-1) or two (wide): any string comes back as it was.
 *
 * <p>Thread-safety: none.
 */
public final class MetaBuffer {
  private byte[] bytes;
  private int length;

  public MetaBuffer(int capacity) {
    bytes = new byte[capacity];
  }

  /** The octets; only the first {@link #length} count. */
  public byte[] array() {
    return bytes;
  }

  public int length() {
    return length;
  }

  void clear() {
    length = 0;
  }

  public int crc() {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }

  public MetaBuffer putByte(int value) {
    ensure(1);
    bytes[length++] = (byte) value;
    return this;
  }

  public MetaBuffer putInt(int value) {
    ensure(4);
    for (int shift = 24; shift >= 0; shift -= 8) {
      bytes[length++] = (byte) (value >>> shift);
    }
    return this;
  }

  public MetaBuffer putLong(long value) {
    return putInt((int) (value >>> 32)).putInt((int) value);
  }

  MetaBuffer putShort(int value) {
    return putByte(value >>> 8).putByte(value);
  }

  MetaBuffer putSigned(long value) {
    return putVariable(zigzag(value));
  }

  static long zigzag(long value) {
    return value << 1 ^ value >> 63;
  }

  static long unzigzag(long value) {
    return value >>> 1 ^ -(value & 1);
  }

  public MetaBuffer putVariable(long value) {
    ensure(10);
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      bytes[length++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[length++] = (byte) rest;
    return this;
  }

  public MetaBuffer putText(String text) {
    int chars = text.length();
    int start = length;
    putVariable(2L * chars);
    ensure(chars);
    for (int i = 0; i < chars; i++) {
      char c = text.charAt(i);
      if (c > 0xFF) {
        length = start;
        return putWide(text);
      }
      bytes[length++] = (byte) c;
    }
    return this;
  }

  private MetaBuffer putWide(String text) {
    int chars = text.length();
    putVariable(2L * chars + 1);
    ensure(Math.multiplyExact(chars, 2));
    for (int i = 0; i < chars; i++) {
      char c = text.charAt(i);
      bytes[length++] = (byte) (c >>> 8);
      bytes[length++] = (byte) c;
    }
    return this;
  }

  void putAll(MetaBuffer other) {
    ensure(other.length);
    System.arraycopy(other.bytes, 0, bytes, length, other.length);
    length += other.length;
  }

  void putAll(java.nio.ByteBuffer octets) {
    int n = octets.remaining();
    ensure(n);
    octets.get(bytes, length, n);
    length += n;
  }

  private void ensure(int more) {
    if (bytes.length - length < more) {
      bytes = Arrays.copyOf(bytes, Math.max(Math.addExact(length, more), 2 * bytes.length));
    }
  }
}
