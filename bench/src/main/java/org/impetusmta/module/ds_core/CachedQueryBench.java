package org.impetusmta.module.ds_core;

import com.github.benmanes.caffeine.cache.Ticker;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.impetusmta.api.datasource.DatasourceConnection;
import org.impetusmta.api.datasource.DatasourceDriver;
import org.impetusmta.api.datasource.DatasourceException;
import org.impetusmta.api.datasource.DatasourceSettings;
import org.impetusmta.api.datasource.Query;
import org.impetusmta.api.datasource.Rows;
import org.impetusmta.api.datasource.SharedAnswers;
import org.impetusmta.testkit.ManualClock;
import org.impetusmta.testkit.queue.TestScheduler;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What a lookup costs that the cache of a datasource answers: at most a microsecond. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class CachedQueryBench {
  private static final int KNOWN = 100_000;

  private NamedDatasource datasource;
  private int next;

  /** A source that answers at once. */
  private static final class Echo implements DatasourceDriver, DatasourceConnection {
    @Override
    public Set<String> names() {
      return Set.of("echo");
    }

    @Override
    public void check(String name, String rest) {}

    @Override
    public DatasourceConnection connect(String name, String rest, DatasourceSettings settings) {
      return this;
    }

    @Override
    public Rows query(Query query, int maxRows) {
      return new Rows(List.of("text"), List.of(List.of(query.text())));
    }

    @Override
    public void close() {}
  }

  /** Nodes that know nothing. */
  private static final class Nobody implements SharedAnswers {
    @Override
    public Optional<Rows> find(String name, Query query) {
      return Optional.empty();
    }

    @Override
    public void publish(String name, Query query, Rows answer) {}

    @Override
    public void forget(String name) {}
  }

  @Setup
  public void prepare() throws DatasourceException {
    Drivers drivers = new Drivers();
    drivers.add(new Echo());
    datasource =
        new NamedDatasource(
            "bench",
            new DatasourceOptions(
                new CharsetName(StandardCharsets.ISO_8859_1),
                Duration.ofHours(1),
                KNOWN,
                100,
                false,
                "IO",
                true,
                List.of("echo:"),
                Duration.ofSeconds(10),
                Duration.ofSeconds(30),
                10,
                Duration.ofSeconds(300),
                Duration.ofSeconds(5)),
            new NamedDatasource.Surroundings(
                drivers,
                new TestScheduler(new ManualClock(0), 1),
                (host, user, facility) -> Optional.empty(),
                new Nobody(),
                Ticker.systemTicker()));
    for (int i = 0; i < KNOWN; i++) {
      datasource.query(query(i));
    }
  }

  private static Query query(int number) {
    return Query.of(
        "SELECT target FROM aliases WHERE local = :local AND domain = :domain",
        Map.of("local", "user" + number, "domain", "example.com"));
  }

  /** With the query made anew, as a hook does it for each recipient. */
  @Benchmark
  public Optional<Rows> cached() {
    next = (next + 1) % KNOWN;
    return datasource.cached(query(next));
  }
}
