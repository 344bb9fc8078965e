package org.impetusmta.module.ds_core;

import java.util.Collection;
import org.impetusmta.api.console.Report;
import org.impetusmta.api.metrics.CacheWatch.Figures;

/** The table of {@code ds_core stats}, in the shape of the manual. Stateless. */
final class StatsTable {
  private static final int NAME = 10;

  private StatsTable() {}

  static Report of(Collection<NamedDatasource> datasources) {
    Report report = new Report();
    report
        .rows("caches")
        .line("cache name                      lookups %                  deletions %")
        .line("                       elts  hit miss pend  total  inserts man ttl lru  total")
        .line("---------------------- ----- -------------------- -------- ------------------");
    for (NamedDatasource datasource : datasources) {
      add(report.row("caches"), datasource.name(), datasource.figures(), datasource.connections());
    }
    return report;
  }

  private static void add(Report row, String name, Figures now, int connections) {
    long lookups = now.loads();
    long deletions = now.forced() + now.expired() + now.evicted();
    row.value("name", name)
        .value("entries", now.entries())
        .value("hits", now.hits())
        .value("misses", now.misses())
        .value("pending", now.pending())
        .value("lookups", lookups)
        .value("inserts", now.stores())
        .value("deleted_manually", now.forced())
        .value("deleted_expired", now.expired())
        .value("deleted_lru", now.evicted())
        .value("deletions", deletions)
        .value("connections", connections)
        .line(name.length() > NAME ? name.substring(0, NAME) : name)
        .linef(
            "                      %6d %4d %4d %4d %6d %8d %3d %3d %3d %6d",
            now.entries(),
            percent(now.hits(), lookups),
            percent(now.misses(), lookups),
            percent(now.pending(), lookups),
            lookups,
            now.stores(),
            percent(now.forced(), deletions),
            percent(now.expired(), deletions),
            percent(now.evicted(), deletions),
            deletions);
  }

  private static long percent(long part, long whole) {
    return whole == 0 ? 0 : Math.round(100.0 * part / whole);
  }
}
