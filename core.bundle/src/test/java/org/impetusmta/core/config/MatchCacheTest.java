package org.impetusmta.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicLong;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.metrics.CacheWatch;
import org.impetusmta.core.config.option.EngineOptions;
import org.impetusmta.core.config.option.OptionCatalog;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MatchCacheTest {
  private final AtomicLong nanos = new AtomicLong();

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 10, 1000})
  void holds_no_more_than_its_size(int size) {
    MatchCache<Integer, Integer> cache = new MatchCache<>(size, 0, nanos::get);
    for (int i = 0; i < 5000; i++) {
      cache.put(i, i);
      assertThat(cache.size()).isLessThanOrEqualTo(size);
      assertThat(cache.get(i)).isEqualTo(i);
    }
  }

  @Test
  void what_is_asked_for_stays() {
    MatchCache<Integer, Integer> cache = new MatchCache<>(10, 0, nanos::get);
    cache.put(-1, -1);
    for (int i = 0; i < 100; i++) {
      cache.put(i, i);
      assertThat(cache.get(-1)).isEqualTo(-1);
    }
    assertThat(cache.get(0)).isNull();
  }

  @Test
  void nothing_is_valid_for_longer_than_its_life() {
    MatchCache<String, Integer> cache = new MatchCache<>(10, 100, nanos::get);
    cache.put("a", 1);
    nanos.set(99);
    assertThat(cache.get("a")).isEqualTo(1);
    nanos.set(100);
    assertThat(cache.get("a")).isNull();
    cache.put("a", 2);
    nanos.set(150);
    assertThat(cache.get("a")).isEqualTo(2);
    nanos.set(200);
    assertThat(cache.get("a")).isNull();
  }

  @Test
  void its_figures_add_up() {
    MatchFigures figures = new MatchFigures();
    MatchCache<Integer, Integer> cache = new MatchCache<>(10, 100, nanos::get, figures);
    for (int i = 0; i < 100; i++) {
      assertThat(cache.get(i)).isNull();
      cache.put(i, i);
      assertThat(cache.get(i)).isEqualTo(i);
    }
    CacheWatch.Figures now = figures.of(cache.capacity(), cache.size());
    assertThat(now.capacity()).isEqualTo(10);
    assertThat(now.hits()).isEqualTo(100);
    assertThat(now.misses()).isEqualTo(100);
    assertThat(now.stores()).isEqualTo(100);
    assertThat(now.entries() + now.evicted()).isEqualTo(100);
    assertThat(now.expired()).isZero();
    nanos.set(100);
    cache.get(1);
    CacheWatch.Figures later = figures.of(cache.capacity(), cache.size());
    assertThat(later.entries()).isZero();
    assertThat(later.expired()).isEqualTo(now.entries());
  }

  @Test
  void without_a_life_it_never_ends() {
    MatchCache<String, Integer> cache = new MatchCache<>(10, 0, nanos::get);
    cache.put("a", 1);
    nanos.set(Long.MAX_VALUE);
    assertThat(cache.get("a")).isEqualTo(1);
  }

  @Test
  void the_options_have_the_defaults_of_the_manual() throws Exception {
    OptionCatalog catalog = new OptionCatalog();
    EngineOptions said =
        ConfigEngine.ofText(catalog, "Match_Cache_Size = 7\nMatch_Cache_Life = \"2 minutes\"")
            .current()
            .options(EngineOptions.class, ScopePath.GLOBAL);
    assertThat(said.matchCacheSize()).isEqualTo(7);
    assertThat(said.matchCacheLife()).hasSeconds(120);
    EngineOptions unsaid =
        ConfigEngine.ofText(catalog, "").current().options(EngineOptions.class, ScopePath.GLOBAL);
    assertThat(unsaid.matchCacheSize()).isEqualTo(16384);
    assertThat(unsaid.matchCacheLife()).isZero();
    assertThatThrownBy(() -> ConfigEngine.ofText(catalog, "Match_Cache_Size = 0"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("Match_Cache_Size");
  }
}
