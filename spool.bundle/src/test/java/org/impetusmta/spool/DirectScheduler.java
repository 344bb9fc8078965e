package org.impetusmta.spool;

import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.api.scheduler.ThreadPool;

/** Pools whose jobs run on the caller, as with Concurrency = 0; no loops. Concurrent. */
final class DirectScheduler implements Scheduler {
  private final Set<String> asked = new ConcurrentSkipListSet<>();

  /** The names of the pools that somebody asked for. */
  Set<String> asked() {
    return asked;
  }

  @Override
  public List<EventLoop> loops() {
    return List.of();
  }

  @Override
  public EventLoop owner(String binding, String domain) {
    throw new UnsupportedOperationException("there are no loops");
  }

  @Override
  public ThreadPool pool(String name) {
    asked.add(name);
    return new ThreadPool() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public void execute(Runnable job) {
        job.run();
      }

      @Override
      public int waiting() {
        return 0;
      }

      @Override
      public int running() {
        return 0;
      }

      @Override
      public int concurrency() {
        return 0;
      }
    };
  }

  @Override
  public InstantSource clock() {
    return InstantSource.system();
  }
}
