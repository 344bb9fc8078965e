package org.impetusmta.module.inbound_audit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import org.impetusmta.api.audit.AuditSeries;
import org.impetusmta.api.audit.Series;
import org.impetusmta.api.audit.SeriesDefinition;
import org.impetusmta.api.audit.SeriesItem;
import org.impetusmta.audit.Snapshot;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files of {@code serialize_dir} that series outlive the server in: {@code NAME}, and {@code
 * NAME@300,6} for further ones of the same name. What this process wrote it never reads itself: it
 * has it in memory. What another wrote is read once and deleted. Blocks; single.
 */
final class KeptSeries {
  private static final Logger LOG = LoggerFactory.getLogger(KeptSeries.class);
  private static final String PROCESS = Snapshot.process();

  private final Path folder;
  private final AuditSeries all;
  private final InstantSource clock;

  KeptSeries(Path folder, AuditSeries all, InstantSource clock) {
    this.folder = folder;
    this.all = all;
    this.clock = clock;
  }

  /** Writes all that are to be kept. */
  void save() {
    for (Series series : all.all()) {
      if (series.definition().persist()) {
        save(series);
      }
    }
  }

  private void save(Series series) {
    SeriesDefinition definition = series.definition();
    Path file = file(series);
    try {
      boolean any =
          Snapshot.write(
              file,
              new Snapshot.Head(
                  definition.name(), definition.type(), definition.parameters(), PROCESS),
              sink -> {
                long now = Math.floorDiv(clock.millis(), 1_000L) / definition.interval();
                for (int i = definition.windows(); i >= 0; i--) {
                  long from = (now - i) * definition.interval();
                  int window = i;
                  Snapshot.of(
                          from,
                          from + definition.interval(),
                          visitor -> series.forEach(window, window, visitor))
                      .write(sink);
                }
              });
      if (!any) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      LOG.error("inbound_audit: {} is not kept: {}", definition.name(), e.toString());
    }
  }

  /** Takes what another process left of a series. */
  void restore(Series series) {
    SeriesDefinition definition = series.definition();
    if (!definition.persist()) {
      return;
    }
    for (Path file : new Path[] {folder.resolve(definition.name()), further(definition)}) {
      try {
        if (Files.isRegularFile(file)) {
          Snapshot.Head head = Snapshot.head(file);
          if (!head.process().equals(PROCESS)
              && head.type() == definition.type()
              && head.parameters().equals(definition.parameters())) {
            read(file, series);
            Files.delete(file);
          }
        }
      } catch (IOException | IllegalArgumentException e) {
        LOG.error("inbound_audit: {} is not restored: {}", definition.name(), e.toString());
      }
    }
  }

  /**
   * Adds what a file has to a series.
   *
   * @return how many items that were
   */
  static long read(Path file, Series series) throws IOException {
    long[] items = {0};
    Snapshot.read(
        file,
        new Snapshot.Visitor() {
          @Override
          public void item(long from, long to, SeriesItem item) {
            items[0]++;
            series.merge(item.key(), item.count(), from);
          }
        });
    return items[0];
  }

  private Path file(Series series) {
    SeriesDefinition definition = series.definition();
    boolean first =
        all.find(definition.name()).map(one -> one.definition().equals(definition)).orElse(true);
    return first ? folder.resolve(definition.name()) : further(definition);
  }

  private Path further(SeriesDefinition definition) {
    return folder.resolve(definition.name() + "@" + definition.parameters());
  }
}
