package org.impetusmta.module.cidrdb;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.InetAddress;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.impetusmta.api.config.Cidr;

/**
 * Network blocks of one family and a value for each, made for asking: the blocks are cut into
 * ranges that do not overlap, each with the value of the longest prefix that covers it. The ranges
 * lie in one flat array, sorted by their starts, each with its value beside it; a table of buckets
 * over the span of the starts, for some {@value #RANGES_IN_A_BUCKET} ranges each, says where to
 * begin the binary search. So a lookup waits once or twice for memory. A block costs two ranges at
 * most: 17 octets in IPv4, 33 in IPv6 or 49 with prefixes above 64 bits. Immutable; looking up
 * allocates nothing.
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

  /** A number: the start in its upper half and the value in the lower one. IPv4. */
  private static final int START_WITH_VALUE = 1;

  /** The upper half of the start, its lower half, the value. */
  private static final int WIDE = 3;

  /**
   * So many numbers for each range; the first is the upper half of the start, flipped so that it
   * compares as a signed number, the last is the value.
   */
  private final int stride;

  private final long[] ranges;

  /** The bits of a range's first number that belong to the start. */
  private final long startBits;

  /** The first range whose start lies in a bucket or behind it. */
  private final int[] buckets;

  private final long first;
  private final int shift;

  /**
   * @param high the upper halves of the starts, flipped, in order; those of IPv4 are 32 bits with
   *     as many zeros behind them
   * @param low the lower halves; empty for IPv4
   */
  PrefixTable(long[] high, long[] low, int[] values) {
    int count = high.length;
    boolean ipv6 = low.length > 0;
    this.stride = !ipv6 ? START_WITH_VALUE : Arrays.stream(low).anyMatch(n -> n != 0) ? WIDE : 2;
    this.startBits = ipv6 ? -1L : -1L << Integer.SIZE;
    this.ranges = new long[count * stride];
    for (int i = 0; i < count; i++) {
      if (stride == WIDE) {
        ranges[i * stride + 1] = low[i];
      }
      ranges[i * stride] = high[i];
      ranges[(i + 1) * stride - 1] |= Integer.toUnsignedLong(values[i]);
    }
    this.first = count == 0 ? 0 : high[0];
    long span = count == 0 ? 0 : high[count - 1] - first;
    int bits = Integer.SIZE - Integer.numberOfLeadingZeros(count / RANGES_IN_A_BUCKET);
    int spanBits = Long.SIZE - Long.numberOfLeadingZeros(span);
    this.shift = Math.clamp(spanBits - bits, 0, Long.SIZE - 1);
    int used = count == 0 ? 0 : (int) (span >>> shift) + 1;
    this.buckets = new int[used + 1];
    int range = 0;
    for (int bucket = 0; bucket < used; bucket++) {
      while (range < count && ((high[range] - first) >>> shift) < bucket) {
        range++;
      }
      buckets[bucket] = range;
    }
    buckets[used] = count;
  }

  /** The value of the address; {@link #NONE} where no block holds it. */
  int find(long addressHigh, long addressLow) {
    long wanted = addressHigh ^ Long.MIN_VALUE;
    if (ranges.length == 0 || wanted < first) {
      return NONE;
    }
    long bucket = (wanted - first) >>> shift;
    int from;
    int to;
    if (bucket >= buckets.length - 1) {
      to = ranges();
      from = to - 1;
    } else {
      from = Math.max(0, buckets[(int) bucket] - 1);
      to = buckets[(int) bucket + 1];
    }
    // the last range that starts at the address or before it
    while (to - from > 1) {
      int middle = (from + to) >>> 1;
      if (startsBehind(middle, wanted, addressLow)) {
        to = middle;
      } else {
        from = middle;
      }
    }
    return startsBehind(from, wanted, addressLow) ? NONE : (int) ranges[(from + 1) * stride - 1];
  }

  private boolean startsBehind(int range, long wantedHigh, long wantedLow) {
    long start = ranges[range * stride] & startBits;
    if (start != wantedHigh) {
      return start > wantedHigh;
    }
    return stride == WIDE && Long.compareUnsigned(ranges[range * stride + 1], wantedLow) > 0;
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

  /** How many ranges it has. */
  int ranges() {
    return ranges.length / stride;
  }
}
