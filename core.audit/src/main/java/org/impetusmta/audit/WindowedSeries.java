package org.impetusmta.audit;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.impetusmta.api.audit.AuditWatch;
import org.impetusmta.api.audit.Replication;
import org.impetusmta.api.audit.Series;
import org.impetusmta.api.audit.SeriesDefinition;
import org.impetusmta.api.audit.SeriesItem;
import org.impetusmta.api.audit.SeriesType;
import org.impetusmta.api.config.Cidr;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A series as a ring of windows. A window is made by the first who adds to it and forgotten when
 * its place is needed, or with {@link #forgetStale}; where there is no room for a new key the
 * oldest window goes first, and if only the current one is left the key counts in the blocks around
 * it and in the total. Concurrent; adding takes no lock.
 */
final class WindowedSeries implements Series {
  /** Keys, and blocks around them, that a series has at most in all windows. */
  static final long MOST_ENTRIES = 2_000_000;

  private static final int LONGEST_KEY = 1024;
  private static final Logger LOG = LoggerFactory.getLogger(WindowedSeries.class);

  private final SeriesDefinition definition;
  private final InstantSource clock;
  private final Supplier<List<AuditWatch>> watches;
  private final Budget budget;
  private final AtomicReferenceArray<@Nullable Window> ring;
  private final List<Gathered> gatherings = new CopyOnWriteArrayList<>();
  private final AtomicBoolean full = new AtomicBoolean();

  /** What a journal gathers until it is looked at, and how many began to add to it and ended. */
  private record Part(KeyCounts counts, LongAdder entered, LongAdder left) {
    Part(KeyCounts counts) {
      this(counts, new LongAdder(), new LongAdder());
    }
  }

  /** What was counted from {@code number * interval} on. */
  private record Window(long number, KeyCounts counts) {}

  /**
   * @param watches told of changes; asked for each
   */
  WindowedSeries(
      SeriesDefinition definition, InstantSource clock, Supplier<List<AuditWatch>> watches) {
    this(definition, clock, watches, Budget.of(MOST_ENTRIES));
  }

  WindowedSeries(
      SeriesDefinition definition,
      InstantSource clock,
      Supplier<List<AuditWatch>> watches,
      Budget budget) {
    this.definition = definition;
    this.clock = clock;
    this.watches = watches;
    this.budget = budget;
    this.ring = new AtomicReferenceArray<>(definition.windows() + 1);
  }

  @Override
  public SeriesDefinition definition() {
    return definition;
  }

  @Override
  public void add(Cidr key, long delta) {
    add(checked(key), delta);
    tell(() -> key.toString(), delta);
  }

  @Override
  public void add(String key, long delta) {
    KeyCounts.Key found = key(key);
    add(found, delta);
    tell(() -> text(found), delta);
  }

  private void add(KeyCounts.Key key, long delta) {
    add(window(current()), key, delta);
    for (Gathered gathering : gatherings) {
      gathering.add(key, delta);
    }
  }

  private void tell(Supplier<String> key, long delta) {
    if (definition.replicate() != Replication.NONE) {
      for (AuditWatch watch : watches.get()) {
        watch.added(definition, key.get(), delta);
      }
    }
  }

  @Override
  public void merge(String key, long delta, long epochSeconds) {
    KeyCounts.Key found = key(key);
    long current = current();
    long number = Math.min(Math.floorDiv(epochSeconds, definition.interval()), current);
    if (number >= current - definition.windows()) {
      add(window(number), found, delta);
    }
    for (Gathered gathering : gatherings) {
      if (epochSeconds >= gathering.began) {
        gathering.add(found, delta);
      }
    }
  }

  private void add(Window window, KeyCounts.Key key, long delta) {
    if (window.counts().add(key, delta)) {
      return;
    }
    // the delta counts in the total and in some blocks already: only room is made, for later keys
    if (!forgetOldest(window.number()) && full.compareAndSet(false, true)) {
      LOG.warn(
          "audit series {}: no room for more than {} keys; others count in their blocks alone",
          definition.name(),
          budget.used());
    }
  }

  private long current() {
    return Math.floorDiv(seconds(), definition.interval());
  }

  private long seconds() {
    return Math.floorDiv(clock.millis(), 1_000L);
  }

  private int place(long number) {
    return Math.floorMod(number, ring.length());
  }

  /** The window of that number, a new one where there is none; a newer one in its place. */
  private Window window(long number) {
    int place = place(number);
    while (true) {
      Window there = ring.get(place);
      if (there != null && there.number() >= number) {
        return there;
      }
      Window fresh = new Window(number, counts(budget));
      if (ring.compareAndSet(place, there, fresh)) {
        if (there != null) {
          budget.give(there.counts().close());
        }
        full.set(false);
        return fresh;
      }
    }
  }

  private KeyCounts counts(Budget from) {
    return definition.type() == SeriesType.STRING
        ? new TextCounts(from)
        : new AddressCounts(definition.type() == SeriesType.CIDR_IPV6, from);
  }

  /** Forgets the oldest window but the current one; false where there is none. */
  private boolean forgetOldest(long current) {
    Window oldest = null;
    for (int i = 0; i < ring.length(); i++) {
      Window window = ring.get(i);
      if (window != null
          && window.number() != current
          && window.counts().size() > 0
          && (oldest == null || window.number() < oldest.number())) {
        oldest = window;
      }
    }
    if (oldest == null) {
      return false;
    }
    if (ring.compareAndSet(place(oldest.number()), oldest, null)) {
      budget.give(oldest.counts().close());
      LOG.warn(
          "audit series {}: too many keys: what was counted {} windows ago is forgotten",
          definition.name(),
          current - oldest.number());
    }
    return true;
  }

  /** Frees the memory of windows that nobody can ask for any more. */
  void forgetStale() {
    long oldest = current() - definition.windows();
    for (int i = 0; i < ring.length(); i++) {
      Window window = ring.get(i);
      if (window != null && window.number() < oldest && ring.compareAndSet(i, window, null)) {
        budget.give(window.counts().close());
      }
    }
  }

  private List<KeyCounts> windows(int first, int last) {
    if (first < 0 || last < first || last > definition.windows()) {
      throw new IllegalArgumentException(
          "windows %d to %d: there are 0 to %d".formatted(first, last, definition.windows()));
    }
    long current = current();
    List<KeyCounts> found = new ArrayList<>();
    for (int i = first; i <= last; i++) {
      Window window = ring.get(place(current - i));
      if (window != null && window.number() == current - i) {
        found.add(window.counts());
      }
    }
    return found;
  }

  @Override
  public long count(Cidr key, int first, int last) {
    return count(checked(key), first, last);
  }

  @Override
  public long count(String key, int first, int last) {
    return count(key(key), first, last);
  }

  private long count(KeyCounts.Key key, int first, int last) {
    long sum = 0;
    for (KeyCounts window : windows(first, last)) {
      sum += window.count(key);
    }
    return sum;
  }

  @Override
  public long total(int first, int last) {
    long sum = 0;
    for (KeyCounts window : windows(first, last)) {
      sum += window.total();
    }
    return sum;
  }

  @Override
  public double estimate(Cidr key) {
    double interval = definition.interval() * 1_000.0;
    double passed = Math.floorMod(clock.millis(), definition.interval() * 1_000L) / interval;
    return count(key, 0, 0) + (1 - passed) * count(key, 1, 1);
  }

  @Override
  public void removeItem(String key) {
    KeyCounts.Key found = key(key);
    for (int i = 0; i < ring.length(); i++) {
      Window window = ring.get(i);
      if (window != null) {
        window.counts().remove(found);
      }
    }
    if (definition.replicate() != Replication.NONE) {
      watches.get().forEach(watch -> watch.removed(definition, text(found)));
    }
  }

  @Override
  public void forEach(int first, int last, Consumer<SeriesItem> visitor) {
    List<KeyCounts> windows = windows(first, last);
    if (windows.size() == 1) {
      windows.getFirst().forEach((key, count) -> visitor.accept(new SeriesItem(key, count)));
      return;
    }
    Map<String, Long> sums = new HashMap<>();
    for (KeyCounts window : windows) {
      window.forEach((key, count) -> sums.merge(key, count, Long::sum));
    }
    sums.forEach(
        (key, count) -> {
          if (count != 0) {
            visitor.accept(new SeriesItem(key, count));
          }
        });
  }

  @Override
  public List<SeriesItem> items(int first, int last) {
    List<SeriesItem> items = new ArrayList<>();
    forEach(first, last, items::add);
    return items;
  }

  @Override
  public Gathering gather() {
    Gathered gathering = new Gathered();
    gatherings.add(gathering);
    return gathering;
  }

  private KeyCounts.Key key(String key) {
    if (definition.type() != SeriesType.STRING) {
      return checked(Cidr.parse(key));
    }
    if (key.isEmpty() || key.length() > LONGEST_KEY) {
      throw new IllegalArgumentException(
          "a key of " + definition.name() + " has 1 to " + LONGEST_KEY + " characters");
    }
    return new KeyCounts.Text(key);
  }

  private KeyCounts.Key checked(Cidr key) {
    SeriesType type = definition.type();
    if (type == SeriesType.STRING || key.ipv6() != (type == SeriesType.CIDR_IPV6)) {
      throw new IllegalArgumentException(
          "audit series %s is of type %s: %s cannot be its key"
              .formatted(definition.name(), type.text(), key));
    }
    return new KeyCounts.Block(key);
  }

  private static String text(KeyCounts.Key key) {
    return switch (key) {
      case KeyCounts.Text text -> text.text();
      case KeyCounts.Block block -> block.cidr().toString();
    };
  }

  /** What was added since; who adds while it is taken is found the next time. */
  private final class Gathered implements Gathering {
    /** What is merged from before was in a journal already. */
    private final long began = seconds();

    private final Budget own = Budget.of(MOST_ENTRIES);
    private volatile @Nullable Part now = new Part(counts(own));

    void add(KeyCounts.Key key, long delta) {
      while (true) {
        Part part = now;
        if (part == null) {
          return;
        }
        part.entered.increment();
        try {
          if (part == now) {
            boolean _ = part.counts.add(key, delta);
            return;
          }
        } finally {
          part.left.increment();
        }
      }
    }

    @Override
    public void take(Consumer<SeriesItem> visitor) {
      Part full = now == null ? null : exchange(new Part(counts(own)));
      if (full != null) {
        full.counts.drain((key, count) -> visitor.accept(new SeriesItem(key, count)));
        own.give(full.counts.close());
      }
    }

    /** Puts another in the place of what is added to; nobody adds to what is given back. */
    private @Nullable Part exchange(@Nullable Part next) {
      Part part = now;
      now = next;
      if (part != null) {
        // who entered before sees it through; who enters later finds that it is not the one
        while (part.left.sum() != part.entered.sum()) {
          Thread.yield();
        }
      }
      return part;
    }

    @Override
    public void close() {
      gatherings.remove(this);
      Part last = exchange(null);
      if (last != null) {
        own.give(last.counts.close());
      }
    }
  }
}
