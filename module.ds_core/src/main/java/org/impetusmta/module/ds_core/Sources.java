package org.impetusmta.module.ds_core;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.impetusmta.api.datasource.DatasourceException;
import org.impetusmta.api.datasource.DatasourceSettings;

/** The URIs of a datasource, asked in turn. Concurrent; asking blocks. */
final class Sources {
  private final String datasource;
  private final List<Source> all = new ArrayList<>();
  private final AtomicInteger turn = new AtomicInteger();

  Sources(
      DatasourceOptions options,
      Drivers drivers,
      DatasourceSettings settings,
      LongSupplier nanoTime) {
    datasource = settings.datasource();
    for (String uri : options.uri()) {
      all.add(new Source(all.size() + 1, uri, drivers, settings, options, nanoTime));
    }
  }

  /**
   * Asks the URI whose turn it is, and the others while one has no connection.
   *
   * @param repeatable whether it may be done at another URI when one broke off in the middle
   */
  <T> T with(Source.Work<T> work, boolean repeatable) throws DatasourceException {
    int first = Math.floorMod(turn.getAndIncrement(), all.size());
    DatasourceException last = null;
    String dead = "";
    for (int i = 0; i < all.size(); i++) {
      Source source = all.get((first + i) % all.size());
      if (source.dead()) {
        dead = source.lastFailure();
        continue;
      }
      boolean[] begun = {false};
      try {
        return source.with(
            connection -> {
              begun[0] = true;
              return work.on(connection);
            },
            repeatable);
      } catch (DatasourceException e) {
        if (!e.connectionLost() || (begun[0] && !repeatable)) {
          throw e;
        }
        last = e;
      }
    }
    if (last != null) {
      throw last;
    }
    throw new DatasourceException(
        "datasource " + datasource + ": none of its URIs answers: " + dead);
  }

  void tidy() {
    all.forEach(Source::tidy);
  }

  /** Closes idle connections of a driver that goes. */
  void clear(java.util.Set<String> driverNames) {
    all.stream().filter(s -> driverNames.contains(s.driverName())).forEach(Source::clear);
  }

  void close() {
    all.forEach(Source::close);
  }

  int connections() {
    return all.stream().mapToInt(Source::connections).sum();
  }
}
