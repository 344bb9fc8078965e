package org.impetusmta.core.hook;

import org.impetusmta.api.scheduler.ThreadPool;

/**
 * One hook's share of a thread pool: knows how many of its calls wait or run, so that a module is
 * only stopped when none does. Concurrent.
 */
final class CountingPool implements ThreadPool {
  private final ThreadPool pool;
  private int inside;

  CountingPool(ThreadPool pool) {
    this.pool = pool;
  }

  @Override
  public String name() {
    return pool.name();
  }

  @Override
  public void execute(Runnable job) {
    synchronized (this) {
      inside++;
    }
    boolean taken = false;
    try {
      pool.execute(
          () -> {
            try {
              job.run();
            } finally {
              left();
            }
          });
      taken = true;
    } finally {
      if (!taken) {
        left();
      }
    }
  }

  private synchronized void left() {
    inside--;
    notifyAll();
  }

  /** Waits until no call waits or runs. */
  synchronized void awaitIdle() throws InterruptedException {
    while (inside > 0) {
      wait();
    }
  }

  @Override
  public int waiting() {
    return pool.waiting();
  }

  @Override
  public int running() {
    return pool.running();
  }

  @Override
  public int concurrency() {
    return pool.concurrency();
  }
}
