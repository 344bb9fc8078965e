package org.impetusmta.spool;

import java.util.function.BooleanSupplier;
import org.impetusmta.api.config.Configuration;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;

/**
 * {@code force_fsync} of the generation in force, looked up once for each generation. Concurrent.
 */
final class ForceFsync implements BooleanSupplier {
  private final Configuration configuration;
  private volatile Known known;

  private record Known(long generation, boolean value) {
    static Known of(Generation generation) {
      return new Known(
          generation.number(),
          generation.options(SpoolOptions.class, ScopePath.GLOBAL).forceFsync());
    }
  }

  ForceFsync(Configuration configuration) {
    this.configuration = configuration;
    this.known = Known.of(configuration.current());
  }

  @Override
  public boolean getAsBoolean() {
    Generation current = configuration.current();
    Known last = known;
    if (current.number() != last.generation) {
      last = Known.of(current);
      known = last;
    }
    return last.value;
  }
}
