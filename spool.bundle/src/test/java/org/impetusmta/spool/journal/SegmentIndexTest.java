package org.impetusmta.spool.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.impetusmta.testkit.spool.SpoolClient.body;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.Spool.AttemptState;
import org.impetusmta.api.spool.Spool.SpoolEntry;
import org.impetusmta.api.spool.SpoolException;
import org.impetusmta.testkit.spool.SpoolClient;
import org.impetusmta.testkit.spool.SpoolClient.Harvest;
import org.impetusmta.testkit.spool.SpoolClient.Recovered;
import org.impetusmta.testkit.spool.TestEventLoop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** An index is used when it is good, and never believed when it is not. */
class SegmentIndexTest {
  private static final AttemptState TRIED = new AttemptState(3, 1_800_000_000_000L, "450 busy");
  private static final FaultyDisk DISK = new FaultyDisk();

  @TempDir Path base;

  private final SpoolClient client = new SpoolClient();
  private final TestEventLoop loop = new TestEventLoop(0);
  private final Logger logger = (Logger) LoggerFactory.getLogger("org.impetusmta.spool");
  private Path segment = Path.of("");
  private Path index = Path.of("");

  @BeforeEach
  void fill() throws IOException {
    DISK.syncsSkipped.set(true);
    logger.setLevel(Level.OFF);
    JournalSpool spool = open();
    SpoolEntry a = store(spool, "a@x");
    SpoolEntry b = store(spool, "b@x");
    Envelope envelopeOfC = client.envelope("c@x");
    SpoolEntry c = SpoolClient.store(spool, loop, List.of(envelopeOfC), body("of it")).get(0);
    store(spool, "d@x");
    spool.update(b, TRIED);
    spool.rewrite(c, Ledger.bound(envelopeOfC, "other"), TRIED);
    spool.unlink(a);
    segment = Ledger.segment(a).file();
    index = base.resolve("journal").resolve("0000000001.index");
    spool.close();
    assertThat(index).exists();
  }

  @AfterEach
  void tearDown() {
    logger.setLevel(null);
    loop.close();
  }

  private JournalSpool open() throws IOException {
    return new JournalSpool(
        base, JournalSettings.of(() -> false, 0640), DISK, InstantSource.system());
  }

  private SpoolEntry store(JournalSpool spool, String recipient) throws IOException {
    return SpoolClient.store(spool, loop, List.of(client.envelope(recipient)), body("of it"))
        .get(0);
  }

  private static List<String> told(Harvest harvest) {
    return harvest.messages().stream()
        .map(m -> m.envelope() + " " + m.state() + " " + m.bodyLength())
        .toList();
  }

  private Harvest recover() throws IOException {
    JournalSpool spool = open();
    Harvest harvest = SpoolClient.recover(spool);
    spool.abandon();
    return harvest;
  }

  @Test
  void saysWhatTheSegmentSays() throws IOException {
    Harvest withIndex = recover();
    assertThat(withIndex.recipients()).containsExactlyInAnyOrder("b@x", "d@x", "c@x");
    Files.delete(index);
    assertThat(told(recover())).isEqualTo(told(withIndex));
    assertThat(index).as("made again of what was read").exists();
    assertThat(told(recover())).isEqualTo(told(withIndex));
  }

  @Test
  void isNotBelievedWhereverItIsCutOrFlipped() throws IOException {
    List<String> expected = told(recover());
    byte[] octets = Files.readAllBytes(index);
    for (int at = 0; at < octets.length; at++) {
      Files.write(index, Arrays.copyOf(octets, at));
      Harvest harvest = recover();
      assertThat(told(harvest)).as("cut at %d", at).isEqualTo(expected);
      assertThat(harvest.recovery().damagedRecords()).isZero();
      byte[] flipped = octets.clone();
      flipped[at] ^= (byte) (1 << at % 8);
      Files.write(index, flipped);
      harvest = recover();
      assertThat(told(harvest)).as("flipped at %d", at).isEqualTo(expected);
      assertThat(harvest.recovery().damagedRecords()).isZero();
    }
    byte[] longer = Arrays.copyOf(octets, octets.length + 1);
    Files.write(index, longer);
    assertThat(told(recover())).isEqualTo(expected);
  }

  @Test
  void sparesReadingTheSegment() throws IOException {
    List<String> expected = told(recover());
    byte[] octets = Files.readAllBytes(segment);
    byte[] spoilt = octets.clone();
    Arrays.fill(spoilt, SegmentHeader.FIRST_RECORD, octets.length - RecordHeader.LENGTH, (byte) 7);
    Files.write(segment, spoilt);
    JournalSpool spool = open();
    Harvest harvest = SpoolClient.recover(spool);
    assertThat(told(harvest)).isEqualTo(expected);
    // what is not there any more is told when it is asked for
    for (Recovered message : harvest.messages()) {
      assertThatThrownBy(() -> spool.read(message.entry()))
          .isInstanceOf(SpoolException.class)
          .hasMessageContaining(segment.toString())
          .hasMessageContaining("offset");
    }
    spool.abandon();
  }

  @Test
  void isNotBelievedOfASegmentThatEndsElsewhere() throws IOException {
    byte[] octets = Files.readAllBytes(segment);
    Files.write(segment, Arrays.copyOf(octets, octets.length - 8));
    Harvest harvest = recover();
    assertThat(harvest.recipients()).containsExactlyInAnyOrder("b@x", "d@x", "c@x");
    assertThat(harvest.recovery().damagedRecords()).isEqualTo(1);
  }

  @Test
  void isNotBelievedOfAnotherLife() throws IOException {
    byte[] foreign = Files.readAllBytes(index);
    Files.delete(index);
    Files.delete(segment);
    JournalSpool spool = open();
    store(spool, "other@x");
    spool.close();
    Files.write(index, foreign);
    assertThat(recover().recipients()).containsExactly("other@x");
  }

  @Test
  void goesWithItsSegment() throws IOException {
    JournalSpool spool = open();
    Harvest harvest = SpoolClient.recover(spool);
    harvest.messages().forEach(m -> spool.unlink(m.entry()));
    spool.sync();
    await().until(() -> !Files.exists(segment));
    assertThat(index).doesNotExist();
    spool.close();
  }

  @Test
  void anOrphanIsRemoved() throws IOException {
    Path orphan = base.resolve("journal/0000000099.index");
    Files.copy(index, orphan);
    recover();
    assertThat(orphan).doesNotExist();
    assertThat(index).exists();
  }

  @Test
  void recoveryOpensNoFileForAMessage() throws IOException {
    JournalSpool spool = open();
    SpoolClient.recover(spool);
    for (int i = 0; i < 300; i++) {
      spool.update(store(spool, "r" + i + "@x"), TRIED);
    }
    spool.close();
    FaultyDisk counting = new FaultyDisk();
    JournalSpool next =
        new JournalSpool(
            base, JournalSettings.of(() -> false, 0640), counting, InstantSource.system());
    assertThat(SpoolClient.recover(next).messages()).hasSize(303);
    assertThat(counting.calls()).isLessThan(60);
    next.abandon();
  }

  @Test
  void aBusyServerMakesOneOnlyOfWhatStays() throws IOException {
    JournalSpool spool =
        new JournalSpool(
            base.resolve("busy"),
            new JournalSettings(
                4096,
                () -> false,
                0640,
                2,
                Duration.ofDays(1),
                Duration.ofMillis(1),
                Duration.ofDays(1),
                Duration.ofMillis(10)),
            DISK,
            InstantSource.system());
    for (int i = 0; i < 100; i++) {
      spool.unlink(store(spool, "r@x"));
    }
    spool.sync();
    try (var files = Files.list(base.resolve("busy/journal"))) {
      assertThat(files).noneMatch(f -> f.toString().endsWith(".index"));
    }
    spool.close();
  }
}
