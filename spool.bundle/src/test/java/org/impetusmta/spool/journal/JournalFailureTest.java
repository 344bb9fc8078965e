package org.impetusmta.spool.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;
import static org.impetusmta.testkit.spool.SpoolClient.body;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.spool.Spool.AttemptState;
import org.impetusmta.api.spool.Spool.SpoolEntry;
import org.impetusmta.testkit.spool.SpoolClient;
import org.impetusmta.testkit.spool.SpoolClient.Harvest;
import org.impetusmta.testkit.spool.TestEventLoop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Disks that fail, are slow, or are not there. */
class JournalFailureTest {
  private static final AttemptState TRIED = new AttemptState(1, 1_800_000_000_000L, "450 busy");

  @TempDir Path base;

  private final SpoolClient client = new SpoolClient();
  private final TestEventLoop loop = new TestEventLoop(0);
  private final FaultyDisk disk = new FaultyDisk();
  private final AtomicBoolean forceFsync = new AtomicBoolean(true);

  @AfterEach
  void tearDown() {
    loop.close();
  }

  private JournalSpool open(long segmentSize) throws IOException {
    return new JournalSpool(
        base,
        TestSettings.eager(
            segmentSize, forceFsync::get, 2, Duration.ofMillis(1), Duration.ofMillis(5)),
        disk,
        InstantSource.system());
  }

  private SpoolEntry store(JournalSpool spool, String recipient) throws IOException {
    return SpoolClient.store(spool, loop, List.of(client.envelope(recipient)), body("of it"))
        .get(0);
  }

  private Harvest restart(JournalSpool spool) throws IOException {
    spool.abandon();
    JournalSpool next = open(1 << 20);
    Harvest harvest = SpoolClient.recover(next);
    for (SpoolClient.Recovered message : harvest.messages()) {
      assertThat(next.read(message.entry()).toByteArray()).isEqualTo(body("of it").toByteArray());
    }
    next.abandon();
    return harvest;
  }

  enum Fault {
    WRITE,
    TORN_WRITE,
    TORN_WRITE_THAT_STAYS,
    SYNC,
    SYNC_AND_WHAT_WAS_WRITTEN_STAYS,
    SYNC_AND_NO_NEW_FILE;

    void strike(FaultyDisk disk) {
      switch (this) {
        case WRITE -> disk.writesFail.set(true);
        case TORN_WRITE -> disk.writesTear.set(true);
        case TORN_WRITE_THAT_STAYS -> {
          disk.writesTear.set(true);
          disk.truncatesFail.set(true);
        }
        case SYNC -> disk.syncsFail.set(true);
        case SYNC_AND_WHAT_WAS_WRITTEN_STAYS -> {
          disk.syncsFail.set(true);
          disk.truncatesFail.set(true);
        }
        case SYNC_AND_NO_NEW_FILE -> {
          disk.syncsFail.set(true);
          disk.opensFail.set(true);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void storesFailAndNothingConfirmedIsLost(Fault fault) throws IOException {
    JournalSpool spool = open(1 << 20);
    SpoolEntry before = store(spool, "before@x");
    SpoolEntry gone = store(spool, "gone@x");
    SpoolEntry goneLater = store(spool, "gone-later@x");
    spool.unlink(gone); // written, but covered by no sync when the disk fails
    await().until(() -> spool.statistics().unlinked() == 1);
    fault.strike(disk);
    for (int i = 0; i < 3; i++) {
      int n = i;
      assertThatThrownBy(() -> store(spool, "failed" + n + "@x")).isInstanceOf(IOException.class);
      assertThatThrownBy(spool::sync).isInstanceOf(IOException.class);
    }
    spool.unlink(goneLater);
    spool.update(before, TRIED);
    disk.heal();
    store(spool, "after@x");
    spool.sync();
    Harvest harvest = restart(spool);
    assertThat(harvest.messages())
        .extracting(m -> m.envelope().recipient().toString(), m -> m.state())
        .containsExactlyInAnyOrder(tuple("before@x", TRIED), tuple("after@x", AttemptState.NEW));
  }

  @ParameterizedTest
  @EnumSource
  void goesOnByItself(Fault fault) throws IOException {
    JournalSpool spool = open(1 << 20);
    SpoolEntry entry = store(spool, "gone@x");
    store(spool, "stays@x");
    fault.strike(disk);
    assertThatThrownBy(() -> store(spool, "failed@x")).isInstanceOf(IOException.class);
    spool.unlink(entry);
    disk.heal();
    // nobody asks for anything more, yet what is left moves off the segment that failed
    Path journal = base.resolve("journal");
    await()
        .until(
            () ->
                segments(journal).stream()
                    .noneMatch(f -> f.getFileName().toString().startsWith("0000000001")));
    spool.close();
    JournalSpool next = open(1 << 20);
    assertThat(SpoolClient.recover(next).recipients()).containsExactly("stays@x");
    next.abandon();
  }

  @Test
  void aSegmentThatCannotBeOpenedWhileTheDiskFailsIsNotLeftForLong() throws IOException {
    JournalSpool spool = open(1 << 20);
    store(spool, "stays@x");
    Fault.SYNC_AND_NO_NEW_FILE.strike(disk);
    assertThatThrownBy(() -> store(spool, "failed@x")).isInstanceOf(IOException.class);
    await().until(() -> disk.failedOpens.get() > 3); // it tries again and again
    disk.heal();
    Path journal = base.resolve("journal");
    await()
        .until(
            () ->
                segments(journal).stream()
                    .noneMatch(f -> f.getFileName().toString().startsWith("0000000001")));
    assertThat(restart(spool).recipients()).containsExactly("stays@x");
  }

  private static List<Path> segments(Path journal) throws IOException {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(journal, "*.journal")) {
      files.forEach(found::add);
    }
    return found;
  }

  @Test
  void aFullDiskDoesNotPileUpFiles() throws IOException {
    JournalSpool spool = open(1 << 20);
    store(spool, "before@x");
    disk.writesFail.set(true);
    for (int i = 0; i < 50; i++) {
      assertThatThrownBy(() -> store(spool, "failed@x")).isInstanceOf(IOException.class);
    }
    disk.writesFail.set(false);
    disk.syncsFail.set(true);
    for (int i = 0; i < 50; i++) {
      assertThatThrownBy(() -> store(spool, "failed@x")).isInstanceOf(IOException.class);
    }
    disk.heal();
    assertThat(segments(base.resolve("journal"))).hasSizeLessThan(3);
    assertThat(restart(spool).recipients()).containsExactly("before@x");
  }

  @Test
  void nothingIsConfirmedBeforeItsFolderEntryIsDurable() throws IOException {
    JournalSpool spool = open(1 << 20);
    disk.directorySyncsFail.set(true);
    assertThatThrownBy(() -> store(spool, "failed@x")).hasMessageContaining("Input/output");
    disk.heal();
    int before = disk.directorySyncs.get();
    store(spool, "after@x");
    assertThat(disk.directorySyncs.get()).isGreaterThan(before);
    assertThat(restart(spool).recipients()).containsExactly("after@x");
  }

  @Test
  void whatIsPostedWhileTheDiskIsBusyGoesInOneCommit() throws Exception {
    JournalSpool spool = open(1 << 20);
    CountDownLatch busy = new CountDownLatch(1);
    disk.hold = busy;
    List<CompletableFuture<List<SpoolEntry>>> answers = new ArrayList<>();
    answers.add(SpoolClient.post(spool, loop, List.of(client.envelope("first@x")), body("of it")));
    await().until(() -> segments(base.resolve("journal")).size() == 1);
    for (int i = 0; i < 100; i++) {
      answers.add(SpoolClient.post(spool, loop, List.of(client.envelope("r@x")), body("of it")));
    }
    assertThat(answers).noneMatch(CompletableFuture::isDone);
    busy.countDown();
    for (CompletableFuture<List<SpoolEntry>> answer : answers) {
      SpoolClient.await(answer);
    }
    assertThat(spool.statistics().syncs()).isLessThanOrEqualTo(3);
    assertThat(loop.tasks()).isLessThanOrEqualTo(3);
    assertThat(restart(spool).messages()).hasSize(101);
  }

  @Test
  void removalsAndUpdatesAskForNoSync() throws IOException {
    JournalSpool spool = open(1 << 20);
    SpoolEntry a = store(spool, "a@x");
    SpoolEntry b = store(spool, "b@x");
    int before = disk.syncs.get();
    long commits = spool.statistics().commits();
    spool.update(b, TRIED);
    spool.unlink(a);
    // they are written out without being asked: a crash of the process does not undo them
    await().until(() -> spool.statistics().commits() > commits && written(a));
    assertThat(disk.syncs.get()).isEqualTo(before);
    Harvest harvest = restart(spool);
    assertThat(harvest.recipients()).containsExactly("b@x");
    assertThat(harvest.messages().get(0).state()).isEqualTo(TRIED);
  }

  private boolean written(SpoolEntry entry) {
    return ((JournalEntry) entry).isUnlinked();
  }

  @Test
  void forceFsyncMayBeSwitchedOff() throws IOException {
    JournalSpool spool = open(1 << 20);
    forceFsync.set(false);
    for (int i = 0; i < 10; i++) {
      store(spool, "a@x");
    }
    assertThat(disk.syncs.get()).isZero();
    forceFsync.set(true);
    store(spool, "a@x");
    assertThat(disk.syncs.get()).isEqualTo(1);
    assertThat(restart(spool).messages()).hasSize(11);
  }

  @Test
  void copiesLiveMessagesOnWithTheirStates() throws IOException {
    JournalSpool spool = open(4096);
    List<String> alive = new ArrayList<>();
    List<SpoolEntry> kept = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      List<SpoolEntry> batch =
          SpoolClient.store(
              spool,
              loop,
              List.of(client.envelope("drop" + i + "@x"), client.envelope("keep" + i + "@x")),
              body("of it"));
      spool.unlink(batch.get(0));
      if (i % 30 == 0) {
        spool.update(batch.get(1), TRIED);
        alive.add("keep" + i + "@x");
        kept.add(batch.get(1));
      } else {
        spool.unlink(batch.get(1));
      }
    }
    spool.sync();
    await().until(() -> segments(base.resolve("journal")).size() <= 4);
    for (SpoolEntry entry : kept) {
      assertThat(spool.read(entry).toByteArray()).isEqualTo(body("of it").toByteArray());
    }
    Harvest harvest = restart(spool);
    assertThat(harvest.recipients()).containsExactlyInAnyOrderElementsOf(alive);
    assertThat(harvest.messages()).allMatch(m -> m.state().equals(TRIED));
    assertThat(harvest.recovery().damagedRecords()).isZero();
  }

  @Test
  void aFailureWhileCopyingOnLosesNothing() throws IOException {
    JournalSpool spool = open(4096);
    List<String> alive = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      if (i % 20 == 7) {
        disk.syncsFail.set(true);
        int n = i;
        assertThatThrownBy(() -> store(spool, "failed" + n + "@x")).isInstanceOf(IOException.class);
        disk.heal();
      }
      SpoolEntry entry = store(spool, "r" + i + "@x");
      if (i % 10 == 0) {
        alive.add("r" + i + "@x");
      } else {
        spool.unlink(entry);
      }
    }
    spool.sync();
    assertThat(restart(spool).recipients()).containsExactlyInAnyOrderElementsOf(alive);
  }

  @Test
  void aMessageLargerThanASegmentFits() throws IOException {
    JournalSpool spool = open(4096);
    Body big = SpoolClient.body(3_000_000, 9);
    store(spool, "a@x");
    SpoolEntry entry =
        SpoolClient.store(spool, loop, List.of(client.envelope("big@x")), big).get(0);
    store(spool, "b@x");
    assertThat(spool.read(entry).toByteArray()).isEqualTo(big.toByteArray());
    spool.unlink(entry);
    spool.sync();
    assertThat(restart(spool).recipients()).containsExactlyInAnyOrder("a@x", "b@x");
  }

  @ParameterizedTest
  @CsvSource({"416,rw-r-----,rwxr-x---", "384,rw-------,rwx------"})
  void filesHaveTheModeAskedFor(int mode, String ofFile, String ofFolder) throws IOException {
    Path spoolBase = base.resolve("sub/spool");
    JournalSpool spool =
        new JournalSpool(
            spoolBase, JournalSettings.of(() -> true, mode), disk, InstantSource.system());
    store(spool, "a@x");
    Path journal = spoolBase.resolve("journal");
    assertThat(Files.getPosixFilePermissions(segments(journal).get(0)))
        .isEqualTo(PosixFilePermissions.fromString(ofFile));
    assertThat(Files.getPosixFilePermissions(journal))
        .isEqualTo(PosixFilePermissions.fromString(ofFolder));
    spool.close();
  }

  @Test
  void namesTheFolderThatItCannotUse() throws IOException {
    Path file = Files.createFile(base.resolve("file"));
    assertThatThrownBy(
            () ->
                new JournalSpool(
                    file, JournalSettings.of(() -> true, 0640), disk, InstantSource.system()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file.toString());
  }
}
