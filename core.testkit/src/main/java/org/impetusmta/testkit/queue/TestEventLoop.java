package org.impetusmta.testkit.queue;

import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.testkit.ManualClock;
import org.jspecify.annotations.Nullable;

/**
 * An event loop without a thread: its tasks run when {@link TestScheduler} says so, in order, on
 * the thread that says it. Posting is concurrent, all else single.
 */
public final class TestEventLoop implements EventLoop {
  private final int index;
  private final ManualClock clock;
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final PriorityQueue<Wait> waits =
      new PriorityQueue<>(Comparator.comparingLong(Wait::at).thenComparingLong(Wait::serial));
  private long serial;
  private volatile @Nullable Thread runner;

  TestEventLoop(int index, ManualClock clock) {
    this.index = index;
    this.clock = clock;
  }

  @Override
  public int index() {
    return index;
  }

  @Override
  public boolean inEventLoop() {
    return Thread.currentThread() == runner;
  }

  @Override
  public void execute(Runnable task) {
    tasks.add(task);
  }

  @Override
  public synchronized Timer schedule(Runnable task, Duration delay) {
    Wait wait = new Wait(clock.millis() + Math.max(0, delay.toMillis()), serial++, task);
    waits.add(wait);
    return () -> cancel(wait);
  }

  private synchronized void cancel(Wait wait) {
    waits.remove(wait);
  }

  @Override
  public <T> T unwrap(Class<T> type) {
    throw new IllegalArgumentException("nothing carries a test loop: " + type.getName());
  }

  /** How many timers wait. */
  public synchronized int timers() {
    return waits.size();
  }

  /** When the next timer is due; {@code Long.MAX_VALUE} without one. */
  synchronized long nextTimer() {
    Wait first = waits.peek();
    return first == null ? Long.MAX_VALUE : first.at();
  }

  /** Runs the next task or due timer. */
  boolean runOne() {
    Runnable task = tasks.poll();
    if (task == null) {
      task = due();
    }
    if (task == null) {
      return false;
    }
    Thread before = runner;
    runner = Thread.currentThread();
    try {
      task.run();
    } finally {
      runner = before;
    }
    return true;
  }

  private synchronized @Nullable Runnable due() {
    Wait first = waits.peek();
    if (first == null || first.at() > clock.millis()) {
      return null;
    }
    waits.remove(first);
    return first.task();
  }

  private record Wait(long at, long serial, Runnable task) {}
}
