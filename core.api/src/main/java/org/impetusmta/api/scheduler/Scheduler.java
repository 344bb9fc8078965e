package org.impetusmta.api.scheduler;

import java.time.InstantSource;
import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/** The event loops and thread pools of the server; an OSGi service of the core. Concurrent. */
@ProviderType
public interface Scheduler {
  /** All loops, by index. Their number is fixed while the server runs. */
  List<EventLoop> loops();

  /**
   * The loop that owns the queues of {@code domain} for {@code binding}; the same for the same
   * names.
   */
  EventLoop owner(String binding, String domain);

  /**
   * The pool of that name; {@code IO} when there is none, which is logged. Predefined: SwapOut,
   * SwapIn, Unlink, Batch_Unlink, Close, CPU, IO, SpoolIn, Log, Console, HTTP.
   */
  ThreadPool pool(String name);

  /**
   * Runs {@code task} once the server may serve: at once where it does already. While it starts it
   * may be root still; listeners bind then, and let nobody in before.
   */
  default void whenServing(Runnable task) {
    task.run();
  }

  /**
   * Runs {@code work}, which answers many: a loop that sleeps is woken once, when all is done, for
   * what the calling thread posts to it meanwhile. Tasks keep their order. Do not block in it.
   */
  default void together(Runnable work) {
    work.run();
  }

  /** The clock of the server. */
  InstantSource clock();
}
