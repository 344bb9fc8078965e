package org.impetusmta.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.impetusmta.api.metrics.CacheWatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Things made of files, and what {@code cache stat} shows of them. */
final class FileCacheTest {
  @TempDir Path folder = Path.of("");
  private final AtomicLong clock = new AtomicLong(1_000);

  private FileCache<Path, String> cache() {
    return new FileCache<>(List::of, file -> Files.readString(file), Runnable::run, clock::get);
  }

  @Test
  void isMadeAnewWhenTheFileChanged() throws IOException {
    Path file = Files.writeString(folder.resolve("a"), "one");
    FileCache<Path, String> cache = cache();
    assertThat(cache.get(file).join()).isEqualTo("one");
    Files.writeString(file, "two");
    Files.setLastModifiedTime(file, FileTime.fromMillis(1));
    assertThat(cache.get(file).join()).as("looked at just now").isEqualTo("one");
    clock.addAndGet(FileCache.FRESH_MILLIS);
    assertThat(cache.get(file).join()).isEqualTo("two");
    clock.addAndGet(FileCache.FRESH_MILLIS);
    assertThat(cache.get(file).join()).isEqualTo("two");
    assertThat(cache.figures())
        .isEqualTo(new CacheWatch.Figures(FileCache.MOST, 1, 2, 2, 0, 2, 0, 1, 0, 2.0));
    cache.clear();
    assertThat(cache.get(file).join()).isEqualTo("two");
    assertThat(cache.figures())
        .isEqualTo(new CacheWatch.Figures(FileCache.MOST, 1, 2, 3, 0, 3, 1, 1, 0, 2.0));
  }

  @Test
  void whatIsLongestUnusedMakesRoom() throws IOException {
    Path file = Files.writeString(folder.resolve("a"), "one");
    FileCache<Integer, Integer> cache =
        new FileCache<>(_ -> List.of(file), key -> key, Runnable::run, clock::get);
    for (int i = 0; i <= FileCache.MOST; i++) {
      clock.incrementAndGet();
      assertThat(cache.get(i).join()).isEqualTo(i);
    }
    CacheWatch.Figures now = cache.figures();
    assertThat(now.entries()).isEqualTo(FileCache.MOST);
    assertThat(now.evicted()).isEqualTo(1);
  }
}
