package org.impetusmta.core.config;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
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

/**
 * What a large configuration costs, 10,000 domains and 200 bindings with 50 domains each: reading
 * and checking it, cold and warm, and one online change of it.
 */
@State(Scope.Benchmark)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class GenerationBench {
  /** A set of the sending side. */
  @OptionSet({"global", "domain", "binding", "binding_group"})
  public record Sending(
      @Option(value = "20", min = -1, doc = "connections") int maxOutboundConnections,
      @Option(doc = "name") Optional<String> ehloHostname) {}

  private final OptionCatalog catalog = new OptionCatalog();
  private String text = "";
  private ConfigEngine engine;
  private int round;

  @Setup
  public void prepare() throws ConfigException {
    StringBuilder out = new StringBuilder("max_outbound_connections = 20\n");
    for (int i = 0; i < 10_000; i++) {
      out.append("Domain \"domain%d.example.com\" {\n".formatted(i));
      out.append("  Max_Outbound_Connections = %d\n}\n".formatted(i));
    }
    for (int b = 0; b < 200; b++) {
      out.append(
          "Binding \"binding-%d\" {\n  EHLO_Hostname = \"b%d.example.com\"\n".formatted(b, b));
      for (int d = 0; d < 50; d++) {
        out.append("  Domain \"domain%d.example.com\" {\n".formatted(d));
        out.append("    Max_Outbound_Connections = %d\n  }\n".formatted(b + d));
      }
      out.append("}\n");
    }
    text = out.toString();
    catalog.declare(Sending.class, "bench");
    engine = new ConfigEngine(catalog, java.time.InstantSource.system());
  }

  /** As a server that starts reads it: nothing is compiled yet. */
  @Benchmark
  @BenchmarkMode(Mode.SingleShotTime)
  @Warmup(iterations = 0)
  @Measurement(iterations = 1)
  @Fork(5)
  public ConfigEngine firstRead() throws ConfigException {
    return ConfigEngine.ofText(catalog, text);
  }

  /** As {@code config reload} reads it. */
  @Benchmark
  @BenchmarkMode(Mode.AverageTime)
  @Warmup(iterations = 3, time = 2)
  @Measurement(iterations = 5, time = 2)
  @Fork(1)
  public ConfigEngine readAgain() throws ConfigException {
    return ConfigEngine.ofText(catalog, text);
  }

  /** {@code config set} of one option. */
  @Benchmark
  @BenchmarkMode(Mode.AverageTime)
  @Warmup(iterations = 3, time = 2)
  @Measurement(iterations = 5, time = 2)
  @Fork(1)
  public Commit onlineChange() throws ConfigException {
    if (round++ == 0) {
      engine = ConfigEngine.ofText(catalog, text);
    }
    try (Transaction change = engine.begin(false)) {
      change.set(
          "binding binding-7 domain domain3.example.com max_outbound_connections " + round % 100);
      return change.commit();
    }
  }
}
