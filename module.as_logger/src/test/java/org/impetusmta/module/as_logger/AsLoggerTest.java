package org.impetusmta.module.as_logger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.impetusmta.api.audit.SeriesDefinition;
import org.impetusmta.api.audit.SeriesType;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.audit.LocalAuditSeries;
import org.impetusmta.testkit.ManualClock;
import org.impetusmta.testkit.queue.TestScheduler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The examples of modules.as_logger. */
final class AsLoggerTest {
  private static final List<String> NAMES =
      List.of("spam", "virusspam", "other", "another", "keep-1", "myseries", "myseries2");

  @TempDir Path folder = Path.of("");
  private final ManualClock clock = new ManualClock(1_209_067_200_000L);
  private final TestScheduler scheduler = new TestScheduler(clock, 1);
  private final LocalAuditSeries all = new LocalAuditSeries(clock, List::of);

  private AsLogger module(List<String> exclude, List<String> include, AsLogger.Which which)
      throws ConfigException {
    return new AsLogger(
        new AsLogger.Options(
            Optional.of(folder.toString()), Duration.ofSeconds(60), exclude, include, which),
        all,
        scheduler,
        ZoneOffset.UTC);
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          all  | spam$ ^other | | another keep-1 myseries myseries2
          none | | ^keep- ^myseries$ | keep-1 myseries
          none | spam | other | another other
          all  | | spam | another keep-1 myseries myseries2 other spam virusspam
          none | | | ''
          """)
  void chooses(String which, String exclude, String include, String expected) throws Exception {
    NAMES.forEach(name -> all.define(new SeriesDefinition(name, SeriesType.CIDR, 300, 2)));
    module(
        exclude == null ? List.of() : List.of(exclude.split(" ")),
        include == null ? List.of() : List.of(include.split(" ")),
        which.equals("all") ? AsLogger.Which.ALL : AsLogger.Which.NONE);
    all.all().forEach(series -> series.add("10.0.0.1", 1));
    scheduler.advance(Duration.ofSeconds(60));
    assertThat(String.join(" ", files()).replace(".20080424T200100", "")).isEqualTo(expected);
  }

  @Test
  void eachFileIsOnePeriodAndPolicyKeepsItsCounts() throws Exception {
    AsLogger logger = module(List.of(), List.of(), AsLogger.Which.ALL);
    SeriesDefinition definition = new SeriesDefinition("spam", SeriesType.CIDR, 300, 2);
    logger.defined(all.define(definition));
    scheduler.run();
    all.define(definition).add("10.0.0.1", 3);
    scheduler.advance(Duration.ofSeconds(60));
    all.define(definition).add("10.0.0.1", 4);
    scheduler.advance(Duration.ofSeconds(30));
    logger.end();
    assertThat(files()).containsExactly("spam.20080424T200100", "spam.20080424T200130");
    assertThat(Files.readString(folder.resolve("spam.20080424T200100"))).endsWith("10.0.0.1 3\n");
    assertThat(Files.readString(folder.resolve("spam.20080424T200130"))).endsWith("10.0.0.1 4\n");
    assertThat(all.define(definition).total(0, 0)).isEqualTo(7);
  }

  @Test
  void badOptions() {
    assertThatThrownBy(() -> module(List.of("("), List.of(), AsLogger.Which.ALL))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("series_exclude");
    for (Optional<String> base : List.of(Optional.<String>empty(), Optional.of("relative"))) {
      assertThatThrownBy(
              () ->
                  new AsLogger(
                      new AsLogger.Options(
                          base, Duration.ofSeconds(60), List.of(), List.of(), AsLogger.Which.ALL),
                      all,
                      scheduler,
                      ZoneOffset.UTC))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("base_dir");
    }
  }
}
