package org.impetusmta.core.metrics;

import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;
import org.impetusmta.api.metrics.NamedCounters;
import org.impetusmta.api.scheduler.Scheduler;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Counters by name. Concurrent. Source: console_commands.counter. */
@Component(service = NamedCounters.class)
public final class CounterTable implements NamedCounters {
  /** Most counters, lest a script that makes names of addresses fills the heap. */
  static final int MOST = 100_000;

  private static final int LONGEST = 255;

  private final ConcurrentSkipListMap<String, One> counters = new ConcurrentSkipListMap<>();
  private final InstantSource clock;

  @Activate
  public CounterTable(@Reference Scheduler scheduler) {
    this(scheduler.clock());
  }

  CounterTable(InstantSource clock) {
    this.clock = clock;
  }

  @Override
  public Counter open(String name) {
    One found = counters.get(name);
    return found == null ? make(name) : found;
  }

  private Counter make(String name) {
    if (name.isEmpty()
        || name.length() > LONGEST
        || !name.chars().allMatch(c -> c > ' ' && c != 0x7f)) {
      throw new IllegalArgumentException(
          "the name of a counter has 1 to " + LONGEST + " visible characters");
    }
    if (counters.size() >= MOST) {
      throw new IllegalStateException("there are " + MOST + " counters: no more");
    }
    return counters.computeIfAbsent(name, _ -> new One(name, clock));
  }

  @Override
  public Optional<Counter> find(String name) {
    return Optional.ofNullable(counters.get(name));
  }

  @Override
  public List<Counter> all() {
    return List.copyOf(counters.values());
  }

  @Override
  public boolean unlink(String name) {
    return counters.remove(name) != null;
  }

  private static final class One implements Counter {
    private final String name;
    private final InstantSource clock;
    private final LongAdder value = new LongAdder();
    private volatile Instant since;

    One(String name, InstantSource clock) {
      this.name = name;
      this.clock = clock;
      this.since = clock.instant();
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public void add(long delta) {
      value.add(delta);
    }

    @Override
    public long value() {
      return value.sum();
    }

    @Override
    public void reset() {
      value.reset();
      since = clock.instant();
    }

    @Override
    public Instant since() {
      return since;
    }
  }
}
