package org.impetusmta.audit;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** Counts by text. Concurrent; a new key may wait for another, one that is there does not. */
final class TextCounts implements KeyCounts {
  private final ConcurrentHashMap<String, AtomicLong> counts = new ConcurrentHashMap<>();
  private final LongAdder total = new LongAdder();
  private final AtomicLong taken = new AtomicLong();
  private final Budget budget;

  TextCounts(Budget budget) {
    this.budget = budget;
  }

  @Override
  public boolean add(Key key, long delta) {
    total.add(delta);
    String text = text(key);
    AtomicLong count = counts.get(text);
    if (count == null) {
      if (!budget.take()) {
        return false;
      }
      count = new AtomicLong();
      AtomicLong raced = counts.putIfAbsent(text, count);
      if (raced == null) {
        taken.incrementAndGet();
      } else {
        budget.give(1);
        count = raced;
      }
    }
    count.addAndGet(delta);
    return true;
  }

  @Override
  public long count(Key key) {
    @Nullable AtomicLong count = counts.get(text(key));
    return count == null ? 0 : count.get();
  }

  @Override
  public long total() {
    return total.sum();
  }

  @Override
  public void remove(Key key) {
    AtomicLong count = counts.remove(text(key));
    if (count != null) {
      total.add(-count.getAndSet(0));
      taken.decrementAndGet();
      budget.give(1);
    }
  }

  @Override
  public void forEach(Visitor visitor) {
    counts.forEach(
        (key, count) -> {
          long now = count.get();
          if (now != 0) {
            visitor.key(key, now);
          }
        });
  }

  @Override
  public void drain(Visitor visitor) {
    counts.forEach(
        (key, count) -> {
          long was = count.getAndSet(0);
          if (was != 0) {
            visitor.key(key, was);
          }
        });
  }

  @Override
  public long close() {
    return taken.getAndSet(0);
  }

  @Override
  public long size() {
    return counts.size();
  }

  private static String text(Key key) {
    return switch (key) {
      case Text text -> text.text();
      case Block block -> block.cidr().toString();
    };
  }
}
