package org.impetusmta.spool.hashed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.impetusmta.testkit.spool.SpoolClient.body;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.Spool.AttemptState;
import org.impetusmta.api.spool.Spool.SpoolEntry;
import org.impetusmta.testkit.spool.SpoolClient;
import org.impetusmta.testkit.spool.SpoolClient.Harvest;
import org.impetusmta.testkit.spool.TestEventLoop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A sequence of stores, updates, a rewrite and removals is cut short at each of its operations on
 * the disk: what was answered is there afterwards, whole.
 */
class HashedCrashTest {
  private static final AttemptState ONCE = new AttemptState(1, 1_800_000_000_000L, "450 busy");
  private static final AttemptState TWICE = new AttemptState(2, 1_900_000_000_000L, "451 later");

  @TempDir Path folder;

  private final TestEventLoop loop = new TestEventLoop(0);

  @AfterEach
  void tearDown() {
    loop.close();
  }

  /** What was asked for, and how far it got. */
  private static final class Ledger {
    /** Recipients whose store was answered and that nobody removed. */
    private final Set<String> kept = new HashSet<>();

    /** Recipients of which nothing is promised: the store was not answered, or removal began. */
    private final Set<String> open = new HashSet<>();

    private final Map<String, List<AttemptState>> states = new HashMap<>();
    private final Map<String, String> bodies = new HashMap<>();

    private void mayBe(String recipient, AttemptState state) {
      states.computeIfAbsent(recipient, _ -> new ArrayList<>()).add(state);
    }
  }

  private SpoolEntry store(HashedSpool spool, SpoolClient client, Ledger ledger, String... to)
      throws IOException {
    List<Envelope> envelopes = new ArrayList<>();
    for (String recipient : to) {
      envelopes.add(client.envelope(recipient));
      ledger.open.add(recipient);
      ledger.bodies.put(recipient, "of " + to[0]);
      ledger.states.put(recipient, new ArrayList<>(List.of(AttemptState.NEW)));
    }
    List<SpoolEntry> entries = SpoolClient.store(spool, loop, envelopes, body("of " + to[0]));
    for (String recipient : to) {
      ledger.open.remove(recipient);
      ledger.kept.add(recipient);
    }
    return entries.get(0);
  }

  private void work(HashedSpool spool, Ledger ledger) {
    SpoolClient client = new SpoolClient();
    try {
      SpoolEntry a = store(spool, client, ledger, "a@x", "b@x", "c@x");
      ledger.mayBe("a@x", ONCE);
      spool.update(a, ONCE);
      SpoolEntry d = store(spool, client, ledger, "d@x");
      ledger.kept.remove("d@x");
      ledger.open.add("d@x");
      spool.unlink(d);
      ledger.mayBe("a@x", TWICE);
      Envelope other = spool.find(a.id()).orElseThrow().envelope();
      spool.rewrite(a, other, TWICE);
      spool.sync();
      ledger.states.put("a@x", List.of(TWICE));
      ledger.open.remove("d@x");
      ledger.kept.remove("a@x");
      ledger.open.add("a@x");
      spool.unlink(a);
      store(spool, client, ledger, "e@x");
      spool.sync();
      ledger.open.remove("a@x");
    } catch (IOException e) {
      assertThat(e).hasMessageMatching("(?s).*(Input/output error|No space left|tried again).*");
    }
  }

  private void check(Path base, Ledger ledger, String what) throws IOException {
    HashedSpool spool =
        HashedSpool.open(base, TestPools.direct(() -> true), InstantSource.system());
    Harvest harvest = SpoolClient.recover(spool);
    Set<String> seen = new HashSet<>(harvest.recipients());
    assertThat(seen).as(what).hasSameSizeAs(harvest.recipients()).containsAll(ledger.kept);
    seen.removeAll(ledger.kept);
    assertThat(ledger.open).as(what).containsAll(seen);
    for (SpoolClient.Recovered message : harvest.messages()) {
      String recipient = message.envelope().recipient().toString();
      assertThat(spool.read(message.entry()).toByteArray())
          .as(what)
          .isEqualTo(body(ledger.bodies.getOrDefault(recipient, "")).toByteArray());
      assertThat(ledger.states.get(recipient)).as(what).contains(message.state());
    }
    spool.close();
    // what was set aside is reported once
    HashedSpool again =
        HashedSpool.open(base, TestPools.direct(() -> true), InstantSource.system());
    Harvest second = SpoolClient.recover(again);
    assertThat(second.recovery().damagedRecords()).as(what).isZero();
    assertThat(second.recipients()).as(what).isEqualTo(harvest.recipients());
    again.close();
  }

  @ParameterizedTest
  @EnumSource
  void a_crash_at_each_operation(FaultyDisk.Fault fault) throws IOException {
    int cuts = 0;
    boolean reached = true;
    for (int k = 1; reached; k++) {
      Path base = folder.resolve(fault + "-" + k);
      FaultyDisk disk = new FaultyDisk();
      HashedSpool spool =
          new HashedSpool(base, TestPools.direct(() -> true), disk, InstantSource.system());
      SpoolClient.recover(spool);
      disk.fail(k, true, fault); // what comes after a crash does not happen
      Ledger ledger = new Ledger();
      work(spool, ledger);
      reached = disk.failed();
      spool.abandon();
      check(base, ledger, fault + " at operation " + k);
      cuts++;
    }
    assertThat(cuts).isGreaterThan(40);
  }

  @ParameterizedTest
  @EnumSource
  void one_operation_fails_and_the_spool_goes_on(FaultyDisk.Fault fault) throws IOException {
    boolean reached = true;
    for (int k = 1; reached; k++) {
      Path base = folder.resolve(fault + "-one-" + k);
      FaultyDisk disk = new FaultyDisk();
      HashedSpool spool =
          new HashedSpool(base, TestPools.direct(() -> true), disk, InstantSource.system());
      SpoolClient.recover(spool);
      disk.fail(k, false, fault);
      Ledger ledger = new Ledger();
      work(spool, ledger);
      reached = disk.failed();
      disk.heal();
      SpoolClient later = new SpoolClient();
      for (int i = 0; i < 100; i++) {
        later.envelope("ids that the others do not have");
      }
      SpoolEntry after = store(spool, later, ledger, "after@x");
      assertThat(spool.writable()).isTrue();
      spool.sync();
      assertThat(spool.find(after.id())).isPresent();
      spool.abandon();
      check(base, ledger, fault + " at operation " + k + " only");
    }
  }

  @Test
  void power_goes_at_each_operation() throws IOException {
    boolean reached = true;
    for (int k = 1; reached; k++) {
      Path base = folder.resolve("power-" + k);
      LossyDisk disk = new LossyDisk(folder.resolve("kept-" + k));
      HashedSpool spool =
          new HashedSpool(base, TestPools.direct(() -> true), disk, InstantSource.system());
      SpoolClient.recover(spool);
      disk.stopAt(k);
      Ledger ledger = new Ledger();
      work(spool, ledger);
      reached = disk.stopped();
      spool.abandon();
      disk.loseWhatWasNotSynced();
      check(base, ledger, "power lost at operation " + k);
      deleteAll(base);
    }
  }

  private static void deleteAll(Path base) throws IOException {
    try (Stream<Path> files = Files.walk(base)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
