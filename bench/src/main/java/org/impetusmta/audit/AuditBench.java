package org.impetusmta.audit;

import java.time.Instant;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.impetusmta.api.audit.Series;
import org.impetusmta.api.audit.SeriesDefinition;
import org.impetusmta.api.audit.SeriesType;
import org.impetusmta.api.config.Cidr;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;

/**
 * What a connection costs an audit series, and what policy pays to ask: {@link #add} and {@link
 * #count} on a series that has {@code addresses} already.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Threads(2)
public class AuditBench {
  /** Addresses in the current window. */
  @Param({"1000", "1000000"})
  public int addresses;

  /** The length of the block that is asked for. */
  @Param({"32", "24", "20"})
  public int mask;

  private Series series = series();

  private static Series series() {
    return new LocalAuditSeries(() -> Instant.EPOCH, List::of)
        .define(new SeriesDefinition("bench", SeriesType.CIDR, 300, 6));
  }

  /** Fills the window. */
  @Setup
  public void fill() {
    series = series();
    for (int i = 0; i < addresses; i++) {
      series.add(address(i), 1);
    }
  }

  private static Cidr address(int number) {
    return new Cidr(false, 0, number * 2_654_435_761L & 0xffff_ffffL, 32);
  }

  /** A connection of a client that is known. */
  @Benchmark
  public void add() {
    series.add(address(ThreadLocalRandom.current().nextInt(addresses)), 1);
  }

  /** A question of policy. */
  @Benchmark
  public long count() {
    Cidr address = address(ThreadLocalRandom.current().nextInt(addresses));
    return series.count(new Cidr(false, 0, address.low(), mask), 0, 0);
  }
}
