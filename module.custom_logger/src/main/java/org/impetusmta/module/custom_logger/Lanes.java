package org.impetusmta.module.custom_logger;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.impetusmta.api.scheduler.ThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Work that is done in a thread pool, in so many lanes at a time; what is in one lane is done in
 * the order in which it came. Who brings work waits while too much of it is there. Concurrent.
 */
final class Lanes {
  private static final Logger LOG = LoggerFactory.getLogger(Lanes.class);

  private final ThreadPool pool;
  private final int most;
  private final Semaphore room;
  private final List<Lane> lanes = new ArrayList<>();

  private static final class Lane {
    private final Queue<Runnable> work = new ConcurrentLinkedQueue<>();

    /** One at a time. */
    synchronized void one() {
      Runnable next = work.poll();
      if (next != null) {
        next.run();
      }
    }
  }

  /**
   * @param count lanes
   * @param most pieces of work that wait or are being done
   */
  Lanes(ThreadPool pool, int count, int most) {
    this.pool = pool;
    this.most = most;
    this.room = new Semaphore(most);
    for (int i = 0; i < count; i++) {
      lanes.add(new Lane());
    }
  }

  /** Has {@code work} done behind all that has the same {@code key}. */
  void submit(int key, Runnable work) {
    room.acquireUninterruptibly();
    Lane lane = lanes.get(Math.floorMod(key, lanes.size()));
    lane.work.add(work);
    pool.execute(
        () -> {
          try {
            lane.one();
          } catch (RuntimeException e) {
            LOG.error("an event was not logged", e);
          } finally {
            room.release();
          }
        });
  }

  /** Waits until all is done; whether it was in that time. */
  boolean finish(Duration patience) {
    try {
      return room.tryAcquire(most, patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
