package org.impetusmta.audit;

import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.impetusmta.api.config.Cidr;

/**
 * Counts by address, and by the blocks of three lengths around each: 8, 16, 24 for IPv4, 32, 48, 64
 * for IPv6. So any block is counted by few look-ups: one where it has such a length, else those of
 * the next longer ones within it (256 for IPv4 at most), or a walk through all keys where that is
 * less. Concurrent; takes no lock but to put a table in its place. Tables grow by adding one, up to
 * four times as large.
 */
final class AddressCounts implements KeyCounts {
  private static final int[] LEVELS4 = {8, 16, 24, 32};
  private static final int[] LEVELS6 = {32, 48, 64, 128};
  private static final int FIRST_SLOTS = 16;
  private static final int SLOWER_GROWTH = 1 << 18;
  private static final int LARGEST = 1 << 24;

  /** Clients choose addresses; they cannot choose where those lie. */
  private static final long SEED = ThreadLocalRandom.current().nextLong();

  /** The number of the keys themselves, beside those of levels. */
  private static final int LEAF = 4;

  private final boolean wide;
  private final int[] levels;
  private final Budget budget;
  private volatile CountTable[] tables = new CountTable[0];
  private final AtomicLong taken = new AtomicLong();
  private final LongAdder total = new LongAdder();

  /** Whether blocks were added, not addresses alone. */
  private volatile boolean blocks;

  AddressCounts(boolean ipv6, Budget budget) {
    this.wide = ipv6;
    this.levels = ipv6 ? LEVELS6 : LEVELS4;
    this.budget = budget;
  }

  @Override
  public boolean add(Key key, long delta) {
    total.add(delta);
    Cidr cidr = cidr(key);
    if (cidr.prefixLength() < levels[3] && !blocks) {
      blocks = true;
    }
    boolean room = true;
    for (int level = 0; level < 3 && levels[level] <= cidr.prefixLength(); level++) {
      Cidr around = new Cidr(wide, cidr.high(), cidr.low(), levels[level]);
      room &= add(around, level + 1, delta);
    }
    boolean own = add(cidr, LEAF, delta);
    return room && own;
  }

  private boolean addIfThere(Cidr cidr, int kind, long delta) {
    long hash = hash(cidr, kind);
    long tag = tag(cidr, kind, hash);
    for (CountTable table : tables) {
      if (table.addIfThere(hash, tag, cidr.high(), cidr.low(), delta)) {
        return true;
      }
    }
    return false;
  }

  private boolean add(Cidr cidr, int kind, long delta) {
    if (addIfThere(cidr, kind, delta)) {
      return true;
    }
    if (!budget.take()) {
      return false;
    }
    taken.incrementAndGet();
    long hash = hash(cidr, kind);
    long tag = tag(cidr, kind, hash);
    while (true) {
      CountTable[] all = tables;
      if (all.length > 0 && all[all.length - 1].enter(hash, tag, cidr.high(), cidr.low(), delta)) {
        return true;
      }
      grow(all);
    }
  }

  private void grow(CountTable[] all) {
    int last = all.length == 0 ? 0 : all[all.length - 1].slots();
    int slots = last == 0 ? FIRST_SLOTS : last < SLOWER_GROWTH ? last * 4 : last * 2;
    CountTable[] more = Arrays.copyOf(all, all.length + 1);
    more[all.length] = new CountTable(Math.min(slots, LARGEST), wide);
    synchronized (this) {
      if (tables == all) {
        tables = more;
      }
    }
  }

  @Override
  public long count(Key key) {
    Cidr cidr = cidr(key);
    if (cidr.prefixLength() == 0) {
      return total.sum();
    }
    int next = 0;
    while (levels[next] < cidr.prefixLength()) {
      next++;
    }
    int kind = next == 3 ? LEAF : next + 1;
    int spread = levels[next] - cidr.prefixLength();
    if (spread == 0) {
      return lookup(cidr, kind);
    }
    if (blocks || spread > 30 || 1L << spread > taken.get()) {
      return walk(cidr);
    }
    long sum = 0;
    long step = 1L << (wide ? Math.max(0, 64 - levels[next]) : 32 - levels[next]);
    for (long i = 0; i < 1L << spread; i++) {
      boolean upper = wide && levels[next] <= 64;
      long high = upper ? cidr.high() + i * step : cidr.high();
      long low = upper ? cidr.low() : cidr.low() + i * step;
      sum += lookup(new Cidr(wide, high, low, levels[next]), kind);
    }
    return sum;
  }

  private long lookup(Cidr cidr, int kind) {
    long hash = hash(cidr, kind);
    long tag = tag(cidr, kind, hash);
    long sum = 0;
    for (CountTable table : tables) {
      sum += table.count(hash, tag, cidr.high(), cidr.low());
    }
    return sum;
  }

  /** Sums the keys within. */
  private long walk(Cidr within) {
    long[] sum = {0};
    leaves(
        (table, slot) -> {
          Cidr key = key(table, slot);
          if (key.prefixLength() >= within.prefixLength()
              && new Cidr(wide, key.high(), key.low(), within.prefixLength()).equals(within)) {
            sum[0] += table.count(slot);
          }
        });
    return sum[0];
  }

  @Override
  public long total() {
    return total.sum();
  }

  @Override
  public void remove(Key key) {
    Cidr cidr = cidr(key);
    long hash = hash(cidr, LEAF);
    long tag = tag(cidr, LEAF, hash);
    long sum = 0;
    for (CountTable table : tables) {
      sum += table.drain(hash, tag, cidr.high(), cidr.low());
    }
    if (sum == 0) {
      return;
    }
    total.add(-sum);
    for (int level = 0; level < 3 && levels[level] <= cidr.prefixLength(); level++) {
      Cidr around = new Cidr(wide, cidr.high(), cidr.low(), levels[level]);
      boolean _ = addIfThere(around, level + 1, -sum);
    }
  }

  @Override
  public void forEach(Visitor visitor) {
    leaves((table, slot) -> visitor.key(key(table, slot).toString(), table.count(slot)));
  }

  @Override
  public void drain(Visitor visitor) {
    leaves(
        (table, slot) -> {
          String key = key(table, slot).toString();
          long was = table.drain(slot);
          if (was != 0) {
            visitor.key(key, was);
          }
        });
  }

  private void leaves(CountTable.Visitor visitor) {
    for (CountTable table : tables) {
      table.forEach(
          (same, slot) -> {
            if ((same.tag(slot) & 7) == LEAF) {
              visitor.entry(same, slot);
            }
          });
    }
  }

  @Override
  public long close() {
    return taken.getAndSet(0);
  }

  @Override
  public long size() {
    return taken.get();
  }

  private static Cidr cidr(Key key) {
    return switch (key) {
      case Block block -> block.cidr();
      case Text text -> Cidr.parse(text.text());
    };
  }

  // keys: of IPv4 the tag is all, address << 11 | length << 3 | kind; of IPv6 it has 53 bits of the
  // hash instead of the address

  private static long hash(Cidr cidr, int kind) {
    return mix(cidr.high() + mix(cidr.low() ^ SEED) + (((long) cidr.prefixLength() << 3) | kind));
  }

  private long tag(Cidr cidr, int kind, long hash) {
    return (wide ? (hash & ~0x7ffL) : (cidr.low() << 11))
        | ((long) cidr.prefixLength() << 3)
        | kind;
  }

  private Cidr key(CountTable table, int slot) {
    long tag = table.tag(slot);
    int length = (int) ((tag >>> 3) & 0xff);
    return wide
        ? new Cidr(true, table.high(slot), table.low(slot), length)
        : new Cidr(false, 0, tag >>> 11, length);
  }

  /** The last step of MurmurHash3. */
  private static long mix(long value) {
    long h = value;
    h ^= h >>> 33;
    h *= 0xff51afd7ed558ccdL;
    h ^= h >>> 33;
    h *= 0xc4ceb9fe1a85ec53L;
    return h ^ (h >>> 33);
  }
}
