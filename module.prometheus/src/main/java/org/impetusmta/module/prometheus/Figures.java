package org.impetusmta.module.prometheus;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.impetusmta.api.metrics.MetricSource;

/**
 * Figures of all sources: those of one name and the same labels are added up, labels that are
 * dropped as if they were not there. Single.
 */
final class Figures implements MetricSource.Sink {
  private static final String PREFIX = "impetus_";

  private final Map<String, Family> families = new TreeMap<>();
  private final Set<String> dropped;

  private record Family(boolean counter, String help, Map<String, Point> points) {}

  private record Point(Labels labels, double value) {}

  /**
   * @param dropped names of labels
   */
  Figures(Set<String> dropped) {
    this.dropped = Set.copyOf(dropped);
  }

  @Override
  public void counter(String name, String help, Number value, String... labels) {
    add(true, name, help, value.doubleValue(), labels);
  }

  @Override
  public void gauge(String name, String help, Number value, String... labels) {
    add(false, name, help, value.doubleValue(), labels);
  }

  private void add(boolean counter, String name, String help, double value, String[] labels) {
    List<String> kept = new ArrayList<>();
    for (int i = 0; i + 1 < labels.length; i += 2) {
      if (!dropped.contains(labels[i])) {
        kept.add(labels[i]);
        kept.add(labels[i + 1]);
      }
    }
    Labels of = Labels.of(kept.toArray(String[]::new));
    Family family =
        families.computeIfAbsent(PREFIX + name, _ -> new Family(counter, help, new TreeMap<>()));
    if (family.counter() != counter) {
      throw new IllegalArgumentException(name + " is a counter and a gauge");
    }
    family
        .points()
        .merge(
            of.toString(),
            new Point(of, value),
            (one, other) -> new Point(one.labels(), one.value() + other.value()));
  }

  MetricSnapshots snapshots() {
    List<MetricSnapshot> all = new ArrayList<>();
    families.forEach((name, family) -> all.add(snapshot(name, family)));
    return new MetricSnapshots(all);
  }

  private static MetricSnapshot snapshot(String name, Family family) {
    if (family.counter()) {
      CounterSnapshot.Builder counter = CounterSnapshot.builder().name(name).help(family.help());
      for (Point point : family.points().values()) {
        counter.dataPoint(
            CounterDataPointSnapshot.builder().labels(point.labels()).value(point.value()).build());
      }
      return counter.build();
    }
    GaugeSnapshot.Builder gauge = GaugeSnapshot.builder().name(name).help(family.help());
    for (Point point : family.points().values()) {
      gauge.dataPoint(
          GaugeDataPointSnapshot.builder().labels(point.labels()).value(point.value()).build());
    }
    return gauge.build();
  }
}
