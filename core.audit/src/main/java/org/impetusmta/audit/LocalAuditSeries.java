package org.impetusmta.audit;

import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.impetusmta.api.audit.AuditSeries;
import org.impetusmta.api.audit.AuditWatch;
import org.impetusmta.api.audit.Series;
import org.impetusmta.api.audit.SeriesDefinition;
import org.impetusmta.api.hook.HooksInForce;
import org.impetusmta.api.scheduler.Scheduler;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * The audit series of this process. It is made before any module is, for it looks for those who
 * watch, and they use it. Concurrent. Source: 3-api audit_series.
 */
@Component(service = AuditSeries.class, immediate = true)
public final class LocalAuditSeries implements AuditSeries {
  /** Most series. */
  static final int MOST = 10_000;

  private final InstantSource clock;
  private final Supplier<List<AuditWatch>> watches;

  /** Those of a configuration that is being loaded too: its modules define series meanwhile. */
  private final Supplier<List<AuditWatch>> present;

  /** By name, then in the order in which they were defined; copied when one is defined. */
  private volatile TreeMap<String, List<WindowedSeries>> series = new TreeMap<>();

  @Activate
  public LocalAuditSeries(@Reference Scheduler scheduler, @Reference HooksInForce hooks) {
    this(scheduler.clock(), hooks.inForce(AuditWatch.class), () -> hooks.present(AuditWatch.class));
  }

  /** For tests, and programs that have no framework. */
  public LocalAuditSeries(InstantSource clock, Supplier<List<AuditWatch>> watches) {
    this(clock, watches, watches);
  }

  private LocalAuditSeries(
      InstantSource clock, Supplier<List<AuditWatch>> watches, Supplier<List<AuditWatch>> present) {
    this.clock = clock;
    this.watches = watches;
    this.present = present;
  }

  @Override
  public Series define(SeriesDefinition definition) {
    Series made;
    synchronized (this) {
      List<WindowedSeries> named = series.getOrDefault(definition.name(), List.of());
      for (WindowedSeries one : named) {
        SeriesDefinition there = one.definition();
        if (there.type() != definition.type()) {
          throw new IllegalArgumentException(
              "audit series %s is of type %s already, not %s"
                  .formatted(there.name(), there.type().text(), definition.type().text()));
        }
        if (there.parameters().equals(definition.parameters())) {
          return one;
        }
      }
      if (series.values().stream().mapToInt(List::size).sum() >= MOST) {
        throw new IllegalArgumentException("there are " + MOST + " audit series: no more");
      }
      WindowedSeries fresh = new WindowedSeries(definition, clock, watches);
      TreeMap<String, List<WindowedSeries>> more = new TreeMap<>(series);
      more.put(definition.name(), Stream.concat(named.stream(), Stream.of(fresh)).toList());
      series = more;
      made = fresh;
    }
    present.get().forEach(watch -> watch.defined(made));
    return made;
  }

  @Override
  public Optional<Series> find(String name) {
    return series.getOrDefault(name, List.of()).stream().findFirst().map(one -> one);
  }

  @Override
  public Optional<Series> find(String name, int interval, int windows) {
    return series.getOrDefault(name, List.of()).stream()
        .filter(one -> one.definition().interval() == interval)
        .filter(one -> one.definition().windows() == windows)
        .findFirst()
        .map(one -> one);
  }

  @Override
  public List<Series> all() {
    return series.values().stream().<Series>flatMap(List::stream).toList();
  }

  @Override
  public void maintain() {
    series.values().forEach(named -> named.forEach(WindowedSeries::forgetStale));
  }
}
