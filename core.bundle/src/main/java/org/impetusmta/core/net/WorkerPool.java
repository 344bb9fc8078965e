package org.impetusmta.core.net;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.impetusmta.api.scheduler.ThreadPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread pool of the manual: at most {@code concurrency} jobs run, the others wait in order of
 * arrival. Its threads, which have its name, are the operating system's: jobs block in files and in
 * the sockets of drivers, and so many as {@code concurrency} says have to be able to. They wait a
 * while for the next job. Where a backlog is set, a caller that finds it full waits. Concurrent.
 */
final class WorkerPool implements ThreadPool {
  private static final Logger LOG = LoggerFactory.getLogger(WorkerPool.class);
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final String name;
  private final int backlog;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition room = lock.newCondition();
  private final Condition work = lock.newCondition();
  private final Queue<Runnable> jobs = new ArrayDeque<>();
  private int concurrency;
  private int stackSize;
  private int threads;
  private int idle;

  /** Jobs that run, those of callers among them. */
  private final AtomicInteger busy = new AtomicInteger();

  /** Jobs that {@link #occupy} runs. */
  private final AtomicInteger staying = new AtomicInteger();

  private final PoolFigures figures = new PoolFigures(System::nanoTime);

  WorkerPool(String name, int backlog) {
    this.name = name;
    this.backlog = backlog;
  }

  /**
   * @param jobsAtATime in force at once: what is too much ends after its job
   * @param stackOctets of threads that are made from here on; 0: as the virtual machine has it
   */
  void follow(int jobsAtATime, int stackOctets) {
    lock.lock();
    try {
      concurrency = jobsAtATime;
      stackSize = stackOctets;
      for (int waiting = jobs.size(); waiting > 0 && threads < concurrency; waiting--) {
        startWorker();
      }
      work.signalAll();
      room.signalAll();
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

  @Override
  public void occupy(Runnable job) {
    staying.incrementAndGet();
    start(
        () -> {
          try {
            run(job);
          } finally {
            staying.decrementAndGet();
          }
        },
        stackSize());
  }

  private void start(Runnable thread, int stackOctets) {
    Thread.ofPlatform().daemon(true).name(name).stackSize(stackOctets).start(thread);
  }

  private int stackSize() {
    lock.lock();
    try {
      return stackSize;
    } finally {
      lock.unlock();
    }
  }

  /** Queues the job; false when the pool has no threads of its own and the caller is to run it. */
  private boolean queued(Runnable job) {
    lock.lock();
    try {
      while (concurrency > 0 && backlog > 0 && jobs.size() >= backlog) {
        room.awaitUninterruptibly();
      }
      if (concurrency == 0) {
        return false;
      }
      jobs.add(job);
      if (idle >= jobs.size()) {
        work.signal();
      } else if (threads < concurrency) {
        startWorker();
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  private void startWorker() {
    start(this::work, stackSize);
    threads++;
  }

  private void work() {
    Runnable job = take();
    while (job != null) {
      run(job);
      job = take();
    }
  }

  /** The next job; null when this thread is to end. */
  private @Nullable Runnable take() {
    lock.lock();
    try {
      awaitJob();
      // one that is too many still takes what nobody else would: concurrency may have become 0
      Runnable job = threads > concurrency && concurrency > 0 ? null : jobs.poll();
      if (job == null) {
        threads--;
      } else if (backlog > 0) {
        room.signal();
      }
      return job;
    } finally {
      lock.unlock();
    }
  }

  /** Waits a while for a job; called with the lock held. */
  private void awaitJob() {
    idle++;
    try {
      long left = PATIENCE_NANOS;
      while (jobs.isEmpty() && threads <= concurrency && left > 0) {
        left = work.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      LOG.debug("a thread of the {} pool was interrupted: it ends", name, e);
    } finally {
      idle--;
    }
  }

  private void run(Runnable job) {
    long begun = figures.begun(busy.incrementAndGet());
    try {
      job.run();
    } catch (RuntimeException | Error e) {
      LOG.error("a job of the {} pool failed", name, e);
    } finally {
      busy.decrementAndGet();
      figures.ended(begun);
    }
  }

  /** What it has done. */
  PoolFigures figures() {
    return figures;
  }

  /** Threads that wait for a job. */
  int idle() {
    lock.lock();
    try {
      return idle;
    } finally {
      lock.unlock();
    }
  }

  /** What the jobs that wait are, in their order: the classes that made them. */
  List<String> queue() {
    lock.lock();
    try {
      return jobs.stream().map(job -> madeBy(job.getClass().getName())).toList();
    } finally {
      lock.unlock();
    }
  }

  private static String madeBy(String type) {
    int lambda = type.indexOf("$$Lambda");
    return lambda < 0 ? type : type.substring(0, lambda);
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
      return threads - idle + staying.get();
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
