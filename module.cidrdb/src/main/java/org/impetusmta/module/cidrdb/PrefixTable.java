package org.impetusmta.module.cidrdb;

import java.net.InetAddress;
import java.util.Arrays;
import org.impetusmta.api.config.Cidr;
import org.jspecify.annotations.Nullable;

/**
 * Network blocks of one family and a value for each, made for asking: the blocks are cut into
 * ranges that do not overlap, each with the value of the longest prefix that covers it. The starts
 * of the ranges are sorted numbers in flat arrays (IPv4 in the upper half of {@code high}, without
 * {@code low}); a table of {@value #BUCKETS} buckets over the range of the starts says where to
 * begin the binary search. A block costs two ranges at most, so 24 octets in IPv4 and 40 in IPv6.
 * Immutable; looking up allocates nothing.
 */
final class PrefixTable {
  /** No block holds the address. */
  static final int NONE = 0;

  private static final int BUCKET_BITS = 16;
  static final int BUCKETS = 1 << BUCKET_BITS;

  /** Starts of ranges, flipped so that they compare as signed numbers. */
  private final long[] high;

  private final long @Nullable [] low;
  private final int[] values;

  /** The first range whose start lies in a bucket or behind it. */
  private final int[] buckets;

  private final long first;
  private final int shift;

  PrefixTable(long[] high, long @Nullable [] low, int[] values) {
    this.high = high;
    this.low = low;
    this.values = values;
    int count = high.length;
    this.first = count == 0 ? 0 : high[0];
    long span = count == 0 ? 0 : high[count - 1] - first;
    this.shift = Math.max(0, Long.SIZE - Long.numberOfLeadingZeros(span) - BUCKET_BITS);
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
    if (high.length == 0) {
      return NONE;
    }
    long wanted = addressHigh ^ Long.MIN_VALUE;
    if (wanted < first) {
      return NONE;
    }
    long bucket = (wanted - first) >>> shift;
    int from;
    int to;
    if (bucket >= buckets.length - 1) {
      from = high.length - 1;
      to = high.length;
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
    return startsBehind(from, wanted, addressLow) ? NONE : values[from];
  }

  private boolean startsBehind(int range, long wantedHigh, long wantedLow) {
    if (high[range] != wantedHigh) {
      return high[range] > wantedHigh;
    }
    long[] lower = low;
    return lower != null && Long.compareUnsigned(lower[range], wantedLow) > 0;
  }

  /** The value of an address of this family. */
  int find(InetAddress address) {
    byte[] octets = address.getAddress();
    return octets.length == 4
        ? find(number(octets, 0, 4) << 32, 0)
        : find(number(octets, 0, 8), number(octets, 8, 16));
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
    return 8L * high.length
        + (low == null ? 0 : 8L * low.length)
        + 4L * values.length
        + 4L * buckets.length;
  }

  /** How many ranges it has. */
  int ranges() {
    return high.length;
  }

  @Override
  public String toString() {
    return Arrays.toString(values);
  }

  private static long number(byte[] octets, int from, int to) {
    long number = 0;
    for (int i = from; i < to; i++) {
      number = number << 8 | (octets[i] & 0xff);
    }
    return number;
  }
}
