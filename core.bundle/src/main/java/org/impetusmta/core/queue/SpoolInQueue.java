package org.impetusmta.core.queue;

import java.util.Queue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.impetusmta.core.queue.QueueLoop.Arrival;
import org.jctools.queues.atomic.MpscUnboundedAtomicArrayQueue;

/**
 * Mail of an earlier process on its way from the pool SpoolIn to the queues of one loop. The loop
 * takes {@code disk_queue_drain_rate} messages in a turn; whoever brings them waits while {@link
 * #BOUND} are there, so that recovery never fills the memory ahead of the loops. Many threads add,
 * the loop alone takes.
 */
final class SpoolInQueue {
  /** Messages that may wait. */
  static final int BOUND = 10_000;

  private final Queue<Arrival> waiting = new MpscUnboundedAtomicArrayQueue<>(256);
  private final Semaphore room = new Semaphore(BOUND);

  /**
   * Adds a message; false when there was no room within {@code millis}. Blocks: thread pools only.
   */
  boolean offer(Arrival arrival, long millis) throws InterruptedException {
    if (!room.tryAcquire(millis, TimeUnit.MILLISECONDS)) {
      return false;
    }
    return waiting.add(arrival);
  }

  /** Gives at most {@code most} messages to {@code taker}; true where more are left. */
  boolean take(Consumer<Arrival> taker, int most) {
    int taken = 0;
    while (taken < most) {
      Arrival next = waiting.poll();
      if (next == null) {
        break;
      }
      taken++;
      taker.accept(next);
    }
    if (taken > 0) {
      room.release(taken);
    }
    return taken == most && !waiting.isEmpty();
  }

  /** Messages that wait. */
  int size() {
    return BOUND - room.availablePermits();
  }
}
