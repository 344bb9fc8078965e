package org.impetusmta.core.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.impetusmta.api.console.Console;
import org.impetusmta.api.metrics.CacheWatch;
import org.impetusmta.core.console.TestConsole;
import org.junit.jupiter.api.Test;

/** The dialogues of console_commands.cache_list, cache_stat and cache_stats. */
final class CacheCommandTest {
  private record Known(String name, Figures figures) implements CacheWatch {}

  private final Console.Session console =
      TestConsole.of(
          new CacheCommand(
              List.of(
                  new Known(
                      "core:bounce_classify",
                      new CacheWatch.Figures(
                          16384, 10238, 1527, 18949, 0, 18949, 0, 0, 8711, 16.11)),
                  new Known(
                      "alerting_data", new CacheWatch.Figures(100, 0, 0, 0, 0, 0, 0, 0, 0, 1)))));

  private String type(String line) {
    return console.execute(line).text();
  }

  @Test
  void list() {
    assertThat(type("cache list"))
        .isEqualTo(
            """
             alerting_data
             core:bounce_classify
             2 caches listed.
            """);
    assertThat(type("cache list entries workload"))
        .isEqualTo(
            """
                     0   0.00% alerting_data
                 10238  51.94% core:bounce_classify
             2 caches listed.
            """);
    assertThat(type("cache list hitratio")).contains("  7.46% core:bounce_classify");
    assertThat(type("cache list summary"))
        .isEqualTo(
            """
            CAPACITY    ENTRIES     USED    HT/TL   RD/WR CACHE
            100         0           0.00%    0.00%   0.00% alerting_data
            16384       10238      62.49%    7.46%  51.94% core:bounce_classify
             2 caches listed.
            """);
    assertThat(type("cache list xxx"))
        .isEqualTo(
            "Valid attributes are [capacity,entries,utilization,loads,stores,hits,misses,forced,"
                + "expired,lru,hit-rate,workload,query-rate]\n");
  }

  @Test
  void stat() {
    assertThat(type("cache stat core:bounce_classify"))
        .isEqualTo(
            """
            Name          : core:bounce_classify
            Capacity      : 16384
            Entries       : 10238
            Utilization   :  62.49%
            Query Rate    : 1271 q/s
            Loads         : 20476
              Hits        : 1527
              Misses      : 18949
              Pending     : 0
            Stores        : 18949
            Invalidations : 8711
              Forced      : 0
              Expired     : 0
              Capacity    : 8711
            Hit Rate      :   7.46%
            Workload (R/W):  51.94%
              Reads       : 20476
              Writes      : 18949
            """);
    assertThat(type("cache stat alerting_data --json"))
        .startsWith("{\"name\":\"alerting_data\",\"capacity\":100,\"entries\":0,");
    assertThat(console.execute("cache stat none").ok()).isFalse();
    assertThat(console.execute("cache stat").ok()).isFalse();
  }

  @Test
  void stats() {
    assertThat(type("cache stats core:bounce_classify"))
        .isEqualTo(
            """
            cache name                      lookups %                  deletions %
                                   elts  hit miss pend  total  inserts man ttl lru  total
            ---------------------- ----- -------------------- -------- ------------------
            core:bounce_classify   10238   7  93   0    20476    18949   0   0 100     8711
            """);
    assertThat(type("cache stats").lines()).hasSize(5);
    assertThat(console.execute("cache stats none").ok()).isFalse();
  }
}
