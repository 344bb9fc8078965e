package org.impetusmta.spool.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.Spool.AttemptState;
import org.impetusmta.api.spool.Spool.SpoolEntry;
import org.impetusmta.spool.journal.FaultyDisk.Failing;
import org.impetusmta.testkit.spool.SpoolClient;
import org.impetusmta.testkit.spool.SpoolClient.Harvest;
import org.impetusmta.testkit.spool.TestEventLoop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

/**
 * One script, run once for each call that the journal makes to the disk, which fails then: opening,
 * reading, writing, syncing, cutting, renaming, deleting, listing. Whatever fails, what was
 * acknowledged is there afterwards, what was removed for good stays away, and the writer lives on.
 */
class EveryCallFailsTest {
  private static final AttemptState TRIED = new AttemptState(1, 1_800_000_000_000L, "450 busy");
  private static final int MESSAGES = 24;
  private static final int TRIES = 40;

  @TempDir Path folder;

  private final TestEventLoop loop = new TestEventLoop(0);
  private final ConcurrentLinkedQueue<Throwable> thrown = new ConcurrentLinkedQueue<>();
  private final Logger logger = (Logger) LoggerFactory.getLogger("org.impetusmta.spool");
  private int runs;

  @BeforeEach
  void quiet() {
    // some thousand failures, each logged as the operator should see it
    logger.setLevel(Level.OFF);
    Thread.setDefaultUncaughtExceptionHandler((thread, e) -> thrown.add(e));
  }

  @AfterEach
  void tearDown() {
    logger.setLevel(null);
    Thread.setDefaultUncaughtExceptionHandler(null);
    loop.close();
  }

  @ParameterizedTest
  @CsvSource({"BEFORE,1,1", "AFTER,1,1", "BEFORE,5,3", "SHORT,1,7", "SHORT,100000,500"})
  void nothingIsLost(Failing how, int count, int step) throws Exception {
    int calls = run(0, 0, how);
    assertThat(calls).isGreaterThan(300);
    for (int from = 1; from <= calls; from += step) {
      run(from, count, how);
    }
    assertThat(thrown).isEmpty();
  }

  /** Runs the script; returns how many calls it made. */
  private int run(int from, int count, Failing how) throws Exception {
    String what = how + " of " + count + " calls from " + from;
    Path base = folder.resolve("run" + runs++);
    FaultyDisk disk = new FaultyDisk();
    disk.syncsSkipped.set(true);
    if (from > 0) {
      disk.failCalls(from, count, how);
    }
    Ledger ledger = new Ledger();
    SpoolClient client = new SpoolClient();
    JournalSpool spool = restart(what, base, disk, ledger);
    for (int i = 0; i < MESSAGES; i++) {
      step(spool, client, ledger, i);
      if (i % (MESSAGES / 3) == MESSAGES / 3 - 1) {
        if (i > MESSAGES / 2) {
          spool.abandon();
        } else {
          spool.close();
        }
        spool = restart(what, base, disk, ledger);
      }
    }
    int calls = disk.calls();
    disk.heal();
    await().atMost(Duration.ofSeconds(60)).pollDelay(Duration.ZERO).until(spool::writable);
    step(spool, client, ledger, MESSAGES);
    assertThat(ledger.isAlive(name(MESSAGES))).as(what + ": stores again").isTrue();
    Set<String> owed = ledger.owed();
    spool.abandon();
    spool = open(base, disk);
    ledger.check(what, owed, SpoolClient.recover(spool), spool, false);
    spool.abandon();
    delete(base);
    return calls;
  }

  private static JournalSpool open(Path base, FaultyDisk disk) throws IOException {
    return new JournalSpool(base, TestSettings.RESTLESS, disk, InstantSource.system());
  }

  private static String name(int i) {
    return "r" + i + "@x.example";
  }

  /** A start that fails is tried again, as an operator does. */
  private static JournalSpool restart(String what, Path base, FaultyDisk disk, Ledger ledger)
      throws IOException {
    Set<String> owed = ledger.owed();
    for (int i = 0; ; i++) {
      JournalSpool spool;
      try {
        spool = open(base, disk);
      } catch (IOException e) {
        assertThat(i).as(what).isLessThan(TRIES);
        continue;
      }
      Harvest harvest;
      try {
        harvest = SpoolClient.recover(spool);
      } catch (IOException e) {
        assertThat(i).as(what).isLessThan(TRIES);
        spool.abandon();
        continue;
      }
      ledger.check(what, owed, harvest, spool, true);
      return spool;
    }
  }

  private void step(JournalSpool spool, SpoolClient client, Ledger ledger, int i) {
    Envelope envelope = client.envelope(name(i));
    Body body = ledger.posted(envelope, 200 + 37 * (i % 11), i);
    try {
      SpoolEntry entry = SpoolClient.store(spool, loop, List.of(envelope), body).get(0);
      ledger.acknowledged(name(i), entry);
      if (i % 5 == 2) {
        ledger.updated(name(i), TRIED);
        spool.update(entry, TRIED);
      }
      if (i % 7 == 3) {
        ledger.rewritten(name(i), "other", AttemptState.NEW);
        spool.rewrite(entry, Ledger.bound(envelope, "other"), AttemptState.NEW);
      }
      if (i % 14 == 3) {
        ledger.updated(name(i), TRIED);
        spool.update(entry, TRIED);
      }
    } catch (IOException e) {
      logger.trace("not stored", e);
    }
    String former = name(i - 2);
    if (i % 4 != 1 && ledger.isAlive(former)) {
      ledger.removed(former);
      spool.unlink(ledger.entry(former));
    }
    if (i % 6 == 5) {
      Map<String, Integer> marked = ledger.mark();
      try {
        spool.sync();
        ledger.synced(marked);
      } catch (IOException e) {
        logger.trace("not synced", e);
      }
    }
  }

  private static void delete(Path base) throws IOException {
    try (var files = Files.walk(base)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
