package org.impetusmta.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.impetusmta.api.audit.AuditWatch;
import org.impetusmta.api.audit.Replication;
import org.impetusmta.api.audit.Series;
import org.impetusmta.api.audit.SeriesDefinition;
import org.impetusmta.api.audit.SeriesItem;
import org.impetusmta.api.audit.SeriesType;
import org.impetusmta.api.config.Cidr;
import org.impetusmta.testkit.ManualClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class WindowedSeriesTest {
  /** A whole multiple of 300 s. */
  private static final long START = 1_209_067_200_000L;

  private final ManualClock clock = new ManualClock(START);
  private final List<String> told = new ArrayList<>();
  private final LocalAuditSeries all = new LocalAuditSeries(clock, () -> List.of(new Recording()));

  private final class Recording implements AuditWatch {
    @Override
    public void defined(Series series) {
      told.add("defined " + series.definition().name());
    }

    @Override
    public void added(SeriesDefinition series, String key, long delta) {
      told.add(series.name() + " " + key + " " + delta);
    }

    @Override
    public void removed(SeriesDefinition series, String key) {
      told.add(series.name() + " removed " + key);
    }
  }

  private void pass(long seconds) {
    clock.advance(Duration.ofSeconds(seconds));
  }

  @Test
  void theManualsSeries() {
    Series series = all.define(new SeriesDefinition("myseries", SeriesType.CIDR, 300, 6));
    series.add("10.0.0.1", 1);
    series.add("10.0.0.1", 2);
    series.add("10.0.1.1", 10);
    pass(299);
    assertThat(series.count("10.0.0.1", 0, 0)).isEqualTo(3);
    pass(1);
    assertThat(series.count("10.0.0.1", 0, 0)).isZero();
    assertThat(series.count("10.0.0.1", 1, 1)).isEqualTo(3);
    series.add(Cidr.parse("10.0.0.1"), -1);
    assertThat(series.count("10.0.0.1", 0, 2)).isEqualTo(2);
    assertThat(series.count("10.0.0.0/16", 0, 6)).isEqualTo(12);
    assertThat(series.count(Cidr.parse("10.0.0.0/23"), 1, 1)).isEqualTo(13);
    assertThat(series.total(0, 6)).isEqualTo(12);
    pass(5 * 300);
    assertThat(series.count("10.0.0.0/16", 0, 6)).isEqualTo(12);
    assertThat(series.count("10.0.0.0/16", 0, 5)).isEqualTo(-1);
    pass(300);
    assertThat(series.count("10.0.0.0/16", 0, 6)).isEqualTo(-1);
    pass(300);
    assertThat(series.count("10.0.0.0/16", 0, 6)).isZero();
    all.maintain();
    assertThat(series.items(0, 6)).isEmpty();
  }

  @Test
  void theEstimateCountsOnTheWindowBefore() {
    Series series = all.define(new SeriesDefinition("e", SeriesType.CIDR, 100, 2));
    series.add("10.0.0.1", 40);
    pass(100);
    series.add("10.0.0.1", 8);
    Cidr address = Cidr.parse("10.0.0.1");
    assertThat(series.estimate(address)).isEqualTo(48);
    pass(25);
    assertThat(series.estimate(address)).isEqualTo(38);
    pass(75);
    assertThat(series.estimate(address)).isEqualTo(8);
  }

  @Test
  void textAndItems() {
    Series series = all.define(new SeriesDefinition("s", SeriesType.STRING, 60, 3));
    series.add("user a@b", 5);
    series.add("none", 0);
    pass(60);
    series.add("user a@b", 1);
    series.add("other", 2);
    assertThat(series.items(0, 1))
        .containsExactlyInAnyOrder(new SeriesItem("user a@b", 6), new SeriesItem("other", 2));
    series.removeItem("user a@b");
    assertThat(series.items(0, 3)).containsExactly(new SeriesItem("other", 2));
    assertThat(series.total(0, 3)).isEqualTo(2);
    assertThatThrownBy(() -> series.add("", 1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> series.add("x".repeat(1025), 1)).hasMessageContaining("1024");
    assertThatThrownBy(() -> series.add(Cidr.parse("10.0.0.1"), 1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void ipv6AndPrefixes() {
    Series series = all.define(new SeriesDefinition("six", SeriesType.CIDR_IPV6, 60, 3));
    series.add(Cidr.parse("2001:db8:1:2::/64"), 3);
    series.add("2001:db8:1:2::5", 1);
    assertThat(series.count("2001:db8:1:2::/64", 0, 0)).isEqualTo(4);
    assertThat(series.count("2001:db8:1:2::5", 0, 0)).isEqualTo(1);
    assertThat(series.count("2001:db8:1::/50", 0, 0)).isEqualTo(4);
    assertThat(series.items(0, 0))
        .containsExactlyInAnyOrder(
            new SeriesItem("2001:db8:1:2:0:0:0:0/64", 3),
            new SeriesItem("2001:db8:1:2:0:0:0:5", 1));
    assertThatThrownBy(() -> series.add("10.0.0.1", 1)).hasMessageContaining("cidr_ipv6");
    assertThatThrownBy(() -> series.add("nobody", 1)).hasMessageContaining("nobody");
  }

  @Test
  void othersAreToldOfWhatIsReplicatedAlone() {
    Series here = all.define(new SeriesDefinition("here", SeriesType.CIDR, 60, 1));
    Series everywhere =
        all.define(
            new SeriesDefinition("all", SeriesType.CIDR, 60, 1, false, Replication.CLUSTER, false));
    here.add("10.0.0.1", 1);
    everywhere.add("10.0.0.1", 2);
    everywhere.add(Cidr.parse("10.0.0.2"), 3);
    everywhere.merge("10.0.0.1", 5, START / 1_000);
    everywhere.removeItem("10.0.0.2");
    assertThat(told)
        .containsExactly(
            "defined here",
            "defined all",
            "all 10.0.0.1 2",
            "all 10.0.0.2 3",
            "all removed 10.0.0.2");
    assertThat(everywhere.total(0, 0)).isEqualTo(7);
  }

  @Test
  void whatComesLateCountsWhereItBelongs() {
    Series series = all.define(new SeriesDefinition("late", SeriesType.CIDR, 60, 2));
    series.merge("10.0.0.1", 1, START / 1_000 - 60);
    series.merge("10.0.0.1", 10, START / 1_000 - 120);
    series.merge("10.0.0.1", 100, START / 1_000 - 180);
    series.merge("10.0.0.1", 1_000, START / 1_000 + 500);
    assertThat(series.count("10.0.0.1", 0, 0)).isEqualTo(1_000);
    assertThat(series.count("10.0.0.1", 1, 1)).isEqualTo(1);
    assertThat(series.count("10.0.0.1", 2, 2)).isEqualTo(10);
    assertThat(series.total(0, 2)).isEqualTo(1_011);
  }

  @Test
  void theOldestWindowMakesRoom() {
    Budget budget = Budget.of(20);
    WindowedSeries series =
        new WindowedSeries(
            new SeriesDefinition("s", SeriesType.STRING, 60, 3), clock, List::of, budget);
    for (int window = 0; window < 3; window++) {
      for (int i = 0; i < 8; i++) {
        series.add("key" + i, 1);
      }
      pass(60);
    }
    series.add("new", 1);
    assertThat(series.count("key0", 3, 3)).as("it was forgotten").isZero();
    assertThat(series.count("key0", 2, 2)).isEqualTo(1);
    assertThat(budget.used()).isLessThanOrEqualTo(20);
    for (int i = 0; i < 100; i++) {
      series.add("many" + i, 1);
    }
    assertThat(budget.used()).isEqualTo(20);
    assertThat(series.total(0, 0)).as("all of them").isEqualTo(101);
  }

  @Test
  void aJournalGathersEachThingOnce() throws InterruptedException {
    Series series = all.define(new SeriesDefinition("j", SeriesType.CIDR, 60, 1));
    series.add("10.0.0.9", 1);
    Map<String, Long> found = new HashMap<>();
    try (Series.Gathering gathering = series.gather()) {
      Thread adds =
          Thread.ofPlatform()
              .start(
                  () -> {
                    for (int i = 0; i < 50_000; i++) {
                      series.add(new Cidr(false, 0, i % 100, 32), 1);
                    }
                  });
      while (adds.isAlive()) {
        gathering.take(item -> found.merge(item.key(), item.count(), Long::sum));
      }
      adds.join();
      gathering.take(item -> found.merge(item.key(), item.count(), Long::sum));
      assertThat(found).hasSize(100).containsEntry("0.0.0.7", 500L);
      gathering.take(item -> found.clear());
      assertThat(found).isNotEmpty();
    }
  }

  @Test
  void aNameHasOneTypeAndAnyWindows() {
    Series first = all.define(new SeriesDefinition("n", SeriesType.CIDR, 60, 1));
    Series second = all.define(new SeriesDefinition("n", SeriesType.CIDR, 300, 6));
    assertThat(all.define(new SeriesDefinition("n", SeriesType.CIDR, 60, 1))).isSameAs(first);
    assertThat(all.find("n")).containsSame(first);
    assertThat(all.find("n", 300, 6)).containsSame(second);
    assertThat(all.find("n", 300, 7)).isEmpty();
    assertThat(all.all()).containsExactly(first, second);
    assertThatThrownBy(() -> all.define(new SeriesDefinition("n", SeriesType.STRING, 60, 1)))
        .hasMessageContaining("of type cidr already");
    assertThatThrownBy(() -> first.count("10.0.0.1", 0, 2)).hasMessageContaining("0 to 1");
    assertThatThrownBy(() -> first.count("10.0.0.1", 1, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "../etc/passwd", "a/b", ".hidden", "a b", "a\nb", "\u00fc"})
  void namesThatAreNoFile(String name) {
    assertThatThrownBy(() -> new SeriesDefinition(name, SeriesType.CIDR, 60, 1))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
