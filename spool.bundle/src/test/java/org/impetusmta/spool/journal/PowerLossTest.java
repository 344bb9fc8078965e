package org.impetusmta.spool.journal;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.Spool.AttemptState;
import org.impetusmta.testkit.spool.SpoolClient;
import org.impetusmta.testkit.spool.SpoolClient.Harvest;
import org.impetusmta.testkit.spool.TestEventLoop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/**
 * Lets the power fail at any moment of a busy journal, again and again: what was acknowledged is
 * there, what was removed for good stays away, what was never stored is not made up. The longer run
 * takes its number of rounds from the system property {@code impetus.powerloss.rounds}.
 */
class PowerLossTest {
  private static final int ROUNDS = Integer.getInteger("impetus.powerloss.rounds", 60);
  private static final JournalSettings SETTINGS =
      TestSettings.eager(8192, () -> true, 2, Duration.ofMillis(1), Duration.ofMillis(1));

  @TempDir Path folder;

  private final TestEventLoop loop = new TestEventLoop(0);
  private final Logger logger = (Logger) LoggerFactory.getLogger("org.impetusmta.spool");

  @BeforeEach
  void quiet() {
    logger.setLevel(Level.OFF);
  }

  @AfterEach
  void tearDown() {
    logger.setLevel(null);
    loop.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {512, 4096})
  void whatWasAcknowledgedSurvives(int blockSize) throws Exception {
    Random random = new Random(blockSize);
    Path base = folder.resolve("life0");
    Files.createDirectories(base.resolve("journal"));
    Ledger ledger = new Ledger();
    SpoolClient client = new SpoolClient();
    int number = 0;
    long torn = 0;
    for (int round = 0; round < ROUNDS; round++) {
      String what = "blocks of " + blockSize + ", round " + round;
      empty(base.resolve("damaged"));
      PowerLossDisk disk = new PowerLossDisk(base, blockSize);
      Set<String> owed = ledger.owed();
      JournalSpool spool = new JournalSpool(base, SETTINGS, disk, InstantSource.system());
      Harvest harvest = SpoolClient.recover(spool);
      torn += harvest.recovery().damagedRecords();
      assertThat(harvest.recovery().damagedRecords() > 0)
          .as(what + ": set aside is what was reported, nothing else")
          .isEqualTo(!isEmpty(base.resolve("damaged")));
      ledger.check(what, owed, harvest, spool, false);
      List<CompletableFuture<?>> answers = new ArrayList<>();
      int last = number + 5 + random.nextInt(40);
      for (; number < last; number++) {
        answers.add(post(spool, client, ledger, number));
        act(spool, ledger, random, number);
      }
      int wait = random.nextInt(answers.size());
      SpoolClient.await(answers.get(wait));
      for (int more = random.nextInt(8); more > 0; more--) {
        post(spool, client, ledger, number++);
      }
      LockSupport.parkNanos(random.nextInt(600_000));
      // the power fails while the writer is anywhere; what it answers later, nobody hears
      Set<String> acknowledged = ledger.owed();
      Path next = folder.resolve("life" + (round + 1));
      disk.cut(base, next, random);
      spool.abandon();
      CompletableFuture<Void> heard = new CompletableFuture<>();
      loop.execute(() -> heard.complete(null)); // behind the last of its answers
      SpoolClient.await(heard);
      ledger.forgetSince(acknowledged);
      base = next;
    }
    if (blockSize == 512) { // most groups fit into one block of 4096, which is there or is not
      assertThat(torn).as("some writes were torn").isPositive();
    }
  }

  private static boolean isEmpty(Path damaged) throws IOException {
    if (!Files.isDirectory(damaged)) {
      return true;
    }
    try (var files = Files.list(damaged)) {
      return files.findAny().isEmpty();
    }
  }

  private static void empty(Path damaged) throws IOException {
    if (Files.isDirectory(damaged)) {
      try (var files = Files.list(damaged)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
    }
  }

  private static String name(int i) {
    return "r" + i + "@x.example";
  }

  private CompletableFuture<?> post(
      JournalSpool spool, SpoolClient client, Ledger ledger, int number) {
    Envelope envelope = client.envelope(name(number));
    Body body = ledger.posted(envelope, 100 + 61 * (number % 17), number);
    return SpoolClient.post(spool, loop, List.of(envelope), body)
        .thenAccept(entries -> ledger.acknowledged(name(number), entries.get(0)));
  }

  private static void act(JournalSpool spool, Ledger ledger, Random random, int number)
      throws IOException {
    for (int i = 0; i < 2; i++) {
      String other = name(Math.max(0, number - random.nextInt(60)));
      if (!ledger.isAlive(other)) {
        continue;
      }
      AttemptState state = new AttemptState(random.nextInt(5), random.nextInt(1000), "450 busy");
      switch (random.nextInt(4)) {
        case 0 -> {
          ledger.updated(other, state);
          spool.update(ledger.entry(other), state);
        }
        case 1 -> {
          ledger.removed(other);
          spool.unlink(ledger.entry(other));
        }
        case 2 -> {
          ledger.removed(other);
          spool.unlink(ledger.entry(other));
        }
        default -> {
          if (random.nextInt(4) == 0) {
            Map<String, Integer> marked = ledger.mark();
            spool.sync();
            ledger.synced(marked);
          }
        }
      }
    }
  }
}
