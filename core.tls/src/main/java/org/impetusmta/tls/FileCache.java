package org.impetusmta.tls;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.impetusmta.api.metrics.CacheWatch;
import org.jspecify.annotations.Nullable;

/**
 * Things that are made of files, kept by what they are made for and made anew when one of the files
 * has changed. Whether it has is looked at once a second at most, and never by the caller: files
 * are touched on the executor alone. Concurrent.
 *
 * @param <K> what a thing is made for
 * @param <V> the thing
 */
public final class FileCache<K, V> {
  /** How long a thing is taken for fresh. */
  public static final long FRESH_MILLIS = 1_000;

  /** Things that are kept; those longest unused go first. */
  public static final int MOST = 1_024;

  /** Makes a thing. */
  public interface Loader<K, V> {
    V load(K key) throws IOException;
  }

  /** How a file is: another one if it changed. */
  private record Stamp(Path file, long modified, long size, Object key) {}

  /** One thing and when it was looked at. */
  private static final class Entry<V> {
    final CompletableFuture<V> value;
    final List<Stamp> stamps;
    volatile long checkedMillis;
    volatile long usedMillis;

    Entry(CompletableFuture<V> value, List<Stamp> stamps, long now) {
      this.value = value;
      this.stamps = stamps;
      this.checkedMillis = now;
      this.usedMillis = now;
    }
  }

  private final Function<K, List<Path>> files;
  private final Loader<K, V> loader;
  private final Executor executor;
  private final LongSupplier clock;
  private final Map<K, Entry<V>> entries = new ConcurrentHashMap<>();
  private final Map<K, CompletableFuture<V>> pending = new ConcurrentHashMap<>();
  private final LongAdder lookups = new LongAdder();
  private final LongAdder loads = new LongAdder();
  private final LongAdder forced = new LongAdder();
  private final LongAdder expired = new LongAdder();
  private final LongAdder evicted = new LongAdder();
  private final long begun;

  /**
   * @param files the files that a thing is made of
   * @param executor where files are read
   * @param clock milliseconds
   */
  public FileCache(
      Function<K, List<Path>> files, Loader<K, V> loader, Executor executor, LongSupplier clock) {
    this.files = files;
    this.loader = loader;
    this.executor = executor;
    this.clock = clock;
    this.begun = clock.getAsLong();
  }

  /**
   * The thing for {@code key}; complete already where it was looked at just now. Fails with
   * IOException when it cannot be made.
   */
  public CompletableFuture<V> get(K key) {
    long now = clock.getAsLong();
    lookups.increment();
    Entry<V> entry = entries.get(key);
    if (entry != null) {
      entry.usedMillis = now;
      if (now - entry.checkedMillis < FRESH_MILLIS) {
        return entry.value;
      }
    }
    CompletableFuture<V> mine = new CompletableFuture<>();
    CompletableFuture<V> other = pending.putIfAbsent(key, mine);
    if (other != null) {
      return other;
    }
    executor.execute(() -> look(key, mine));
    return mine;
  }

  private void look(K key, CompletableFuture<V> told) {
    CompletableFuture<V> value = new CompletableFuture<>();
    try {
      Entry<V> entry = entries.get(key);
      List<Stamp> stamps = stamps(key);
      long now = clock.getAsLong();
      if (entry != null && !entry.value.isCompletedExceptionally() && entry.stamps.equals(stamps)) {
        entry.checkedMillis = now;
        value = entry.value;
      } else {
        loads.increment();
        if (entries.put(key, new Entry<>(value, stamps, now)) != null) {
          expired.increment();
        }
        value.complete(loader.load(key));
        makeRoom();
      }
    } catch (IOException | RuntimeException e) {
      value.completeExceptionally(e);
    } finally {
      pending.remove(key, told);
      value.whenComplete(
          (made, failure) -> {
            if (failure == null) {
              told.complete(made);
            } else {
              told.completeExceptionally(failure);
            }
          });
    }
  }

  private List<Stamp> stamps(K key) {
    List<Stamp> stamps = new ArrayList<>();
    for (Path file : files.apply(key)) {
      try {
        BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
        @Nullable Object identity = now.fileKey();
        stamps.add(
            new Stamp(
                file,
                now.lastModifiedTime().toMillis(),
                now.size(),
                identity == null ? "" : identity));
      } catch (IOException _) {
        stamps.add(new Stamp(file, -1, -1, ""));
      }
    }
    return stamps;
  }

  private void makeRoom() {
    while (entries.size() > MOST) {
      @Nullable K oldest = null;
      long used = Long.MAX_VALUE;
      for (Map.Entry<K, Entry<V>> one : entries.entrySet()) {
        if (one.getValue().usedMillis < used) {
          used = one.getValue().usedMillis;
          oldest = one.getKey();
        }
      }
      if (oldest == null) {
        return;
      }
      entries.remove(oldest);
      evicted.increment();
    }
  }

  /** Forgets all. */
  public void clear() {
    forced.add(entries.size());
    entries.clear();
  }

  /** How good it is; what was made anew because a file changed has expired. */
  public CacheWatch.Figures figures() {
    long waiting = pending.size();
    long made = loads.sum();
    return new CacheWatch.Figures(
        MOST,
        entries.size(),
        Math.max(0, lookups.sum() - made - waiting),
        made,
        waiting,
        made,
        forced.sum(),
        expired.sum(),
        evicted.sum(),
        (clock.getAsLong() - begun) / 1e3);
  }

  /** Visits what is there. */
  public void forEach(BiConsumer<K, V> visitor) {
    entries.forEach(
        (key, entry) -> {
          if (entry.value.isDone() && !entry.value.isCompletedExceptionally()) {
            visitor.accept(key, entry.value.join());
          }
        });
  }
}
