package org.impetusmta.module.prometheus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.http.HttpAnswer;
import org.impetusmta.api.metrics.CacheWatch;
import org.impetusmta.api.metrics.MetricSource;
import org.impetusmta.api.metrics.NamedCounters;
import org.impetusmta.testkit.http.TestRequest;
import org.junit.jupiter.api.Test;

/** What is scraped, read by a parser that is as strict as promtool. */
final class PrometheusTest {
  private static final Pattern SAMPLE =
      Pattern.compile(
          "([a-zA-Z_:][a-zA-Z0-9_:]*)"
              + "(?:\\{((?:[a-zA-Z_][a-zA-Z0-9_]*=\"(?:[^\"\\\\\n]|\\\\[\\\\n\"])*\",?)*)\\})?"
              + " (NaN|[+-]Inf|[-+0-9.eE]+)");

  private static final MetricSource SOURCE =
      sink -> {
        sink.counter("messages_received", "Messages received", 17);
        sink.gauge("queue_active_messages", "Active", 3, "binding_group", "one");
        sink.gauge("queue_active_messages", "Active", 4, "binding_group", "two \"\\\n");
      };

  private static final CacheWatch CACHE =
      new CacheWatch() {
        @Override
        public String name() {
          return "dns:answers";
        }

        @Override
        public Figures figures() {
          return new Figures(1000, 7, 5, 2, 0, 7, 0, 0, 1, 60);
        }
      };

  private static final class NoCounters implements NamedCounters {
    @Override
    public Counter open(String name) {
      throw new IllegalStateException();
    }

    @Override
    public Optional<Counter> find(String name) {
      return Optional.empty();
    }

    @Override
    public List<Counter> all() {
      return List.of();
    }

    @Override
    public boolean unlink(String name) {
      return false;
    }
  }

  private static Prometheus module(boolean byGroup, MetricSource... sources)
      throws ConfigException {
    return new Prometheus(
        new Prometheus.Options("/metrics", byGroup, true),
        new Prometheus.Sources(() -> List.of(sources), () -> List.of(CACHE), new NoCounters()));
  }

  private static String scrape(Prometheus module, String accept) throws Exception {
    HttpAnswer answer =
        module.answer(new TestRequest("GET", "/metrics", Map.of(), Map.of("Accept", accept)));
    assertThat(answer.status()).isEqualTo(200);
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    answer.content().writeTo(text);
    return text.toString(StandardCharsets.UTF_8);
  }

  /** Samples by name and labels; fails where promtool would. */
  private static Map<String, Double> parse(String text) {
    assertThat(text).endsWith("\n");
    Map<String, Double> samples = new HashMap<>();
    Map<String, String> types = new HashMap<>();
    Set<String> helped = new HashSet<>();
    String family = "";
    for (String line : text.split("\n")) {
      if (line.startsWith("# HELP ")) {
        family = line.split(" ")[2];
        assertThat(helped.add(family)).as("one HELP for %s", family).isTrue();
      } else if (line.startsWith("# TYPE ")) {
        assertThat(line.split(" ")[2]).isEqualTo(family);
        types.put(family, line.split(" ")[3]);
      } else if (!line.startsWith("#")) {
        Matcher sample = SAMPLE.matcher(line);
        assertThat(sample.matches()).as(line).isTrue();
        assertThat(sample.group(1)).startsWith(family);
        if ("counter".equals(types.get(family))) {
          assertThat(sample.group(1)).endsWith("_total");
        }
        assertThat(types).containsKey(family);
        Double before =
            samples.put(
                sample.group(1) + "{" + (sample.group(2) == null ? "" : sample.group(2)) + "}",
                Double.valueOf(sample.group(3)));
        assertThat(before).as("one sample: %s", line).isNull();
      }
    }
    return samples;
  }

  @Test
  void figures_are_told_as_prometheus_reads_them() throws Exception {
    Map<String, Double> samples = parse(scrape(module(true, SOURCE), "*/*"));
    assertThat(samples)
        .containsEntry("impetus_messages_received_total{}", 17.0)
        .containsEntry("impetus_queue_active_messages{binding_group=\"one\"}", 3.0)
        .containsEntry("impetus_queue_active_messages{binding_group=\"two \\\"\\\\\\n\"}", 4.0)
        .containsEntry("impetus_cache_hits_total{cache=\"dns:answers\"}", 5.0)
        .containsEntry("impetus_cache_entries{cache=\"dns:answers\"}", 7.0);
  }

  @Test
  void binding_groups_are_summed_unless_they_are_wanted() throws Exception {
    assertThat(parse(scrape(module(false, SOURCE), "*/*")))
        .containsEntry("impetus_queue_active_messages{}", 7.0);
  }

  @Test
  void a_scraper_that_asks_gets_open_metrics() throws Exception {
    assertThat(scrape(module(false, SOURCE), "application/openmetrics-text;version=1.0.0"))
        .contains("# TYPE impetus_messages_received counter\n")
        .contains("impetus_messages_received_total 17.0\n")
        .endsWith("# EOF\n");
  }

  @Test
  void a_source_that_fails_keeps_no_other_from_being_told() throws Exception {
    MetricSource fails =
        _ -> {
          throw new IllegalStateException("no figures today");
        };
    assertThat(parse(scrape(module(false, fails, SOURCE), "*/*")))
        .containsEntry("impetus_messages_received_total{}", 17.0);
  }

  @Test
  void a_path_that_is_none_is_refused() {
    assertThatThrownBy(
            () ->
                new Prometheus(
                    new Prometheus.Options("metrics", false, false),
                    new Prometheus.Sources(List::of, List::of, new NoCounters())))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("expected a path");
  }
}
