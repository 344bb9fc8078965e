package org.impetusmta.audit;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.impetusmta.api.audit.Series;
import org.impetusmta.api.audit.SeriesDefinition;
import org.impetusmta.api.audit.SeriesType;
import org.impetusmta.api.config.Cidr;
import org.impetusmta.testkit.ManualClock;

/**
 * What a key costs an audit series in the heap: so many addresses of each kind (1,000,000), far
 * apart and side by side. Run it with the flags of {@code bin/ecelerity}.
 */
public final class AuditHeap {
  private AuditHeap() {}

  /** Prints a line for each. */
  public static void main(String[] arguments) throws InterruptedException {
    int keys = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1_000_000;
    List<Series> kept = new ArrayList<>();
    for (boolean ipv6 : new boolean[] {false, true}) {
      for (boolean apart : new boolean[] {false, true}) {
        long before = used();
        Series series = fill(keys, ipv6, apart);
        long octets = used() - before;
        kept.add(series);
        System.out.printf(
            Locale.ROOT,
            "%s %s: %d keys, %d counted, %.1f octets a key%n",
            ipv6 ? "IPv6" : "IPv4",
            apart ? "far apart" : "side by side",
            keys,
            series.total(0, 0),
            (double) octets / keys);
        kept.clear();
      }
    }
  }

  private static Series fill(int keys, boolean ipv6, boolean apart) {
    Series series =
        new LocalAuditSeries(new ManualClock(0), List::of)
            .define(
                new SeriesDefinition(
                    "heap", ipv6 ? SeriesType.CIDR_IPV6 : SeriesType.CIDR, 300, 6));
    for (int i = 0; i < keys; i++) {
      long spread = apart ? i * 0x9e3779b97f4a7c15L : i;
      series.add(
          ipv6
              ? new Cidr(true, apart ? spread : 0x20010db800000000L, i, 128)
              : new Cidr(false, 0, spread >>> (apart ? 32 : 0), 32),
          1);
    }
    return series;
  }

  private static long used() throws InterruptedException {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 5; i++) {
      System.gc();
      Thread.sleep(100);
      Runtime runtime = Runtime.getRuntime();
      least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
    }
    return least;
  }
}
