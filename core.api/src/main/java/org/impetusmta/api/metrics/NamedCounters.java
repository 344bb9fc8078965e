package org.impetusmta.api.metrics;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Counters by name, {@code /vendor/sample}, of scripts and modules; an OSGi service of the core.
 * They live until the server ends or somebody unlinks them. Concurrent; adding never contends.
 * Source: console_commands.counter, lua.ref.msys.counter.open.
 */
@ProviderType
public interface NamedCounters {
  /**
   * The counter of that name, a new one at 0 where there is none.
   *
   * @throws IllegalArgumentException when it can be no name: 1 to 255 visible characters
   * @throws IllegalStateException when there are too many counters
   */
  Counter open(String name);

  /** The counter of that name. */
  Optional<Counter> find(String name);

  /** All, in the order of their names. */
  List<Counter> all();

  /**
   * Forgets a counter; who holds it counts on, unseen.
   *
   * @return whether there was one
   */
  boolean unlink(String name);

  /** A number that is added to. */
  @ProviderType
  interface Counter {
    String name();

    void add(long delta);

    /** What was added since it began or was reset; jobs that add meanwhile may be missed. */
    long value();

    /** Sets it to 0. */
    void reset();

    /** When it began or was reset. */
    Instant since();
  }
}
