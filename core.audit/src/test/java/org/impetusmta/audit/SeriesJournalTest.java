package org.impetusmta.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.impetusmta.api.audit.Series;
import org.impetusmta.api.audit.SeriesDefinition;
import org.impetusmta.api.audit.SeriesItem;
import org.impetusmta.api.audit.SeriesType;
import org.impetusmta.testkit.ManualClock;
import org.impetusmta.testkit.queue.TestScheduler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of series: when they are written, and that they hold what was counted. */
final class SeriesJournalTest {
  /** 24 April 2008, 19:50:00 UTC. */
  private static final long START = 1_209_066_600L;

  @TempDir Path folder = Path.of("");
  private final ManualClock clock = new ManualClock(START * 1_000);
  private final TestScheduler scheduler = new TestScheduler(clock, 1);
  private final LocalAuditSeries all = new LocalAuditSeries(clock, List::of);

  private List<String> files() throws IOException {
    if (!Files.exists(folder.resolve("logs"))) {
      return List.of();
    }
    try (Stream<Path> paths = Files.list(folder.resolve("logs"))) {
      return paths.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  private String read(String name) throws IOException {
    return Files.readString(folder.resolve("logs").resolve(name));
  }

  @Test
  void aFileForEachPeriodInWhichSomethingWasAdded() throws IOException {
    Series series = all.define(new SeriesDefinition("spam", SeriesType.CIDR, 60, 2));
    series.add("10.0.0.9", 1);
    SeriesJournal journal =
        new SeriesJournal(folder.resolve("logs"), 900, scheduler, ZoneOffset.UTC);
    journal.add(series);
    journal.add(series);
    series.add("10.79.18.1", 35);
    scheduler.advance(Duration.ofMinutes(10));
    assertThat(files()).containsExactly("spam.20080424T200000");
    assertThat(read("spam.20080424T200000"))
        .isEqualTo(
            """
            impetus-audit 1
            series spam cidr 60,2 -
            window 1209066600 1209067200
            10.79.18.1 35
            """);
    scheduler.advance(Duration.ofMinutes(30));
    series.add("10.79.18.1", 2);
    scheduler.advance(Duration.ofMinutes(1));
    journal.end();
    assertThat(files()).containsExactly("spam.20080424T200000", "spam.20080424T203100");
    assertThat(read("spam.20080424T203100")).contains("\n10.79.18.1 2\n");
    series.add("10.79.18.1", 2);
    scheduler.advance(Duration.ofMinutes(30));
    assertThat(files()).hasSize(2);
  }

  @Test
  void whatCannotBeWrittenIsWrittenLater() throws IOException {
    Series series = all.define(new SeriesDefinition("spam", SeriesType.CIDR, 60, 2));
    Path logs = Files.writeString(folder.resolve("logs"), "in the way");
    SeriesJournal journal = new SeriesJournal(logs, 60, scheduler, ZoneOffset.UTC);
    journal.add(series);
    series.add("10.0.0.1", 1);
    scheduler.advance(Duration.ofMinutes(1));
    Files.delete(logs);
    series.add("10.0.0.1", 1);
    scheduler.advance(Duration.ofMinutes(1));
    assertThat(files()).containsExactly("spam.20080424T195200");
    assertThat(read("spam.20080424T195200")).contains("\n10.0.0.1 2\n");
  }

  @Test
  void keysComeBackAsTheyWere() throws IOException {
    Path file = folder.resolve("logs/s");
    List<SeriesItem> items =
        List.of(
            new SeriesItem("plain", 1),
            new SeriesItem("a b%c\n\td", -2),
            new SeriesItem("h\u00fclle", Long.MAX_VALUE));
    Snapshot.Head head = new Snapshot.Head("s", SeriesType.STRING, "60,1", "4@5");
    assertThat(Snapshot.write(file, head, Snapshot.of(60, 120, items::forEach))).isTrue();
    List<SeriesItem> found = new ArrayList<>();
    List<Long> times = new ArrayList<>();
    Snapshot.read(
        file,
        (from, to, item) -> {
          times.add(to - from);
          found.add(item);
        });
    assertThat(found).isEqualTo(items);
    assertThat(times).containsOnly(60L);
    assertThat(Snapshot.head(file)).isEqualTo(head);
    assertThat(Snapshot.write(file, head, sink -> {})).isFalse();
    assertThat(Snapshot.head(file)).as("nothing to write: the old one stays").isEqualTo(head);
    assertThat(files()).containsExactly("s");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "impetus-audit 2\n",
        "impetus-audit 1\n",
        "impetus-audit 1\nseries x\n",
        "impetus-audit 1\nseries x animals 1,1 -\n",
        "impetus-audit 1\nseries x cidr 1,1 -\n10.0.0.1\n",
        "impetus-audit 1\nseries x cidr 1,1 -\n10.0.0.1 many\n",
        "impetus-audit 1\nseries x cidr 1,1 -\n%4 1\n"
      })
  void otherFilesAreRefused(String content) throws IOException {
    Path file = Files.writeString(folder.resolve("other"), content);
    assertThatThrownBy(() -> Snapshot.read(file, (from, to, item) -> {}))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("other");
  }
}
