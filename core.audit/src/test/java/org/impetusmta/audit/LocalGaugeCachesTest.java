package org.impetusmta.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.impetusmta.api.audit.GaugeCaches.GaugeCache;
import org.impetusmta.testkit.ManualClock;
import org.junit.jupiter.api.Test;

final class LocalGaugeCachesTest {
  private final ManualClock clock = new ManualClock(1_000_000);
  private final List<String> told = new ArrayList<>();
  private final LocalGaugeCaches caches =
      new LocalGaugeCaches(
          clock,
          () ->
              List.of(
                  (cache, key, addend, expiry, most, replicated) ->
                      told.add(
                          "%s %s %d %d %d %s"
                              .formatted(
                                  cache, key, addend, expiry.getEpochSecond(), most, replicated))));

  @Test
  void theManualsExample() {
    GaugeCache cache = caches.define("cache1", 10, 300, false);
    assertThat(cache.get("user")).isZero();
    for (int i = 1; i <= 11; i++) {
      assertThat(cache.inc("user")).isEqualTo(i);
    }
    assertThat(cache.dec("user")).isEqualTo(10);
    assertThat(cache.dec("other")).as("made where there is none").isEqualTo(-1);
    assertThat(caches.find("cache1")).containsSame(cache);
    assertThat(told).hasSize(13).first().isEqualTo("cache1 user 1 1300 10 false");
    cache.merge("user", 5);
    assertThat(cache.get("user")).isEqualTo(15);
    assertThat(told).as("what another node did is not told again").hasSize(13);
    cache.removeItem("user");
    assertThat(cache.get("user")).isZero();
  }

  @Test
  void entriesEndSomeTimeAfterTheirLastChange() {
    GaugeCache cache = caches.define("c", 10, 300, true);
    cache.inc("a");
    clock.advance(Duration.ofSeconds(299));
    cache.inc("a");
    clock.advance(Duration.ofSeconds(299));
    assertThat(cache.get("a")).isEqualTo(2);
    clock.advance(Duration.ofSeconds(1));
    assertThat(cache.get("a")).isZero();
    assertThat(cache.inc("a")).isEqualTo(1);
    assertThat(cache.size()).isEqualTo(1);
  }

  @Test
  void theOldestMakesRoom() {
    GaugeCache cache = caches.define("c", 3, 300, false);
    cache.inc("a");
    cache.inc("b");
    cache.inc("c");
    cache.inc("a");
    cache.inc("d");
    assertThat(cache.get("b")).isZero();
    assertThat(List.of(cache.get("a"), cache.get("c"), cache.get("d"))).containsExactly(2L, 1L, 1L);
    caches.define("c", 1, 300, false);
    assertThat(cache.size()).isEqualTo(1);
    assertThat(cache.get("d")).isEqualTo(1);
  }

  @Test
  void refuses() {
    assertThatThrownBy(() -> caches.define("", 1, 1, false))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> caches.define("c", 0, 1, false))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> caches.define("c", 1, 0, false))
        .isInstanceOf(IllegalArgumentException.class);
    GaugeCache cache = caches.define("c", 1, 1, false);
    assertThatThrownBy(() -> cache.inc("x".repeat(1025))).hasMessageContaining("1024");
    for (int i = 1; i < LocalGaugeCaches.MOST; i++) {
      caches.define("c" + i, 1, 1, false);
    }
    assertThatThrownBy(() -> caches.define("more", 1, 1, false)).hasMessageContaining("no more");
    assertThat(caches.all()).hasSize(LocalGaugeCaches.MOST);
  }
}
