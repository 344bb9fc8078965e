package org.impetusmta.spool.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.spool.Spool.AttemptState;
import org.impetusmta.api.spool.Spool.SpoolEntry;
import org.impetusmta.api.spool.Spool.Statistics;
import org.impetusmta.testkit.spool.SpoolClient;
import org.impetusmta.testkit.spool.TestEventLoop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The bounds of {@link Compaction}, with removals at random. */
class DiskUseTest {
  private static final int SEGMENT = 64 << 10;
  private static final int SPARES = 2;

  @TempDir Path base;

  private final SpoolClient client = new SpoolClient();
  private final TestEventLoop loop = new TestEventLoop(0);

  @AfterEach
  void tearDown() {
    loop.close();
  }

  private JournalSpool open(int segment) throws IOException {
    FaultyDisk disk = new FaultyDisk();
    disk.syncsSkipped.set(true);
    return new JournalSpool(
        base,
        TestSettings.eager(
            segment, () -> true, SPARES, Duration.ofMillis(1), Duration.ofMillis(10)),
        disk,
        InstantSource.system());
  }

  /**
   * Messages come and go; {@code keep} of them are alive on average, one in {@code old} of all
   * stays to the end. The journal takes up at most twice what is alive, and a few segments; it
   * writes at most twice what is stored and removed.
   */
  @ParameterizedTest
  @CsvSource({"1,50,1000", "2,200,20", "3,400,7", "4,10,100", "5,300,3"})
  void staysWithinItsBounds(long seed, int keep, int old) throws IOException {
    Random random = new Random(seed);
    JournalSpool spool = open(SEGMENT);
    List<SpoolEntry> alive = new ArrayList<>();
    List<SpoolEntry> staying = new ArrayList<>();
    long stored = 0;
    for (int i = 0; i < 4000; i++) {
      Body body = SpoolClient.body(200 + random.nextInt(1600), i);
      SpoolEntry entry =
          SpoolClient.store(spool, loop, List.of(client.envelope("r@x.example")), body).get(0);
      stored += ((JournalEntry) entry).batch().length();
      (random.nextInt(old) == 0 ? staying : alive).add(entry);
      while (alive.size() > keep) {
        int at = random.nextInt(alive.size());
        spool.unlink(alive.set(at, alive.getLast()));
        alive.removeLast();
        stored += RecordHeader.LENGTH + RecordHeader.UNLINK_LENGTH + RecordHeader.ALIGNMENT;
      }
      if (i % 500 == 499) {
        spool.sync();
        long live = length(alive) + length(staying);
        // the open segment, one on its way, the spares, and a tenth for indexes
        long bound = (2 * live + (2 + SPARES) * (long) SEGMENT) * 11 / 10;
        await()
            .atMost(Duration.ofSeconds(10))
            .untilAsserted(
                () -> assertThat(spool.statistics().diskBytes()).isLessThanOrEqualTo(bound));
      }
    }
    Statistics statistics = spool.statistics();
    assertThat(statistics.bytesWritten()).isLessThanOrEqualTo(2 * stored);
    // and it does copy: what stays would hold everything else otherwise
    assertThat(statistics.bytesWritten()).isGreaterThan(stored);
    spool.close();
  }

  private static long length(List<SpoolEntry> entries) {
    return entries.stream().mapToLong(e -> ((JournalEntry) e).batch().length()).sum();
  }

  @Test
  void asksForLittleMoreThanWasReceived() throws IOException {
    JournalSpool spool = open(1 << 20);
    long received = 0;
    List<SpoolEntry> entries = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      Body body = SpoolClient.body(4096, i);
      received += body.length();
      entries.addAll(
          SpoolClient.store(
              spool, loop, List.of(client.envelope("r" + i + "@x.example", dictionary(i))), body));
    }
    for (SpoolEntry entry : entries) {
      spool.update(
          entry, new AttemptState(1, 1_800_000_000_000L, "451 4.3.0 <" + entry.id() + "> not now"));
    }
    spool.close();
    JournalSpool again = open(1 << 20);
    assertThat(again.statistics().diskBytes()).isLessThan(received * 115 / 100);
    again.close();
  }

  private static Map<String, String> dictionary(int i) {
    return Map.of(
        "mailfrom_string", "MAIL FROM:<sender@example.org>",
        "mailfrom_localpart", "sender",
        "mailfrom_domain", "example.org",
        "rcptto_string", "RCPT TO:<r" + i + "@x.example>",
        "rcptto_localpart", "r" + i,
        "rcptto_domain", "x.example");
  }

  @Test
  void aSegmentThatIsClosedEarlyKeepsNoSpace() throws IOException {
    JournalSpool spool = open(SEGMENT);
    // so many go through that the last segment is one that was used before
    for (int i = 0; i < 400; i++) {
      spool.unlink(
          SpoolClient.store(
                  spool, loop, List.of(client.envelope("r@x.example")), SpoolClient.body(1000, i))
              .get(0));
      spool.sync();
    }
    SpoolEntry last =
        SpoolClient.store(
                spool, loop, List.of(client.envelope("r@x.example")), SpoolClient.body(1000, 1))
            .get(0);
    Path file = Ledger.segment(last).file();
    spool.close();
    assertThat(Files.size(file))
        .isLessThan(((JournalEntry) last).batch().offset() + 2000 + SEGMENT / 64);
  }
}
