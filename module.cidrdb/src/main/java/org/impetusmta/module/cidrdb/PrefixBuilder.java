package org.impetusmta.module.cidrdb;

import java.util.Arrays;

/**
 * Gathers the blocks of one family in flat arrays and cuts them into the ranges of a {@link
 * PrefixTable}. The longest prefix wins; of equal ones an exclusion ({@link PrefixTable#NONE}),
 * else the last that was added. Single.
 */
final class PrefixBuilder {
  private final boolean ipv6;
  private long[] high = new long[16];
  private long[] low = new long[0];
  private byte[] length = new byte[16];
  private int[] value = new int[16];
  private int size;

  PrefixBuilder(boolean ipv6) {
    this.ipv6 = ipv6;
    if (ipv6) {
      low = new long[16];
    }
  }

  int size() {
    return size;
  }

  /**
   * Adds a block.
   *
   * @param blockLength of the prefix, in bits of the upper 32 for IPv4
   * @param blockValue {@link PrefixTable#NONE} excludes
   */
  void add(long blockHigh, long blockLow, int blockLength, int blockValue) {
    if (size == high.length) {
      int more = Math.max(size + 16, size + (size >> 1));
      high = Arrays.copyOf(high, more);
      length = Arrays.copyOf(length, more);
      value = Arrays.copyOf(value, more);
      if (ipv6) {
        low = Arrays.copyOf(low, more);
      }
    }
    high[size] = blockHigh;
    if (ipv6) {
      low[size] = blockLow;
    }
    length[size] = (byte) blockLength;
    value[size] = blockValue;
    size++;
  }

  /** Cuts them. */
  PrefixTable build() {
    return new Ranges(sorted()).cut();
  }

  private long lowOf(int at) {
    return ipv6 ? low[at] : 0;
  }

  private int lengthOf(int at) {
    return length[at] & 0xff;
  }

  /** Their places by start, the shorter prefix first, the one that wins last. */
  private int[] sorted() {
    int[] order = new int[size];
    boolean inOrder = true;
    for (int i = 0; i < size; i++) {
      order[i] = i;
      inOrder &= i == 0 || compare(i - 1, i) <= 0;
    }
    if (!inOrder) {
      sort(order.clone(), order, 0, size);
    }
    return order;
  }

  /** Merges the sorted halves of {@code from} into {@code to}; both begin equal. */
  private void sort(int[] from, int[] to, int begin, int end) {
    if (end - begin < 2) {
      return;
    }
    int middle = (begin + end) >>> 1;
    sort(to, from, begin, middle);
    sort(to, from, middle, end);
    int left = begin;
    int right = middle;
    for (int i = begin; i < end; i++) {
      boolean takeLeft = left < middle && (right >= end || compare(from[left], from[right]) <= 0);
      to[i] = takeLeft ? from[left++] : from[right++];
    }
  }

  private int compare(int a, int b) {
    int order = Long.compareUnsigned(high[a], high[b]);
    if (order == 0 && ipv6) {
      order = Long.compareUnsigned(low[a], low[b]);
    }
    if (order == 0) {
      order = Integer.compare(lengthOf(a), lengthOf(b));
    }
    if (order == 0) {
      order = Boolean.compare(value[a] == PrefixTable.NONE, value[b] == PrefixTable.NONE);
    }
    return order == 0 ? Integer.compare(a, b) : order;
  }

  /** The sweep over the sorted blocks: those that are open lie on a stack, one in the other. */
  private final class Ranges {
    private final int[] order;
    private final int[] open = new int[130];
    private int depth;
    private final long[] starts = new long[2 * size + 1];
    private final long[] lowStarts = new long[ipv6 ? 2 * size + 1 : 0];
    private final int[] values = new int[2 * size + 1];
    private int count;

    Ranges(int[] order) {
      this.order = order;
    }

    PrefixTable cut() {
      for (int block : order) {
        closeBefore(block);
        if (depth > 0 && same(open[depth - 1], block)) {
          depth--;
        }
        open[depth++] = block;
        emit(high[block], lowOf(block), value[block]);
      }
      while (depth > 0) {
        close();
      }
      return new PrefixTable(
          Arrays.copyOf(starts, count),
          Arrays.copyOf(lowStarts, ipv6 ? count : 0),
          Arrays.copyOf(values, count));
    }

    private boolean same(int a, int b) {
      return high[a] == high[b] && lowOf(a) == lowOf(b) && lengthOf(a) == lengthOf(b);
    }

    private void closeBefore(int block) {
      while (depth > 0 && !covers(open[depth - 1], block)) {
        close();
      }
    }

    /** Whether the outer block, which starts first, holds the start of the inner one. */
    private boolean covers(int outer, int inner) {
      int bits = lengthOf(outer);
      long mask = bits == 0 ? 0 : bits >= 64 ? -1L : -1L << (64 - bits);
      if ((high[inner] & mask) != high[outer]) {
        return false;
      }
      long lowMask = bits <= 64 ? 0 : -1L << (128 - bits);
      return (lowOf(inner) & lowMask) == lowOf(outer);
    }

    /** Ends the innermost block: behind it the one around it goes on. */
    private void close() {
      int block = open[--depth];
      int bits = lengthOf(block);
      long nextHigh = high[block];
      long nextLow = lowOf(block);
      boolean over;
      if (bits > 64) {
        nextLow += 1L << (128 - bits);
        over = nextLow == 0 && ++nextHigh == 0;
      } else if (bits == 64) {
        over = ++nextHigh == 0;
      } else {
        nextHigh = bits == 0 ? 0 : nextHigh + (1L << (64 - bits));
        over = nextHigh == 0;
      }
      if (!over) {
        emit(nextHigh, nextLow, depth > 0 ? value[open[depth - 1]] : PrefixTable.NONE);
      }
    }

    private void emit(long start, long lowStart, int of) {
      long flipped = start ^ Long.MIN_VALUE;
      if (count > 0
          && starts[count - 1] == flipped
          && (!ipv6 || lowStarts[count - 1] == lowStart)) {
        count--;
      }
      if (count > 0 ? values[count - 1] == of : of == PrefixTable.NONE) {
        return;
      }
      starts[count] = flipped;
      if (ipv6) {
        lowStarts[count] = lowStart;
      }
      values[count++] = of;
    }
  }
}
