package org.impetusmta.module.cidrdb;

import java.util.Arrays;

/**
 * The ranges of a {@link PrefixTable} in one flat array, in order: for each the distance of its
 * start from the begin of its bucket, and its value. As small as they fit: little of it then has to
 * come from memory. Immutable once filled.
 */
sealed interface Entries {

  /**
   * Where they fit.
   *
   * @param room most ranges
   * @param distanceBits of the longest distance, without the {@code zeros} bits that all end with
   * @param valueBits of the greatest value
   * @param wide whether starts have a lower half
   */
  static Entries of(int room, int distanceBits, int zeros, int valueBits, boolean wide) {
    if (wide || distanceBits + valueBits >= Long.SIZE) {
      return new Wide(new long[room * Wide.NUMBERS]);
    }
    return distanceBits + valueBits < Integer.SIZE
        ? new Ints(new int[room], zeros, valueBits)
        : new Longs(new long[room], zeros, valueBits);
  }

  /** Fills a place; before the table is published. */
  void put(int at, long distance, long low, int value);

  /** The first {@code count} of them. */
  Entries cut(int count);

  /**
   * The value of the last one in [from, to) that starts at the distance or before it; the first one
   * does.
   */
  int find(int from, int to, long distance, long low);

  /** Octets of memory. */
  long octets();

  /** Distance and value in 31 bits: all of IPv4 but lists that are short and far apart. */
  final class Ints implements Entries {
    private final int[] entries;
    private final int zeros;
    private final int valueBits;

    private Ints(int[] entries, int zeros, int valueBits) {
      this.entries = entries;
      this.zeros = zeros;
      this.valueBits = valueBits;
    }

    @Override
    public void put(int at, long distance, long low, int value) {
      entries[at] = (int) (distance >>> zeros) << valueBits | value;
    }

    @Override
    public Entries cut(int count) {
      return new Ints(Arrays.copyOf(entries, count), zeros, valueBits);
    }

    @Override
    public int find(int first, int end, long distance, long low) {
      int values = (1 << valueBits) - 1;
      int wanted = (int) (distance >>> zeros) << valueBits | values;
      int from = first;
      int to = end;
      while (to - from > 1) {
        int middle = (from + to) >>> 1;
        if (entries[middle] > wanted) {
          to = middle;
        } else {
          from = middle;
        }
      }
      return entries[from] & values;
    }

    @Override
    public long octets() {
      return 4L * entries.length;
    }
  }

  /** Distance and value in 63 bits: IPv6 up to 64 bits of prefix. */
  final class Longs implements Entries {
    private final long[] entries;
    private final int zeros;
    private final int valueBits;

    private Longs(long[] entries, int zeros, int valueBits) {
      this.entries = entries;
      this.zeros = zeros;
      this.valueBits = valueBits;
    }

    @Override
    public void put(int at, long distance, long low, int value) {
      entries[at] = distance >>> zeros << valueBits | value;
    }

    @Override
    public Entries cut(int count) {
      return new Longs(Arrays.copyOf(entries, count), zeros, valueBits);
    }

    @Override
    public int find(int first, int end, long distance, long low) {
      long values = (1L << valueBits) - 1;
      long wanted = distance >>> zeros << valueBits | values;
      int from = first;
      int to = end;
      while (to - from > 1) {
        int middle = (from + to) >>> 1;
        if (entries[middle] > wanted) {
          to = middle;
        } else {
          from = middle;
        }
      }
      return (int) (entries[from] & values);
    }

    @Override
    public long octets() {
      return 8L * entries.length;
    }
  }

  /** Distance, lower half of the start and value, a number each. */
  final class Wide implements Entries {
    private static final int NUMBERS = 3;

    private final long[] entries;

    private Wide(long[] entries) {
      this.entries = entries;
    }

    @Override
    public void put(int at, long distance, long low, int value) {
      entries[at * NUMBERS] = distance;
      entries[at * NUMBERS + 1] = low;
      entries[at * NUMBERS + 2] = value;
    }

    @Override
    public Entries cut(int count) {
      return new Wide(Arrays.copyOf(entries, count * NUMBERS));
    }

    @Override
    public int find(int first, int end, long distance, long low) {
      int from = first;
      int to = end;
      while (to - from > 1) {
        int middle = (from + to) >>> 1;
        long start = entries[middle * NUMBERS];
        if (start > distance
            || (start == distance
                && Long.compareUnsigned(entries[middle * NUMBERS + 1], low) > 0)) {
          to = middle;
        } else {
          from = middle;
        }
      }
      return (int) entries[from * NUMBERS + 2];
    }

    @Override
    public long octets() {
      return 8L * entries.length;
    }
  }
}
