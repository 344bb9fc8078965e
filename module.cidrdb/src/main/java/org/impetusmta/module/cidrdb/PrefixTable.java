package org.impetusmta.module.cidrdb;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.InetAddress;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.impetusmta.api.config.Cidr;

/**
 * Network blocks of one family and a value for each, made for asking: the blocks are cut into
 * ranges that do not overlap, each with the value of the longest prefix that covers it. The span of
 * their starts is cut into buckets of equal width, for some {@value #RANGES_IN_A_BUCKET} ranges
 * each, and a bucket begins with a range of its own: a lookup reads one place of the table of
 * buckets, then one or two lines of the cache. The ranges lie in one flat array, each the distance
 * of its start from the begin of the bucket with the value behind it: in one number where both fit,
 * else in three. A block costs two ranges at most and its share of a bucket: 18 octets, or 52 where
 * IPv6 prefixes are longer than 64 bits. Immutable; looking up allocates nothing.
 */
final class PrefixTable {
  /** No block holds the address. */
  static final int NONE = 0;

  /** So few lie on one or two lines of the cache, and so small a table of buckets stays in it. */
  private static final int RANGES_IN_A_BUCKET = 8;

  private static final VarHandle OCTETS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle FOUR_OCTETS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  /** Numbers of a range that is wide: the distance, the lower half of the start, the value. */
  private static final int WIDE = 3;

  /** The lowest start; the highest bit of starts is flipped, so that they compare as signed. */
  private final long first;

  /** The value from the last start on. */
  private final int last;

  /** A bucket is two to the power of this wide. */
  private final int shift;

  /** Where the ranges of a bucket begin, and behind the last one how many ranges there are. */
  private final int[] buckets;

  /** Bits at the end of all starts that are zero; distances go without them. */
  private final int zeros;

  /** Bits of a value beside its distance. */
  private final int valueBits;

  /** Numbers for each range: 1, or {@link #WIDE}. */
  private final int stride;

  private final long[] ranges;

  /**
   * @param high the upper halves of the starts, flipped, in order; those of IPv4 are 32 bits with
   *     as many zeros behind them
   * @param low the lower halves; empty for IPv4
   */
  PrefixTable(long[] high, long[] low, int[] values) {
    int count = high.length;
    this.first = count == 0 ? 0 : high[0];
    this.last = count == 0 ? NONE : values[count - 1];
    long span = count == 0 ? 0 : high[count - 1] - first;
    this.shift = Math.clamp(bits(span) - bits(count / RANGES_IN_A_BUCKET), 0, Long.SIZE - 1);
    this.buckets = new int[count == 0 ? 1 : (int) (span >>> shift) + 2];
    this.zeros = Long.numberOfTrailingZeros(Arrays.stream(high).reduce(0, (a, b) -> a | b));
    this.valueBits = bits(Arrays.stream(values).max().orElse(NONE));
    boolean narrow =
        Arrays.stream(low).allMatch(n -> n == 0)
            && Math.max(0, shift - zeros) + valueBits < Long.SIZE;
    this.stride = narrow ? 1 : WIDE;
    long[] room = new long[(count + buckets.length) * stride];
    int filled = 0;
    int next = 0;
    int value = NONE;
    for (int bucket = 0; bucket < buckets.length - 1; bucket++) {
      buckets[bucket] = filled;
      long begin = first + ((long) bucket << shift);
      if (high[next] != begin || lowOf(next, low) != 0) {
        put(room, filled++, 0, 0, value); // the range of before goes on
      }
      for (; next < count && (high[next] - first) >>> shift == bucket; next++) {
        value = values[next];
        put(room, filled++, high[next] - begin, lowOf(next, low), value);
      }
    }
    buckets[buckets.length - 1] = filled;
    this.ranges = Arrays.copyOf(room, filled * stride);
  }

  private static int bits(long number) {
    return Long.SIZE - Long.numberOfLeadingZeros(number);
  }

  private static long lowOf(int start, long[] low) {
    return low.length == 0 ? 0 : low[start];
  }

  private void put(long[] room, int range, long distance, long low, int value) {
    if (stride == WIDE) {
      room[range * WIDE] = distance;
      room[range * WIDE + 1] = low;
      room[range * WIDE + 2] = value;
    } else {
      room[range] = distance >>> zeros << valueBits | value;
    }
  }

  /** The value of the address; {@link #NONE} where no block holds it. */
  int find(long addressHigh, long addressLow) {
    long wanted = addressHigh ^ Long.MIN_VALUE;
    if (wanted < first) {
      return NONE;
    }
    long bucket = (wanted - first) >>> shift;
    if (bucket >= buckets.length - 1) {
      return last;
    }
    long distance = wanted - first & (1L << shift) - 1;
    int from = buckets[(int) bucket];
    int to = buckets[(int) bucket + 1];
    return stride == WIDE
        ? findWide(from, to, distance, addressLow)
        : findNarrow(from, to, distance >>> zeros);
  }

  /** The value of the last range that starts at the address or before it; the first one does. */
  private int findNarrow(int first, int end, long distance) {
    long values = (1L << valueBits) - 1;
    long wanted = distance << valueBits | values;
    int from = first;
    int to = end;
    while (to - from > 1) {
      int middle = (from + to) >>> 1;
      if (ranges[middle] > wanted) {
        to = middle;
      } else {
        from = middle;
      }
    }
    return (int) (ranges[from] & values);
  }

  private int findWide(int first, int end, long distance, long low) {
    int from = first;
    int to = end;
    while (to - from > 1) {
      int middle = (from + to) >>> 1;
      long start = ranges[middle * WIDE];
      if (start > distance
          || (start == distance && Long.compareUnsigned(ranges[middle * WIDE + 1], low) > 0)) {
        to = middle;
      } else {
        from = middle;
      }
    }
    return (int) ranges[from * WIDE + 2];
  }

  /** The value of an address of this family. */
  int find(InetAddress address) {
    byte[] octets = address.getAddress();
    return octets.length == 4
        ? find((long) (int) FOUR_OCTETS.get(octets, 0) << Integer.SIZE, 0)
        : find((long) OCTETS.get(octets, 0), (long) OCTETS.get(octets, Long.BYTES));
  }

  /** The upper 64 bits of a block as this table has them. */
  static long high(Cidr block) {
    return block.ipv6() ? block.high() : block.low() << 32;
  }

  static long low(Cidr block) {
    return block.ipv6() ? block.low() : 0;
  }

  /** Octets of memory that the arrays take. */
  long octets() {
    return 8L * ranges.length + 4L * buckets.length;
  }
}
