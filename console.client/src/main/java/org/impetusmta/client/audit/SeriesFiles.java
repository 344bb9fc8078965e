package org.impetusmta.client.audit;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.impetusmta.api.audit.SeriesItem;
import org.impetusmta.api.audit.SeriesType;
import org.impetusmta.api.config.Cidr;
import org.impetusmta.audit.Snapshot;

/**
 * The files {@code SERIES.20080424T200000} of a folder, compressed ({@code .gz}) or not, and a
 * cache of what is in them. Concurrent; blocks.
 */
final class SeriesFiles {
  /** The time in a name. */
  static final DateTimeFormatter STAMP = DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss");

  private static final Pattern NAME = Pattern.compile("([^.].*)\\.(\\d{8}T\\d{6})(\\.gz)?");
  private static final long MOST_CACHED = 500_000;

  private final Path folder;

  /** Those that were used last come last. Guarded by this. */
  private final LinkedHashMap<Path, List<Entry>> cache = new LinkedHashMap<>(16, 0.75f, true);

  private long cached;

  /** A file. */
  record Stamped(String series, LocalDateTime time, Path path, boolean compressed) {}

  /** A line of one. */
  record Entry(Cidr cidr, long count) {}

  SeriesFiles(Path folder) {
    this.folder = folder;
  }

  /** Where they are looked for unless somebody says. */
  static Path usual() {
    Path manager = Path.of("/var/log/eccluster/aslogger");
    return Files.isDirectory(manager) ? manager : Path.of("/var/log/ecelerity/audit_series_logs");
  }

  /** All files, by series and in order of time; none where there is no folder. */
  Map<String, List<Stamped>> all() throws IOException {
    Map<String, List<Stamped>> all = new TreeMap<>();
    if (!Files.isDirectory(folder)) {
      return all;
    }
    try (DirectoryStream<Path> paths = Files.newDirectoryStream(folder)) {
      for (Path path : paths) {
        Matcher matcher = NAME.matcher(path.getFileName().toString());
        if (matcher.matches() && Files.isRegularFile(path)) {
          String series = matcher.group(1);
          boolean compressed = matcher.group(3) != null;
          time(matcher.group(2))
              .ifPresent(
                  time ->
                      all.computeIfAbsent(series, _ -> new ArrayList<>())
                          .add(new Stamped(series, time, path, compressed)));
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    all.values()
        .forEach(
            files -> files.sort(Comparator.comparing(Stamped::time).thenComparing(Stamped::path)));
    return all;
  }

  /** Empty for digits that are no date: the file is somebody else's. */
  private static Optional<LocalDateTime> time(String stamp) {
    try {
      return Optional.of(LocalDateTime.parse(stamp, STAMP));
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }

  /** The addresses of a file. */
  List<Entry> read(Path file) throws IOException {
    synchronized (this) {
      List<Entry> known = cache.get(file);
      if (known != null) {
        return known;
      }
    }
    List<Entry> entries = new ArrayList<>();
    Snapshot.read(
        file,
        new Snapshot.Visitor() {
          private boolean addresses;

          @Override
          public void head(Snapshot.Head head) {
            addresses = head.type() != SeriesType.STRING;
          }

          @Override
          public void item(long from, long to, SeriesItem item) {
            if (addresses) {
              entries.add(new Entry(Cidr.parse(item.key()), item.count()));
            }
          }
        });
    keep(file, List.copyOf(entries));
    return entries;
  }

  private synchronized void keep(Path file, List<Entry> entries) {
    if (cache.put(file, entries) == null) {
      cached += entries.size() + 1;
    }
    Iterator<List<Entry>> oldest = cache.values().iterator();
    while (cached > MOST_CACHED && oldest.hasNext()) {
      cached -= oldest.next().size() + 1;
      oldest.remove();
    }
  }

  /** The files in the cache, in order of their names. */
  synchronized List<Path> cached() {
    return cache.keySet().stream().sorted().toList();
  }
}
