package org.impetusmta.testkit.queue;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.api.scheduler.ThreadPool;
import org.impetusmta.testkit.ManualClock;

/**
 * Loops and pools that run in the thread of the test, in a fixed order, under a {@link
 * ManualClock}: the same test takes the same steps every time. Posting is concurrent; {@link #run}
 * and {@link #advance} are called by one thread.
 */
public final class TestScheduler implements Scheduler {
  private final ManualClock clock;
  private final List<TestEventLoop> loops = new ArrayList<>();
  private final Map<String, Pool> pools = new ConcurrentHashMap<>();

  public TestScheduler(ManualClock clock, int loops) {
    this.clock = clock;
    for (int i = 0; i < loops; i++) {
      this.loops.add(new TestEventLoop(i, clock));
    }
  }

  @Override
  public List<EventLoop> loops() {
    return List.copyOf(loops);
  }

  @Override
  public TestEventLoop owner(String binding, String domain) {
    return loops.get(Math.floorMod(31 * binding.hashCode() + domain.hashCode(), loops.size()));
  }

  @Override
  public Pool pool(String name) {
    return pools.computeIfAbsent(name, Pool::new);
  }

  @Override
  public InstantSource clock() {
    return clock;
  }

  /** Runs everything that is ready, and what that makes ready. */
  public void run() {
    boolean ran = true;
    for (long steps = 0; ran; steps++) {
      if (steps > 50_000_000) {
        throw new IllegalStateException("the loops never come to rest");
      }
      ran = false;
      for (TestEventLoop loop : loops) {
        ran |= loop.runOne();
      }
      for (Pool pool : pools.values()) {
        ran |= pool.runOne();
      }
    }
  }

  /** Lets {@code time} pass: each timer runs at its own moment. */
  public void advance(Duration time) {
    long until = clock.millis() + time.toMillis();
    run();
    for (long next = nextTimer(); next <= until; next = nextTimer()) {
      clock.set(Math.max(next, clock.millis()));
      run();
    }
    clock.set(until);
    run();
  }

  /** Runs the loops until {@code blocking}, on a thread of its own, has its answer. */
  public <T> T pump(Callable<T> blocking) throws Exception {
    FutureTask<T> task = new FutureTask<>(blocking);
    Thread thread = Thread.ofVirtual().start(task);
    while (!task.isDone()) {
      run();
      Thread.onSpinWait();
    }
    thread.join();
    run();
    return task.get();
  }

  private long nextTimer() {
    long next = Long.MAX_VALUE;
    for (TestEventLoop loop : loops) {
      next = Math.min(next, loop.nextTimer());
    }
    return next;
  }

  /** A pool whose jobs wait until the scheduler runs. */
  public static final class Pool implements ThreadPool {
    private final String name;
    private final Queue<Runnable> jobs = new ConcurrentLinkedQueue<>();
    private volatile boolean held;
    private volatile boolean full;

    private Pool(String name) {
      this.name = name;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public void execute(Runnable job) {
      if (full) {
        throw new RejectedExecutionException(name + " is full");
      }
      jobs.add(job);
    }

    @Override
    public int waiting() {
      return jobs.size();
    }

    @Override
    public int running() {
      return 0;
    }

    @Override
    public int concurrency() {
      return 1;
    }

    /** Refuses jobs, or takes them again. */
    public void full(boolean isFull) {
      full = isFull;
    }

    /** Keeps jobs waiting, or lets them go on. */
    public void hold(boolean hold) {
      held = hold;
    }

    boolean runOne() {
      Runnable job = held ? null : jobs.poll();
      if (job == null) {
        return false;
      }
      job.run();
      return true;
    }
  }
}
