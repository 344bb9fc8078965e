package org.impetusmta.spool.layer;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.impetusmta.api.config.Configuration;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.hook.SpoolSuppression;
import org.impetusmta.api.spool.UnsafeSpool;

/**
 * The suppression in force, as far as {@code _unsafe_spool} of the generation in force permits it;
 * looked up once for each generation. Concurrent.
 */
public final class Permission implements Supplier<Optional<SpoolSuppression>> {
  private final Configuration configuration;
  private final Supplier<List<SpoolSuppression>> hooks;
  private volatile Known known = new Known(-1, false);

  private record Known(long generation, boolean permitted) {}

  public Permission(Configuration configuration, Supplier<List<SpoolSuppression>> hooks) {
    this.configuration = configuration;
    this.hooks = hooks;
  }

  @Override
  public Optional<SpoolSuppression> get() {
    List<SpoolSuppression> suppressions = hooks.get();
    return suppressions.isEmpty() || !permitted()
        ? Optional.empty()
        : Optional.of(suppressions.getFirst());
  }

  private boolean permitted() {
    Generation current = configuration.current();
    Known last = known;
    if (last.generation != current.number()) {
      last =
          new Known(
              current.number(), current.options(UnsafeSpool.class, ScopePath.GLOBAL).unsafeSpool());
      known = last;
    }
    return last.permitted;
  }
}
