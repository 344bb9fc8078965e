package org.impetusmta.core.net;

import io.netty.channel.SingleThreadEventLoop;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.impetusmta.api.scheduler.EventLoop;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An event loop of Netty's, as the rest of the server sees it. In one turn it runs no more timers
 * than {@code max_timed_events_per_iter} says; those that are due besides run in the next, behind
 * what the network brought. Concurrent. Source: conf.ref.max_timed_events_per_iter.
 */
final class NettyEventLoop implements EventLoop {
  private static final Logger LOG = LoggerFactory.getLogger(NettyEventLoop.class);

  /** The loops that the thread has to wake when it is done; null: it wakes them each time. */
  private static final ThreadLocal<@Nullable Set<NettyEventLoop>> WOKEN_LATER = new ThreadLocal<>();

  private final int index;
  private final SingleThreadEventLoop loop;
  private final IntSupplier mostTimers;

  /** Timers that ran in this turn. */
  private int timers;

  /**
   * @param mostTimers how many run in one turn
   */
  NettyEventLoop(int index, SingleThreadEventLoop loop, IntSupplier mostTimers) {
    this.index = index;
    this.loop = loop;
    this.mostTimers = mostTimers;
  }

  @Override
  public int index() {
    return index;
  }

  @Override
  public boolean inEventLoop() {
    return loop.inEventLoop();
  }

  @Override
  public void execute(Runnable task) {
    Set<NettyEventLoop> asleep = WOKEN_LATER.get();
    if (asleep == null) {
      loop.execute(task);
    } else {
      loop.lazyExecute(task);
      asleep.add(this);
    }
  }

  /** Runs {@code work}; loops are woken once it is done, for what it posts to them. */
  static void together(Runnable work) {
    if (WOKEN_LATER.get() != null) {
      work.run();
      return;
    }
    Set<NettyEventLoop> asleep = new HashSet<>();
    WOKEN_LATER.set(asleep);
    try {
      work.run();
    } finally {
      WOKEN_LATER.remove();
      asleep.forEach(NettyEventLoop::wake);
    }
  }

  private void wake() {
    loop.execute(() -> {});
  }

  @Override
  public Timer schedule(Runnable task, Duration delay) {
    LOG.debug("{}: a timer in {}", this, delay);
    Timed timed = new Timed(task);
    timed.after(delay.toNanos());
    return timed;
  }

  /** Counts a timer; false where this turn has had enough of them. */
  private boolean turn() {
    if (timers >= mostTimers.getAsInt()) {
      return false;
    }
    if (timers++ == 0) {
      loop.executeAfterEventLoopIteration(() -> timers = 0);
    }
    return true;
  }

  private final class Timed implements Runnable, Timer {
    private final Runnable task;
    private volatile @Nullable Future<?> waiting;
    private volatile boolean cancelled;

    Timed(Runnable task) {
      this.task = task;
    }

    void after(long nanos) {
      waiting = loop.schedule(this, nanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public void run() {
      if (cancelled) {
        return;
      }
      if (turn()) {
        task.run();
      } else {
        after(0);
      }
    }

    @Override
    public void cancel() {
      cancelled = true;
      Future<?> known = waiting;
      if (known != null) {
        known.cancel(false);
      }
    }
  }

  @Override
  public <T> T unwrap(Class<T> type) {
    return type.cast(loop);
  }

  @Override
  public String toString() {
    return "loop-" + index;
  }
}
