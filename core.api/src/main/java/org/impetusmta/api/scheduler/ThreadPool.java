package org.impetusmta.api.scheduler;

import java.util.concurrent.Executor;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A named pool for work that blocks: jobs run in order of arrival on threads of the operating
 * system, at most {@code Concurrency} at a time; with concurrency 0 a job runs on the caller.
 * Concurrent. Source: conf.ref.threadpool.
 */
@ProviderType
public interface ThreadPool extends Executor {
  /** The name of its stanza. */
  String name();

  /**
   * Queues a job; never blocks the caller beyond what {@code Backlog} says. Not for event loops
   * where Backlog is set.
   */
  @Override
  void execute(Runnable job);

  /**
   * Runs a job that stays, such as one that waits in the kernel for connections: at once, beside
   * the jobs that take turns, on a thread with the pool's name. It ends by itself.
   */
  default void occupy(Runnable job) {
    execute(job);
  }

  /** Jobs that wait. */
  int waiting();

  /** Jobs that run. */
  int running();

  /** How many may run at a time. */
  int concurrency();
}
