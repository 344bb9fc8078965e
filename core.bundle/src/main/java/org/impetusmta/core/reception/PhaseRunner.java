package org.impetusmta.core.reception;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.impetusmta.api.hook.Verdict;
import org.impetusmta.api.message.Context;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.scheduler.ThreadPool;
import org.impetusmta.core.hook.HookEntry;
import org.impetusmta.core.hook.HookList;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the modules of a phase in stanza order, for one session. A module that may block is asked in
 * its pool: the walk is parked and goes on on the session's loop. A module that throws never passes
 * mail: the client gets a generic 451, the log module and cause.
 *
 * <p>Thread-safety: single; owned by the session's loop, one walk at a time.
 */
final class PhaseRunner {
  /** What a client is told when something of ours failed. */
  static final Reply FAILED = new Reply(451, "4.3.0", "transaction failed");

  private static final Logger LOG = LoggerFactory.getLogger(PhaseRunner.class);

  private final EventLoop loop;
  private final Context connection;
  private volatile boolean parked;
  private boolean closed;

  PhaseRunner(EventLoop loop, Context connection) {
    this.loop = loop;
    this.connection = connection;
  }

  /** Whether a module is at work in a pool; read by the console. */
  boolean parked() {
    return parked;
  }

  /** A walk that is parked is not resumed. */
  void close() {
    closed = true;
  }

  /**
   * Walks.
   *
   * @param phase its name, for the log
   * @param discardable whether Discard is a verdict here
   * @param resume called later, on the loop, when the answer is null
   * @return null when the walk is parked
   */
  <T> @Nullable Decision run(
      String phase,
      HookList<T> hooks,
      boolean discardable,
      Function<? super T, Verdict> call,
      Consumer<Decision> resume) {
    return new Walk<T>(phase, hooks, discardable, call, resume).go(Set.of());
  }

  private final class Walk<T> {
    private final String phase;
    private final HookList<T> hooks;
    private final boolean discardable;
    private final Function<? super T, Verdict> call;
    private final Consumer<Decision> resume;

    Walk(
        String phase,
        HookList<T> hooks,
        boolean discardable,
        Function<? super T, Verdict> call,
        Consumer<Decision> resume) {
      this.phase = phase;
      this.hooks = hooks;
      this.discardable = discardable;
      this.call = call;
      this.resume = resume;
    }

    /**
     * @param asked modules that were asked before the walk was parked; the list may have changed
     *     since, so positions say nothing
     */
    @Nullable Decision go(Set<Object> asked) {
      for (HookEntry<T> entry : hooks.entries()) {
        if (asked.contains(entry.hook()) || bypassed(entry)) {
          continue;
        }
        ThreadPool pool = entry.pool();
        if (pool != null) {
          return park(entry, pool, asked);
        }
        Decision decision = decide(entry, ask(entry));
        if (decision != null) {
          return decision;
        }
      }
      return Decision.PASSED;
    }

    private @Nullable Decision park(HookEntry<T> entry, ThreadPool pool, Set<Object> asked) {
      Set<Object> before = Collections.newSetFromMap(new IdentityHashMap<>());
      before.addAll(asked);
      for (HookEntry<T> other : hooks.entries()) {
        before.add(other.hook());
        if (other.hook() == entry.hook()) {
          break;
        }
      }
      parked = true;
      try {
        pool.execute(
            () -> {
              @Nullable Verdict verdict = ask(entry);
              loop.execute(() -> unpark(entry, verdict, before));
            });
        return null;
      } catch (RejectedExecutionException full) {
        parked = false;
        LOG.error("module {} is not asked in {}: {}", entry.module(), phase, full.toString());
        return failed(entry);
      }
    }

    private void unpark(HookEntry<T> entry, @Nullable Verdict verdict, Set<Object> before) {
      parked = false;
      if (closed) {
        return;
      }
      Decision decision = decide(entry, verdict);
      if (decision == null) {
        decision = go(before);
      }
      if (decision != null) {
        resume.accept(decision);
      }
    }

    /** The module's verdict; null when it failed, which is logged. */
    @SuppressWarnings("CatchingUnchecked")
    private @Nullable Verdict ask(HookEntry<T> entry) {
      try {
        return call.apply(entry.hook());
      } catch (Exception | LinkageError | StackOverflowError | AssertionError cause) {
        LOG.error("module {} failed in {}", entry.module(), phase, cause);
        return null;
      }
    }

    /** Null: the next module is asked. */
    private @Nullable Decision decide(HookEntry<T> entry, @Nullable Verdict verdict) {
      return switch (verdict) {
        case null -> failed(entry);
        case Verdict.Continue go -> null;
        case Verdict.Done done -> Decision.PASSED;
        case Verdict.Refuse refuse ->
            new Decision.Refused(
                refuse.reply(), refuse.disconnect(), entry.module(), refuse.reply().text());
        case Verdict.Discard discard when discardable ->
            new Decision.Discarded(entry.module(), discard.reason());
        case Verdict.Discard discard -> {
          LOG.error("module {} discards in {}, where nothing can be", entry.module(), phase);
          yield failed(entry);
        }
      };
    }

    private Decision failed(HookEntry<T> entry) {
      return new Decision.Refused(FAILED, false, entry.module(), "module failed in " + phase);
    }

    private boolean bypassed(HookEntry<T> entry) {
      return connection.size() != 0
          && connection.get(entry.bypass()).filter("true"::equalsIgnoreCase).isPresent();
    }
  }
}
