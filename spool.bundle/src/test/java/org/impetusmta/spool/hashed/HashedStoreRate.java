package org.impetusmta.spool.hashed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.Spool;
import org.impetusmta.api.spool.Spool.SpoolEntry;
import org.impetusmta.spool.Engine;
import org.impetusmta.spool.journal.JournalSpool;
import org.impetusmta.testkit.spool.SpoolClient;
import org.impetusmta.testkit.spool.TestEventLoop;

/**
 * Prints how many messages a second the hashed engine stores beside the journal, for one message at
 * a time, 20 and 100, in turns. Each message is unlinked soon after. Arguments: a folder, octets of
 * a body, seconds for each row.
 */
final class HashedStoreRate {
  private static final int KEPT = 200;
  private static final AtomicInteger IDS = new AtomicInteger();

  private HashedStoreRate() {}

  /** Runs it. */
  public static void main(String... args) throws Exception {
    Path folder = Path.of(args[0]);
    int size = Integer.parseInt(args[1]);
    long millis = (long) (1000 * Double.parseDouble(args[2]));
    TestPools pools = new TestPools();
    Engine journal =
        JournalSpool.open(folder.resolve("j"), () -> true, 0640, InstantSource.system());
    Engine hashed =
        HashedSpool.open(
            folder.resolve("h"), pools.settings(() -> true, 0640), InstantSource.system());
    SpoolClient.recover(journal);
    SpoolClient.recover(hashed);
    for (int round = 0; round < 3; round++) {
      for (int waiters : new int[] {1, 20, 100}) {
        System.out.printf(
            "%4d waiters: journal %8.0f hashed %8.0f stores/s%n",
            waiters, rate(journal, waiters, size, millis), rate(hashed, waiters, size, millis));
      }
    }
    journal.close();
    hashed.close();
    pools.close();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private static double rate(Spool spool, int waiters, int size, long millis)
      throws InterruptedException, IOException {
    List<TestEventLoop> loops = List.of(new TestEventLoop(0), new TestEventLoop(1));
    CountDownLatch done = new CountDownLatch(waiters);
    long before = spool.statistics().stored();
    long begun = System.nanoTime();
    List<Waiter> all = new ArrayList<>();
    for (int i = 0; i < waiters; i++) {
      TestEventLoop loop = loops.get(i % loops.size());
      Waiter waiter =
          new Waiter(spool, loop, SpoolClient.body(size, i), begun + millis * 1_000_000, done);
      all.add(waiter);
      loop.execute(waiter::next);
    }
    done.await();
    double took = (System.nanoTime() - begun) / 1e9;
    double rate = (spool.statistics().stored() - before) / took;
    for (Waiter waiter : all) {
      waiter.kept.forEach(spool::unlink);
    }
    spool.sync();
    loops.forEach(TestEventLoop::close);
    return rate;
  }

  /** One session: stores a message when the one before is stored. */
  private static final class Waiter implements Spool.StoreListener {
    private final Spool spool;
    private final TestEventLoop loop;
    private final Body body;
    private final long end;
    private final CountDownLatch done;
    private final ArrayDeque<SpoolEntry> kept = new ArrayDeque<>();

    Waiter(Spool spool, TestEventLoop loop, Body body, long end, CountDownLatch done) {
      this.spool = spool;
      this.loop = loop;
      this.body = body;
      this.end = end;
      this.done = done;
    }

    void next() {
      int number = IDS.incrementAndGet();
      // ids as a server makes them: the counter begins anew each second
      MessageId id = MessageId.of(number, 1 + (number >>> 16), System.currentTimeMillis() / 1000);
      Envelope envelope =
          new Envelope(
              id,
              id,
              id,
              Address.of("sender@example.org"),
              Address.of("recipient@example.com"),
              System.currentTimeMillis(),
              "192.0.2.1",
              "esmtp",
              false,
              false,
              "group",
              "binding",
              java.util.Map.of(),
              java.util.Map.of());
      spool.store(List.of(envelope), body, loop, this);
    }

    @Override
    public void stored(List<SpoolEntry> entries) {
      kept.add(entries.get(0));
      if (kept.size() > KEPT) {
        spool.unlink(kept.remove());
      }
      if (System.nanoTime() < end) {
        next();
      } else {
        done.countDown();
      }
    }

    @Override
    public void failed(IOException cause) {
      throw new IllegalStateException(cause);
    }
  }
}
