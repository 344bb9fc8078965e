package org.impetusmta.module.prometheus;

import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.OpenMetricsTextFormatWriter;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.hook.HooksInForce;
import org.impetusmta.api.http.HttpAnswer;
import org.impetusmta.api.http.HttpRequest;
import org.impetusmta.api.http.HttpResource;
import org.impetusmta.api.metrics.CacheWatch;
import org.impetusmta.api.metrics.MetricSource;
import org.impetusmta.api.metrics.NamedCounters;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code GET /metrics} of the HTTP listeners: the figures of the server and of modules in the text
 * formats of Prometheus 0.0.4 and OpenMetrics 1.0. Beyond the manual. Concurrent.
 */
@Module(
    name = "prometheus",
    kind = Module.Kind.SINGLETON,
    singleton = "true",
    description = "GET /metrics: figures of the server for Prometheus")
@Component(factory = Module.FACTORY + "prometheus", service = HttpResource.class)
public final class Prometheus implements HttpResource {
  private static final Logger LOG = LoggerFactory.getLogger(Prometheus.class);
  private static final String BINDING_GROUP = "binding_group";

  private final Options options;
  private final Sources sources;
  private final ExpositionFormatWriter plain =
      PrometheusTextFormatWriter.builder().setIncludeCreatedTimestamps(false).build();
  private final ExpositionFormatWriter open = new OpenMetricsTextFormatWriter(false, false);

  /** The options of the stanza. */
  @OptionSet("prometheus")
  public record Options(
      @Option(value = "/metrics", doc = "the path that is scraped") String path,
      @Option(
              value = "false",
              doc = "whether figures of queues are told apart by binding_group; else they are sums")
          boolean byBindingGroup,
      @Option(value = "false", doc = "whether the counters of scripts and modules are told too")
          boolean namedCounters) {}

  /** Who is asked. */
  record Sources(
      Supplier<List<MetricSource>> metrics,
      Supplier<List<CacheWatch>> caches,
      NamedCounters counters) {}

  /**
   * @throws ConfigException when the path is none
   */
  @Activate
  public Prometheus(
      Map<String, Object> properties,
      @Reference HooksInForce services,
      @Reference NamedCounters counters)
      throws ConfigException {
    this(
        ModuleStanza.of(properties).options(Options.class),
        new Sources(
            services.inForce(MetricSource.class), services.inForce(CacheWatch.class), counters));
  }

  Prometheus(Options options, Sources sources) throws ConfigException {
    if (!options.path().matches("(/[A-Za-z0-9._~-]+)+")) {
      throw new ConfigException(
          "in prometheus: path = \"%s\": expected a path, /metrics".formatted(options.path()));
    }
    this.options = options;
    this.sources = sources;
  }

  @Override
  public String path() {
    return options.path();
  }

  @Override
  public Set<String> methods() {
    return Set.of("GET");
  }

  @Override
  public HttpAnswer answer(HttpRequest request) throws IOException {
    Figures figures = new Figures(options.byBindingGroup() ? Set.of() : Set.of(BINDING_GROUP));
    for (MetricSource source : sources.metrics().get()) {
      try {
        source.collect(figures);
      } catch (RuntimeException failed) {
        LOG.error("{} has no figures", source.getClass().getName(), failed);
      }
    }
    sources.caches().get().forEach(cache -> cache(cache, figures));
    if (options.namedCounters()) {
      for (NamedCounters.Counter counter : sources.counters().all()) {
        figures.counter(
            "named_counter",
            "Counters of scripts and modules",
            counter.value(),
            "name",
            counter.name());
      }
    }
    boolean openMetrics =
        request.header("Accept").filter(said -> said.contains("openmetrics-text")).isPresent();
    ExpositionFormatWriter writer = openMetrics ? open : plain;
    ByteArrayOutputStream text = new ByteArrayOutputStream(16 << 10);
    writer.write(text, figures.snapshots());
    return HttpAnswer.of(200, writer.getContentType(), text.toByteArray());
  }

  private static void cache(CacheWatch cache, MetricSource.Sink sink) {
    CacheWatch.Figures now = cache.figures();
    String[] label = {"cache", cache.name()};
    sink.gauge("cache_entries", "Entries of a cache", now.entries(), label);
    sink.gauge("cache_capacity", "Entries that a cache holds at most", now.capacity(), label);
    sink.counter("cache_hits", "Lookups that found what they asked for", now.hits(), label);
    sink.counter("cache_misses", "Lookups that did not", now.misses(), label);
    sink.counter("cache_evictions", "Entries that made room", now.evicted(), label);
  }
}
