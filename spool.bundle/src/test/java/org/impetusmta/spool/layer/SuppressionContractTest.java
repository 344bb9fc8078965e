package org.impetusmta.spool.layer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.impetusmta.api.hook.SpoolSuppression;
import org.impetusmta.api.spool.Spool;
import org.impetusmta.api.spool.Spool.SpoolEntry;
import org.impetusmta.spool.Engine;
import org.impetusmta.spool.journal.JournalSpool;
import org.impetusmta.testkit.spool.SpoolClient;
import org.impetusmta.testkit.spool.SpoolContract;
import org.impetusmta.testkit.spool.TestEventLoop;
import org.junit.jupiter.api.Test;

/**
 * The contract while everything is held back, but for crashes: what is in memory alone is lost in
 * one, so it is written before.
 */
class SuppressionContractTest extends SpoolContract {
  private static final SpoolSuppression ALL = new Suppression(100, Long.MAX_VALUE);

  record Suppression(int mostRetries, long mostOctets) implements SpoolSuppression {
    @Override
    public boolean suppresses(int retries) {
      return retries <= mostRetries;
    }
  }

  private record Held(SuppressionLayer layer, Engine engine) {}

  private final List<Held> opened = new ArrayList<>();

  @Override
  protected Spool open() throws IOException {
    Engine engine =
        JournalSpool.open(
            base, () -> true, () -> false, 0640, InstantSource.system(), Runnable::run);
    SuppressionLayer layer = new SuppressionLayer(engine, () -> Optional.of(ALL), octets -> false);
    opened.add(new Held(layer, engine));
    return layer;
  }

  @Override
  protected void close(Spool spool) throws IOException {
    for (Held held : opened) {
      if (held.layer() == spool) {
        held.layer().close();
        held.engine().close();
      }
    }
  }

  @Override
  protected void crash(Spool spool) throws IOException {
    spool.sync();
    close(spool);
  }

  /** Answers do not wait for commits here, so they do not travel in groups. */
  @Test
  @Override
  protected void answersInOrderOnTheRightLoops() throws IOException {
    TestEventLoop own = new TestEventLoop(3);
    List<CompletableFuture<List<SpoolEntry>>> answers = new ArrayList<>();
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      int number = i;
      answers.add(
          SpoolClient.post(
                  spool, own, List.of(client.envelope("r@d")), SpoolClient.body(100, number))
              .whenComplete((entries, failure) -> order.add(number)));
    }
    for (CompletableFuture<List<SpoolEntry>> answer : answers) {
      SpoolClient.await(answer);
    }
    assertThat(order).isSorted().hasSize(300);
    assertThat(spool.statistics().commits()).isZero();
    own.close();
  }

  /** What was removed before it was written costs the disk nothing, and counts all the same. */
  @Test
  @Override
  protected void countsWhatItDoes() throws IOException {
    Spool.Statistics before = spool.statistics();
    List<SpoolEntry> entries =
        SpoolClient.store(
            spool,
            loop,
            List.of(client.envelope("a@example.com"), client.envelope("b@example.com")),
            SpoolClient.body(10_000, 1));
    spool.unlink(entries.get(0));
    assertThat(spool.statistics().bytesWritten()).isEqualTo(before.bytesWritten());
    spool.sync();
    Spool.Statistics after = spool.statistics();
    assertThat(after.messages()).isEqualTo(1);
    assertThat(after.stored() - before.stored()).isEqualTo(2);
    assertThat(after.unlinked() - before.unlinked()).isEqualTo(1);
    assertThat(after.bytesWritten() - before.bytesWritten()).isBetween(10_000L, 20_000L);
    spool.unlink(entries.get(1));
    spool.sync();
    assertThat(spool.statistics().messages()).isZero();
    assertThat(spool.statistics().unlinked() - before.unlinked()).isEqualTo(2);
  }
}
