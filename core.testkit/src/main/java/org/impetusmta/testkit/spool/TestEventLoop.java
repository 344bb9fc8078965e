package org.impetusmta.testkit.spool;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.impetusmta.api.scheduler.EventLoop;
import org.jspecify.annotations.Nullable;

/** An event loop on a thread of its own, for tests. Concurrent. */
public final class TestEventLoop implements EventLoop, AutoCloseable {
  private final int index;
  private final ScheduledExecutorService executor;
  private final AtomicInteger tasks = new AtomicInteger();
  private volatile @Nullable Thread thread;

  public TestEventLoop(int index) {
    this.index = index;
    this.executor =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread t = Thread.ofPlatform().name("test loop " + index).daemon().unstarted(task);
              thread = t;
              return t;
            });
  }

  @Override
  public int index() {
    return index;
  }

  @Override
  public boolean inEventLoop() {
    return Thread.currentThread() == thread;
  }

  @Override
  public void execute(Runnable task) {
    tasks.incrementAndGet();
    executor.execute(task);
  }

  @Override
  public Timer schedule(Runnable task, Duration delay) {
    Future<?> scheduled = executor.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
    return () -> scheduled.cancel(false);
  }

  @Override
  public <T> T unwrap(Class<T> type) {
    throw new IllegalArgumentException("nothing carries a test loop, no " + type.getName());
  }

  /** How many tasks were posted so far. */
  public int tasks() {
    return tasks.get();
  }

  @Override
  public void close() {
    executor.shutdownNow();
  }
}
