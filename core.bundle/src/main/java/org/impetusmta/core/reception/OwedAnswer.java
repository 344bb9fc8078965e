package org.impetusmta.core.reception;

import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.impetusmta.api.hook.Verdict;
import org.impetusmta.api.message.MessageTooLargeException;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.core.hook.HookEntry;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An answer that a module owes a session: it runs in a pool, or has suspended. Ends in exactly one
 * of four ways: the module answers; {@code Validation_Timeout} passes; the module is unloaded; the
 * session goes. After the second the module's thread is interrupted. Whenever the session goes on
 * without the module it also ends, because the module may still hold its objects.
 *
 * <p>Thread-safety: owned by the session's loop but for {@link #run} and the completion of what was
 * suspended, which post there.
 */
final class OwedAnswer<T> {
  private static final Logger LOG = LoggerFactory.getLogger(OwedAnswer.class);

  /** Who waits. */
  interface Taker {
    /** The answer; null when the module failed, which is logged. */
    void answered(@Nullable Verdict verdict);

    /** There will be none. */
    void givenUp(Decision.Refused instead);
  }

  private final HookEntry<T> entry;
  private final String phase;
  private final EventLoop loop;
  private final boolean suspendable;
  private final Decision.Seen seen;
  private final Taker taker;

  // the loop's
  private boolean settled;
  private EventLoop.@Nullable Timer timer;
  private @Nullable CompletionStage<Verdict> suspended;
  private @Nullable Runnable idle;

  // guarded by this
  private @Nullable Thread thread;
  private boolean over;

  /** Whether a pool has the call and has not finished it. */
  private volatile boolean inPool;

  /**
   * @param suspendable whether the module may put the answer off once more
   * @param seen the dictionaries before the module got them
   */
  OwedAnswer(
      HookEntry<T> entry,
      String phase,
      EventLoop loop,
      boolean suspendable,
      Decision.Seen seen,
      Taker taker) {
    this.entry = entry;
    this.phase = phase;
    this.loop = loop;
    this.suspendable = suspendable;
    this.seen = seen;
    this.taker = taker;
  }

  /** Watches the clock and the module. */
  void begin(Duration limit) {
    entry.owed().add(this, () -> loop.execute(() -> giveUp("is unloaded and owes an answer in")));
    if (!limit.isZero()) {
      timer = loop.schedule(() -> giveUp("did not answer in time in"), limit);
    }
    inPool = entry.pool() != null;
  }

  /** Asks, on a thread of the pool. */
  void run(Supplier<@Nullable Verdict> call) {
    @Nullable Verdict verdict = null;
    boolean called = false;
    synchronized (this) {
      if (!over) {
        thread = Thread.currentThread();
        called = true;
      }
    }
    try {
      if (called) {
        verdict = call.get();
      }
    } finally {
      synchronized (this) {
        thread = null;
        over = true;
        // an interrupt of ours is not the next job's
        Thread.interrupted();
      }
      Verdict answer = verdict;
      loop.execute(() -> left(answer));
    }
  }

  /** The pool has finished the call. */
  private void left(@Nullable Verdict verdict) {
    inPool = false;
    Runnable waits = idle;
    if (waits != null) {
      idle = null;
      waits.run();
    }
    take(verdict);
  }

  private void take(@Nullable Verdict verdict) {
    if (settled) {
      return;
    }
    if (verdict instanceof Verdict.Suspend later && suspendable) {
      await(later);
      return;
    }
    settled();
    taker.answered(verdict);
  }

  /** Waits for what the module promises. */
  void await(Verdict.Suspend later) {
    suspended = later.verdict();
    later
        .verdict()
        .whenComplete(
            (verdict, failure) ->
                loop.execute(
                    () -> {
                      take(failure == null ? verdict : failed(failure));
                    }));
  }

  private @Nullable Verdict failed(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause instanceof MessageTooLargeException tooLarge) {
      LOG.warn("module {} in {}: {}", entry.module(), phase, tooLarge.getMessage());
      return PhaseRunner.TOO_LARGE;
    }
    if (!settled) {
      LOG.error("module {} failed in {}", entry.module(), phase, failure);
    }
    return null;
  }

  private void giveUp(String why) {
    if (settled) {
      return;
    }
    LOG.error("module {} {} {}: mail is deferred", entry.module(), why, phase);
    settled();
    release(true);
    taker.givenUp(
        new Decision.Refused(
            PhaseRunner.FAILED, true, entry.module(), "module " + why + " " + phase, seen));
  }

  /** Nobody waits any more. A call that has begun is let finish. */
  void abandon(Runnable whenIdle) {
    if (!settled) {
      settled();
      release(false);
    }
    if (inPool) {
      idle = whenIdle;
    } else {
      whenIdle.run();
    }
  }

  private void release(boolean interrupt) {
    synchronized (this) {
      over = true;
      if (interrupt && thread != null) {
        thread.interrupt();
      }
    }
    CompletionStage<Verdict> promised = suspended;
    if (promised != null) {
      try {
        promised.toCompletableFuture().cancel(true);
      } catch (UnsupportedOperationException cannot) {
        // its own business then
      }
    }
  }

  /** It is answered, or will not be. */
  void settled() {
    settled = true;
    entry.owed().remove(this);
    EventLoop.Timer set = timer;
    timer = null;
    if (set != null) {
      set.cancel();
    }
  }
}
