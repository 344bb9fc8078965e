package org.impetusmta.core.queue;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** What each binding has received, delivered and failed since the last reset. Concurrent. */
final class BindingCounts {
  /** The counts of one binding. */
  static final class Of {
    final LongAdder received = new LongAdder();
    final LongAdder delivered = new LongAdder();
    final LongAdder failed = new LongAdder();
    final LongAdder connections = new LongAdder();
  }

  private final Map<String, Of> bindings = new ConcurrentHashMap<>();

  Of of(String binding) {
    Of known = bindings.get(binding);
    return known == null ? bindings.computeIfAbsent(binding, _ -> new Of()) : known;
  }

  /** Zeroes all but the connections that are open. */
  void reset() {
    bindings
        .values()
        .forEach(
            of -> {
              of.received.reset();
              of.delivered.reset();
              of.failed.reset();
            });
  }
}
