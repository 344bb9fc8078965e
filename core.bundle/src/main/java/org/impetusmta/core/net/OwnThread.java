package org.impetusmta.core.net;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Runs blocking work that may hang, before there are pools or apart from them, on a thread of its
 * own. The thread is the operating system's, for work that holds a virtual one would hold a carrier
 * of all. Stateless.
 */
public final class OwnThread {
  private OwnThread() {}

  /**
   * What the work comes to; work that takes longer than {@code limit} is interrupted and left
   * behind.
   *
   * @param name the thread's
   */
  public static <T> T call(String name, Duration limit, Callable<T> work)
      throws ExecutionException, InterruptedException, TimeoutException {
    FutureTask<T> task = new FutureTask<>(work);
    Thread.ofPlatform().daemon(true).name(name).start(task);
    try {
      return task.get(limit.toNanos(), TimeUnit.NANOSECONDS);
    } finally {
      task.cancel(true);
    }
  }
}
