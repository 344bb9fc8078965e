package org.impetusmta.spool.journal;

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
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.Spool;
import org.impetusmta.api.spool.Spool.SpoolEntry;
import org.impetusmta.testkit.spool.SpoolClient;
import org.impetusmta.testkit.spool.TestEventLoop;

/**
 * Prints how many messages a second the journal stores, for one message at a time, 20 and 100. Each
 * message is unlinked soon after, as in a server that delivers. Arguments: the folder to use,
 * octets of a body, seconds for each row.
 */
final class StoreRate {
  private static final int LOOPS = 2;
  private static final int KEPT = 200;

  private StoreRate() {}

  /** Runs it. */
  public static void main(String... args) throws Exception {
    Path base = Path.of(args[0]);
    int size = Integer.parseInt(args[1]);
    double seconds = Double.parseDouble(args[2]);
    JournalSpool spool =
        new JournalSpool(
            base, JournalSettings.of(() -> true, 0640), Disk.SYSTEM, InstantSource.system());
    System.out.println(SpoolClient.recover(spool).recovery());
    List<TestEventLoop> loops = new ArrayList<>();
    for (int i = 0; i < LOOPS; i++) {
      loops.add(new TestEventLoop(i));
    }
    for (int round = 0; round < 3; round++) {
      for (int waiters : new int[] {1, 20, 100}) {
        Spool.Statistics before = spool.statistics();
        long begun = System.nanoTime();
        run(spool, loops, waiters, size, seconds);
        double took = (System.nanoTime() - begun) / 1e9;
        Spool.Statistics after = spool.statistics();
        System.out.printf(
            "%4d waiters %8.0f stores/s %8.0f syncs/s%n",
            waiters,
            (after.stored() - before.stored()) / took,
            (after.syncs() - before.syncs()) / took);
      }
    }
    spool.close();
    loops.forEach(TestEventLoop::close);
    try (Stream<Path> files = Files.walk(base)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private static void run(
      Spool spool, List<TestEventLoop> loops, int waiters, int size, double seconds)
      throws InterruptedException {
    AtomicLong end = new AtomicLong(System.nanoTime() + (long) (seconds * 1e9));
    CountDownLatch done = new CountDownLatch(waiters);
    AtomicInteger failures = new AtomicInteger();
    for (int i = 0; i < waiters; i++) {
      TestEventLoop loop = loops.get(i % loops.size());
      Waiter waiter = new Waiter(spool, loop, SpoolClient.body(size, i), end, done, failures);
      loop.execute(waiter::next);
    }
    done.await();
    if (failures.get() > 0) {
      throw new IllegalStateException(failures + " stores failed");
    }
  }

  /** One session: stores a message when the one before is stored. */
  private static final class Waiter implements Spool.StoreListener {
    private final Spool spool;
    private final TestEventLoop loop;
    private final Body body;
    private final AtomicLong end;
    private final CountDownLatch done;
    private final AtomicInteger failures;
    private final Envelope envelope = new SpoolClient().envelope("recipient@example.com");
    private final ArrayDeque<SpoolEntry> kept = new ArrayDeque<>();

    Waiter(
        Spool spool,
        TestEventLoop loop,
        Body body,
        AtomicLong end,
        CountDownLatch done,
        AtomicInteger failures) {
      this.spool = spool;
      this.loop = loop;
      this.body = body;
      this.end = end;
      this.done = done;
      this.failures = failures;
    }

    void next() {
      spool.store(List.of(envelope), body, loop, this);
    }

    @Override
    public void stored(List<SpoolEntry> entries) {
      kept.add(entries.get(0));
      if (kept.size() > KEPT) {
        spool.unlink(kept.remove());
      }
      if (System.nanoTime() < end.get()) {
        next();
      } else {
        kept.forEach(spool::unlink);
        done.countDown();
      }
    }

    @Override
    public void failed(IOException cause) {
      failures.incrementAndGet();
      done.countDown();
    }
  }
}
