package org.impetusmta.core.net;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.impetusmta.api.scheduler.ThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread pool of the manual on virtual threads: at most {@code concurrency} jobs run, the others
 * wait in order of arrival. A worker takes job after job and ends when none waits, so an idle pool
 * has no threads. Where a backlog is set, a caller that finds it full waits. Concurrent.
 */
final class VirtualThreadPool implements ThreadPool {
  private static final Logger LOG = LoggerFactory.getLogger(VirtualThreadPool.class);

  private final String name;
  private final int backlog;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition room = lock.newCondition();
  private final Queue<Runnable> jobs = new ArrayDeque<>();
  private int concurrency;
  private int running;

  VirtualThreadPool(String name, int backlog) {
    this.name = name;
    this.backlog = backlog;
  }

  void concurrency(int jobsAtATime) {
    lock.lock();
    try {
      concurrency = jobsAtATime;
      while (running < concurrency && running < jobs.size()) {
        startWorker();
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void execute(Runnable job) {
    if (!queued(job)) {
      run(job);
    }
  }

  /** Queues the job; false when the pool has no threads of its own and the caller is to run it. */
  private boolean queued(Runnable job) {
    lock.lock();
    try {
      if (concurrency == 0) {
        return false;
      }
      while (backlog > 0 && jobs.size() >= backlog) {
        room.awaitUninterruptibly();
      }
      jobs.add(job);
      if (running < concurrency) {
        startWorker();
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  private void startWorker() {
    running++;
    Thread.ofVirtual().name(name).start(this::work);
  }

  private void work() {
    Runnable job = take();
    while (job != null) {
      run(job);
      job = take();
    }
  }

  private @org.jspecify.annotations.Nullable Runnable take() {
    lock.lock();
    try {
      Runnable job = running > concurrency ? null : jobs.poll();
      if (job == null) {
        running--;
      } else if (backlog > 0) {
        room.signal();
      }
      return job;
    } finally {
      lock.unlock();
    }
  }

  private void run(Runnable job) {
    try {
      job.run();
    } catch (RuntimeException | Error e) {
      LOG.error("a job of the {} pool failed", name, e);
    }
  }

  @Override
  public int waiting() {
    lock.lock();
    try {
      return jobs.size();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public int running() {
    lock.lock();
    try {
      return running;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public int concurrency() {
    lock.lock();
    try {
      return concurrency;
    } finally {
      lock.unlock();
    }
  }
}
