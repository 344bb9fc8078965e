package org.impetusmta.audit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Map;
import org.impetusmta.api.audit.Series;
import org.impetusmta.api.audit.SeriesItem;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.scheduler.Scheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes what is added to series in each period, a {@link Snapshot} for each series and period:
 * {@code FOLDER/spam.20080424T200000}, by the clock of this machine at the end of the period.
 * Periods end at whole multiples of their length since 1970. A period in which nothing was added
 * has no file. What cannot be written is told to the log and written with the next period's.
 *
 * <p>Concurrent; files are written in the pool IO.
 */
public final class SeriesJournal {
  /** The time in a file's name. */
  public static final DateTimeFormatter STAMP = DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss");

  private static final Logger LOG = LoggerFactory.getLogger(SeriesJournal.class);

  private final Path folder;
  private final int seconds;
  private final Scheduler scheduler;
  private final ZoneId zone;

  /** All below is guarded by this. */
  private final Map<Series, Kept> kept = new LinkedHashMap<>();

  private EventLoop.@Nullable Timer timer;
  private boolean ended;

  /** A series, what it gathers, and what could not be written yet. */
  private static final class Kept {
    final Series.Gathering gathering;
    final Map<String, Long> owed = new LinkedHashMap<>();
    long from;

    Kept(Series.Gathering gathering, long from) {
      this.gathering = gathering;
      this.from = from;
    }
  }

  /**
   * @param seconds of a period
   */
  public SeriesJournal(Path folder, int seconds, Scheduler scheduler, ZoneId zone) {
    this.folder = folder;
    this.seconds = seconds;
    this.scheduler = scheduler;
    this.zone = zone;
  }

  /** Begins with a series, unless it has it. */
  public synchronized void add(Series series) {
    if (!ended && !kept.containsKey(series)) {
      kept.put(series, new Kept(series.gather(), now()));
      if (timer == null) {
        await();
      }
    }
  }

  private long now() {
    return Math.floorDiv(scheduler.clock().millis(), 1_000L);
  }

  private void await() {
    long millis = seconds * 1_000L;
    long left = millis - Math.floorMod(scheduler.clock().millis(), millis);
    timer =
        scheduler
            .loops()
            .getFirst()
            .schedule(() -> scheduler.pool("IO").execute(this::due), Duration.ofMillis(left));
  }

  private synchronized void due() {
    if (!ended) {
      write();
      await();
    }
  }

  private void write() {
    long to = now() - Math.floorMod(now(), (long) seconds);
    kept.forEach((series, one) -> write(series, one, to));
  }

  /** A name that no file has; one that ended in the same second keeps its own. */
  private Path free(String series, long to) {
    long second = to;
    while (true) {
      String name = series + "." + STAMP.format(Instant.ofEpochSecond(second).atZone(zone));
      Path file = folder.resolve(name);
      if (!Files.exists(file) && !Files.exists(folder.resolve(name + ".gz"))) {
        return file;
      }
      second++;
    }
  }

  private void write(Series series, Kept one, long to) {
    String name = series.definition().name();
    Path file = free(name, to);
    Map<String, Long> items = one.owed;
    one.gathering.take(item -> items.merge(item.key(), item.count(), Long::sum));
    try {
      boolean _ =
          Snapshot.write(
              file,
              new Snapshot.Head(
                  name, series.definition().type(), series.definition().parameters(), ""),
              sink -> {
                sink.window(one.from, to);
                for (Map.Entry<String, Long> item : items.entrySet()) {
                  if (item.getValue() != 0) {
                    sink.item(new SeriesItem(item.getKey(), item.getValue()));
                  }
                }
              });
      items.clear();
      one.from = to;
    } catch (IOException e) {
      LOG.error("audit series {} is not written to {}: {}", name, file, e.toString());
    }
  }

  /** Writes what there is of the period and ends. Blocks. */
  public synchronized void end() {
    if (ended) {
      return;
    }
    ended = true;
    EventLoop.Timer waiting = timer;
    if (waiting != null) {
      waiting.cancel();
    }
    long now = now();
    kept.forEach((series, one) -> write(series, one, now));
    kept.values().forEach(one -> one.gathering.close());
    kept.clear();
  }
}
