package org.impetusmta.module.inbound_audit;

import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.impetusmta.api.audit.AuditSeries;
import org.impetusmta.api.audit.InboundAudit.Event;
import org.impetusmta.api.audit.Replication;
import org.impetusmta.api.audit.Series;
import org.impetusmta.api.audit.SeriesDefinition;
import org.impetusmta.api.audit.SeriesType;
import org.impetusmta.api.config.Cidr;
import org.impetusmta.audit.Monitor;

/**
 * The series of the monitors: for each event, monitor and kind of address one of this server, which
 * outlives it, and one of what other nodes told of. Their names begin with {@code _}; they live in
 * {@link AuditSeries}, so that a new configuration finds what an old one counted. Concurrent.
 */
final class Traffic {
  private final List<Monitor> monitors;
  private final Map<Event, Counted[]> counted = new EnumMap<>(Event.class);

  /** One event in one monitor. */
  private record Counted(Series ipv4, Series ipv6, Series others4, Series others6) {
    Series own(Cidr address) {
      return address.ipv6() ? ipv6 : ipv4;
    }

    Series others(Cidr address) {
      return address.ipv6() ? others6 : others4;
    }
  }

  Traffic(List<Monitor> monitors, AuditSeries series) {
    this.monitors = monitors;
    for (Event event : Event.values()) {
      String name = "_" + event.text().toLowerCase(Locale.ROOT);
      counted.put(
          event,
          monitors.stream()
              .map(
                  monitor ->
                      new Counted(
                          series.define(own(name, SeriesType.CIDR, monitor)),
                          series.define(own(name + "_ipv6", SeriesType.CIDR_IPV6, monitor)),
                          series.define(others(name, SeriesType.CIDR, monitor)),
                          series.define(others(name + "_ipv6", SeriesType.CIDR_IPV6, monitor))))
              .toArray(Counted[]::new));
    }
  }

  private static SeriesDefinition own(String name, SeriesType type, Monitor monitor) {
    return new SeriesDefinition(
        name, type, monitor.interval(), monitor.windows(), false, Replication.CLUSTER, true);
  }

  private static SeriesDefinition others(String name, SeriesType type, Monitor monitor) {
    return new SeriesDefinition(name + "_cluster", type, monitor.interval(), monitor.windows());
  }

  List<Monitor> monitors() {
    return monitors;
  }

  void add(Event event, Cidr address) {
    for (Counted one : counted(event)) {
      one.own(address).add(address, 1);
    }
  }

  void merge(Event event, Cidr address, long delta, long epochSeconds) {
    for (Counted one : counted(event)) {
      one.others(address).merge(address.toString(), delta, epochSeconds);
    }
  }

  long count(Event event, Monitor monitor, Cidr block, int first, int last, boolean cluster) {
    Counted one = counted(event)[place(monitor)];
    long count = one.own(block).count(block, first, last);
    return cluster ? count + one.others(block).count(block, first, last) : count;
  }

  double estimate(Event event, Monitor monitor, Cidr block, boolean cluster) {
    Counted one = counted(event)[place(monitor)];
    double count = one.own(block).estimate(block);
    return cluster ? count + one.others(block).estimate(block) : count;
  }

  /** The series of this server's addresses. */
  List<Series> own(Event event, Monitor monitor) {
    Counted one = counted(event)[place(monitor)];
    return List.of(one.ipv4(), one.ipv6());
  }

  private Counted[] counted(Event event) {
    Counted[] found = counted.get(event);
    return found == null ? new Counted[0] : found;
  }

  private int place(Monitor monitor) {
    int place = monitors.indexOf(monitor);
    if (place < 0) {
      throw new IllegalArgumentException(
          "inbound_audit has no monitor \"" + monitor + "\", expected one of " + monitors);
    }
    return place;
  }
}
