package org.impetusmta.api.scheduler;

import java.time.Duration;
import java.util.concurrent.Executor;
import org.osgi.annotation.versioning.ProviderType;

/** One thread that runs the sessions, queues and connections that it owns. Concurrent. */
@ProviderType
public interface EventLoop extends Executor {
  /** Its number, 0 to count - 1. */
  int index();

  /** Whether the calling thread is this loop's. */
  boolean inEventLoop();

  /** Posts a task; runs it later even when called on the loop itself. */
  @Override
  void execute(Runnable task);

  /** Runs {@code task} on this loop once {@code delay} has passed. */
  Timer schedule(Runnable task, Duration delay);

  /**
   * What carries the loop, for listeners and deliveries that need it: {@code
   * unwrap(io.netty.channel.EventLoop.class)}.
   */
  <T> T unwrap(Class<T> type);

  /** A task that waits for its time. */
  @ProviderType
  interface Timer {
    /** Forgets the task if it has not begun. */
    void cancel();
  }
}
