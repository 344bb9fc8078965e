package org.impetusmta.core.config;

import java.util.concurrent.TimeUnit;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.core.config.option.OptionCatalog;
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

/** What reading an option costs: the field of a pinned record, and finding the record again. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class OptionReadBench {
  /** A set of the sending side. */
  @OptionSet({"global", "domain", "binding", "binding_group"})
  public record Sending(
      @Option(value = "20", min = -1, doc = "connections") int maxOutboundConnections) {}

  private final ScopePath matched = new ScopePath.Sending("g", "b", "mx.example.net");
  private final ScopePath path = new ScopePath.Sending("default", "default", "example.com");
  private Generation generation;
  private Sending pinned;

  @Setup
  public void prepare() throws ConfigException {
    OptionCatalog catalog = new OptionCatalog();
    catalog.declare(Sending.class, "bench");
    generation =
        ConfigEngine.ofText(
                catalog,
                """
                Domain "example.com" { Max_Outbound_Connections = 7 }
                Binding_Group "g" {
                  Binding "b" { Domain "/(?:^|[.])example[.]net$/" { Max_Outbound_Connections = 8 } }
                }
                """)
            .current();
    pinned = generation.options(Sending.class, path);
  }

  @Benchmark
  public int pinnedRecord() {
    return pinned.maxOutboundConnections();
  }

  @Benchmark
  public int lookup() {
    return generation.options(Sending.class, path).maxOutboundConnections();
  }

  /** A regex domain of a binding in a group, which the match cache remembers. */
  @Benchmark
  public int matchedLookup() {
    return generation.options(Sending.class, matched).maxOutboundConnections();
  }
}
