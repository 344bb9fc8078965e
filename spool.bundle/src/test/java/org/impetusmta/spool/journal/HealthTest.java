package org.impetusmta.spool.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.impetusmta.testkit.spool.SpoolClient.body;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import org.impetusmta.testkit.spool.SpoolClient;
import org.impetusmta.testkit.spool.TestEventLoop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The spool says when it takes no mail, and finds out by itself when it does again. */
class HealthTest {
  @TempDir Path base;

  private final SpoolClient client = new SpoolClient();
  private final TestEventLoop loop = new TestEventLoop(0);
  private final FaultyDisk disk = new FaultyDisk();

  @AfterEach
  void tearDown() {
    loop.close();
  }

  private JournalSpool open() throws IOException {
    return new JournalSpool(base, SmallSegmentsTest.SMALL, disk, InstantSource.system());
  }

  private void store(JournalSpool spool, String recipient) throws IOException {
    SpoolClient.store(spool, loop, List.of(client.envelope(recipient)), body("of it"));
  }

  @ParameterizedTest
  @EnumSource(JournalFailureTest.Fault.class)
  void isWellAgainByItself(JournalFailureTest.Fault fault) throws IOException {
    JournalSpool spool = open();
    store(spool, "before@x");
    assertThat(spool.writable()).isTrue();
    fault.strike(disk);
    assertThatThrownBy(() -> store(spool, "failed@x")).isInstanceOf(IOException.class);
    assertThat(spool.writable()).isFalse();
    assertThat(spool.statistics().failures()).isEqualTo(1);
    // it goes on trying, and says so while it fails
    int syncs = disk.syncs.get();
    long commits = spool.statistics().commits();
    await().until(() -> spool.statistics().commits() > commits + 3);
    assertThat(spool.writable()).isFalse();
    try (var files = Files.list(base.resolve("journal"))) {
      assertThat(files.filter(f -> f.toString().endsWith(".journal")).count())
          .as("trying piles no files up")
          .isLessThan(4);
    }
    disk.heal();
    // nobody asks for anything
    await().until(spool::writable);
    assertThat(disk.syncs.get()).as("a sync has shown it").isGreaterThan(syncs);
    store(spool, "after@x");
    spool.close();
    JournalSpool next = open();
    assertThat(SpoolClient.recover(next).recipients())
        .containsExactlyInAnyOrder("before@x", "after@x");
    next.close();
  }

  @Test
  void aDiskThatIsNearlyFullTakesNoMail() throws IOException {
    JournalSpool spool = open();
    store(spool, "before@x");
    disk.usable = 1 << 20;
    // a commit goes on meanwhile: what is there is finished with
    await()
        .until(
            () -> {
              spool.sync();
              return !spool.writable();
            });
    store(spool, "squeezed@x");
    assertThat(spool.writable()).isFalse();
    disk.usable = 1L << 30;
    await().until(spool::writable);
    spool.close();
  }
}
