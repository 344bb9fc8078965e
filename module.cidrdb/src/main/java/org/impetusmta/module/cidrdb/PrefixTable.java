package org.impetusmta.module.cidrdb;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.InetAddress;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.BitSet;
import org.impetusmta.api.config.Cidr;

/**
 * Network blocks of one family and a value for each, made for asking: the blocks are cut into
 * ranges that do not overlap, each with the value of the longest prefix that covers it. A lookup
 * goes from small to large, since each wait for memory costs more than all else: a bit for each of
 * some cells says whether any block is near, which settles most addresses; buckets of equal width
 * say where their {@value #RANGES_IN_A_BUCKET} or so ranges lie, the first of which starts with the
 * bucket; these are one or two lines of the cache. A block costs some 10 octets in IPv4, 20 in
 * IPv6, 54 where prefixes are longer than 64 bits. Immutable; looking up allocates nothing.
 */
final class PrefixTable {
  /** No block holds the address. */
  static final int NONE = 0;

  private static final int RANGES_IN_A_BUCKET = 8;

  /** One octet for a block, so few that most of them stay in the cache. */
  private static final int CELLS_FOR_A_RANGE = 4;

  private static final int MOST_CELLS = (1 << 30) - 1;

  private static final VarHandle OCTETS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle FOUR_OCTETS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  /** The lowest start; the highest bit of starts is flipped, so that they compare as signed. */
  private final long first;

  /** From the first start to the last one. */
  private final long span;

  /** The value from the last start on. */
  private final int last;

  /** A cell is two to the power of this wide. */
  private final int cellShift;

  /** Whether a cell holds an address that has a value. */
  private final BitSet cells = new BitSet();

  /** A bucket is two to the power of this wide. */
  private final int shift;

  /** Where the ranges of a bucket begin, and behind the last one how many ranges there are. */
  private final int[] buckets;

  private final Entries ranges;

  /**
   * @param high the upper halves of the starts, flipped, in order; those of IPv4 are 32 bits with
   *     as many zeros behind them
   * @param low the lower halves; empty for IPv4
   */
  PrefixTable(long[] high, long[] low, int[] values) {
    int count = high.length;
    this.first = count == 0 ? Long.MAX_VALUE : high[0];
    this.span = count == 0 ? 0 : high[count - 1] - first;
    this.last = count == 0 ? NONE : values[count - 1];
    this.cellShift = shift((int) Math.min((long) count * CELLS_FOR_A_RANGE, MOST_CELLS));
    for (int i = 0; i < count; i++) {
      if (values[i] != NONE) {
        cells.set(cell(high[i]), cell(i == count - 1 ? high[i] : lastOf(i, high, low)) + 1);
      }
    }
    this.shift = shift(count / RANGES_IN_A_BUCKET);
    this.buckets = new int[(int) (span >>> shift) + 2];
    int zeros = Long.numberOfTrailingZeros(Arrays.stream(high).reduce(0, (a, b) -> a | b));
    Entries room =
        Entries.of(
            count + buckets.length,
            Math.max(0, shift - zeros),
            zeros,
            bits(Arrays.stream(values).max().orElse(NONE)),
            Arrays.stream(low).anyMatch(n -> n != 0));
    int filled = 0;
    int next = 0;
    int value = NONE;
    for (int bucket = 0; bucket < buckets.length - 1 && next < count; bucket++) {
      buckets[bucket] = filled;
      long begin = first + ((long) bucket << shift);
      if (high[next] != begin || lowOf(next, low) != 0) {
        room.put(filled++, 0, 0, value); // the range of before goes on
      }
      for (; next < count && (high[next] - first) >>> shift == bucket; next++) {
        value = values[next];
        room.put(filled++, high[next] - begin, lowOf(next, low), value);
      }
    }
    buckets[buckets.length - 1] = filled;
    this.ranges = room.cut(filled);
  }

  /** For about so many parts of the span: half to twice as many. */
  private int shift(int parts) {
    return Math.clamp(bits(span) - bits(parts), 0, Long.SIZE - 1);
  }

  private static int bits(long number) {
    return Long.SIZE - Long.numberOfLeadingZeros(number);
  }

  private static long lowOf(int start, long[] low) {
    return low.length == 0 ? 0 : low[start];
  }

  /** The last upper half in a range that has another one behind it. */
  private static long lastOf(int range, long[] high, long[] low) {
    return lowOf(range + 1, low) == 0 ? high[range + 1] - 1 : high[range + 1];
  }

  private int cell(long start) {
    return (int) ((start - first) >>> cellShift);
  }

  /** The value of the address; {@link #NONE} where no block holds it. */
  int find(long addressHigh, long addressLow) {
    long wanted = addressHigh ^ Long.MIN_VALUE;
    long place = wanted - first;
    if (wanted < first) {
      return NONE;
    }
    if (Long.compareUnsigned(place, span) > 0) {
      return last;
    }
    if (!cells.get((int) (place >>> cellShift))) {
      return NONE;
    }
    int bucket = (int) (place >>> shift);
    return ranges.find(buckets[bucket], buckets[bucket + 1], place & (1L << shift) - 1, addressLow);
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
    return ranges.octets() + 4L * buckets.length + cells.size() / Byte.SIZE;
  }
}
