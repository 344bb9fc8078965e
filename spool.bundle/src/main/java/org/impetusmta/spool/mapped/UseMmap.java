package org.impetusmta.spool.mapped;

import java.util.function.BooleanSupplier;
import org.impetusmta.api.config.Configuration;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.spool.MappingOptions;

/** {@code use_mmap} of the generation in force, looked up once for each generation. Concurrent. */
public final class UseMmap implements BooleanSupplier {
  private final Configuration configuration;
  private volatile Known known = new Known(-1, false);

  private record Known(long generation, boolean value) {}

  public UseMmap(Configuration configuration) {
    this.configuration = configuration;
  }

  @Override
  public boolean getAsBoolean() {
    Generation current = configuration.current();
    Known now = known;
    if (now.generation() != current.number()) {
      now =
          new Known(
              current.number(), current.options(MappingOptions.class, ScopePath.GLOBAL).useMmap());
      known = now;
    }
    return now.value();
  }
}
