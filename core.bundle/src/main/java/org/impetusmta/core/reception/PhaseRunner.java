package org.impetusmta.core.reception;

import java.time.Duration;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.impetusmta.api.hook.Verdict;
import org.impetusmta.api.message.Context;
import org.impetusmta.api.message.MessageTooLargeException;
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
 * its pool, one that suspends is waited for ({@link OwedAnswer}): the walk is parked and goes on on
 * the session's loop. A module that throws, or does not answer in time, never passes mail: the
 * client gets a generic 451, or 421 where it asks for more than {@code legacy_message_threshold} in
 * one piece; the log gets module and cause.
 *
 * <p>Thread-safety: single; owned by the session's loop, one walk at a time.
 */
final class PhaseRunner {
  /** What a client is told when something of ours failed. */
  static final Reply FAILED = new Reply(451, "4.3.0", "transaction failed");

  /** A module wants in one piece what is larger than legacy_message_threshold. */
  static final Verdict TOO_LARGE =
      Verdict.refuse(421, "4.3.0", "message is too large to process at this time");

  private static final Logger LOG = LoggerFactory.getLogger(PhaseRunner.class);
  private static final Set<Object> NOBODY = Set.of();

  private final EventLoop loop;
  private final Context connection;
  private final InboundValidation validation;
  private final Duration limit;

  /** The modules that were asked, where somebody wants to know at the end. */
  private final @Nullable Set<Object> asked;

  private volatile @Nullable OwedAnswer<?> owed;

  /** An answer that was given up: its module may still be at work. */
  private @Nullable OwedAnswer<?> stray;

  private boolean askedAny;
  private boolean closed;

  /**
   * @param limit how long a module may take that does not answer at once; zero: for ever
   * @param remembers whether {@link #wasAsked} will be used
   */
  PhaseRunner(
      EventLoop loop,
      Context connection,
      InboundValidation validation,
      Duration limit,
      boolean remembers) {
    this.loop = loop;
    this.connection = connection;
    this.validation = validation;
    this.limit = limit;
    this.asked = remembers ? Collections.newSetFromMap(new IdentityHashMap<>()) : null;
  }

  /** Whether a module is at work in a pool, or owes its answer; read by the console. */
  boolean parked() {
    return owed != null;
  }

  /** Whether any module was asked so far. */
  boolean askedAny() {
    return askedAny;
  }

  /** Whether {@code hook}'s module was asked in a phase. */
  boolean wasAsked(Object hook) {
    return asked != null && asked.contains(hook);
  }

  /**
   * A walk that is parked is not resumed.
   *
   * @param idle run on the loop when no module is at work for the session any more
   */
  void close(Runnable idle) {
    closed = true;
    OwedAnswer<?> waits = owed == null ? stray : owed;
    if (waits == null) {
      idle.run();
    } else {
      waits.abandon(idle);
    }
  }

  /**
   * Walks through the modules of one hook; as {@link #run(boolean, Context, Consumer, Question[])}.
   */
  <T> @Nullable Decision run(
      String phase,
      HookList<T> hooks,
      boolean discardable,
      Function<? super T, Verdict> call,
      Consumer<Decision> resume) {
    return run(discardable, null, resume, new Question<>(phase, hooks, call));
  }

  /**
   * Walks.
   *
   * @param discardable whether Discard is a verdict here
   * @param message the message dictionary, where there is one
   * @param resume called later, on the loop, when the answer is null
   * @return null when the walk is parked
   */
  @Nullable Decision run(
      boolean discardable,
      @Nullable Context message,
      Consumer<Decision> resume,
      Question<?>... questions) {
    validation.begin();
    return new Walk(questions, discardable, message, resume).go(NOBODY);
  }

  /** What a module that failed comes to. */
  static Decision.Refused failed(String module, String phase) {
    return new Decision.Refused(FAILED, false, module, "module failed in " + phase);
  }

  private final class Walk {
    private final Question<?>[] questions;
    private final boolean discardable;
    private final @Nullable Context message;
    private final Consumer<Decision> resume;
    private int question;

    Walk(
        Question<?>[] questions,
        boolean discardable,
        @Nullable Context message,
        Consumer<Decision> resume) {
      this.questions = questions;
      this.discardable = discardable;
      this.message = message;
      this.resume = resume;
    }

    /**
     * @param already modules of this question that were asked before the walk was parked; the list
     *     may have changed since, so positions say nothing
     */
    @Nullable Decision go(Set<Object> already) {
      Set<Object> before = already;
      while (question < questions.length) {
        Decision decision = go(questions[question], before);
        if (decision != Decision.PASSED) {
          return decision;
        }
        question++;
        before = NOBODY;
      }
      return Decision.PASSED;
    }

    private <T> @Nullable Decision go(Question<T> of, Set<Object> already) {
      for (HookEntry<T> entry : of.hooks().entries()) {
        if (already.contains(entry.hook()) || bypassed(entry)) {
          continue;
        }
        askedAny = true;
        if (asked != null) {
          asked.add(entry.hook());
        }
        validation.asking(entry.module());
        if (entry.pool() != null) {
          return park(of, entry, entry.pool(), already);
        }
        Verdict verdict = ask(of, entry);
        if (verdict instanceof Verdict.Suspend later && of.suspendable()) {
          return awaitLater(of, entry, later, already);
        }
        Decision decision = decide(of, entry, verdict);
        if (decision != null) {
          return decision;
        }
      }
      return validation.decision();
    }

    private <T> @Nullable Decision park(
        Question<T> of, HookEntry<T> entry, ThreadPool pool, Set<Object> already) {
      OwedAnswer<T> answer = owe(of, entry, already);
      try {
        pool.execute(() -> answer.run(() -> ask(of, entry)));
        return null;
      } catch (RejectedExecutionException full) {
        answer.settled();
        owed = null;
        LOG.error("module {} is not asked in {}: {}", entry.module(), of.phase(), full.toString());
        return failed(entry.module(), of.phase());
      }
    }

    private <T> @Nullable Decision awaitLater(
        Question<T> of, HookEntry<T> entry, Verdict.Suspend later, Set<Object> already) {
      owe(of, entry, already).await(later);
      return null;
    }

    private <T> OwedAnswer<T> owe(Question<T> of, HookEntry<T> entry, Set<Object> already) {
      Set<Object> before = Collections.newSetFromMap(new IdentityHashMap<>());
      before.addAll(already);
      for (HookEntry<T> other : of.hooks().entries()) {
        before.add(other.hook());
        if (other.hook() == entry.hook()) {
          break;
        }
      }
      OwedAnswer<T> answer =
          new OwedAnswer<>(
              entry,
              of.phase(),
              loop,
              of.suspendable(),
              new Decision.Seen(connection.asMap(), message == null ? Map.of() : message.asMap()),
              new OwedAnswer.Taker() {
                @Override
                public void answered(@Nullable Verdict verdict) {
                  unpark(decide(of, entry, verdict), before);
                }

                @Override
                public void givenUp(Decision.Refused instead) {
                  stray = owed;
                  unpark(instead, before);
                }
              });
      owed = answer;
      answer.begin(limit);
      return answer;
    }

    private void unpark(@Nullable Decision decided, Set<Object> before) {
      owed = null;
      if (closed) {
        return;
      }
      Decision decision = decided;
      if (decision == Decision.PASSED) {
        question++;
        decision = go(NOBODY);
      } else if (decision == null) {
        decision = go(before);
      }
      if (decision != null) {
        resume.accept(decision);
      }
    }

    /** The module's verdict; null when it failed, which is logged. */
    @SuppressWarnings("CatchingUnchecked")
    private <T> @Nullable Verdict ask(Question<T> of, HookEntry<T> entry) {
      try {
        return of.call().apply(entry.hook());
      } catch (MessageTooLargeException tooLarge) {
        LOG.warn("module {} in {}: {}", entry.module(), of.phase(), tooLarge.getMessage());
        return TOO_LARGE;
      } catch (Exception | LinkageError | StackOverflowError | AssertionError cause) {
        LOG.error("module {} failed in {}", entry.module(), of.phase(), cause);
        return null;
      }
    }

    /** Null: the next module is asked; passed: no other of this question. */
    private @Nullable Decision decide(
        Question<?> of, HookEntry<?> entry, @Nullable Verdict verdict) {
      return switch (verdict) {
        case null -> failed(entry.module(), of.phase());
        case Verdict.Continue go -> null;
        case Verdict.Done done -> validation.decision();
        case Verdict.Refuse refuse ->
            new Decision.Refused(
                refuse.reply(),
                refuse.disconnect() || validation.disconnects(),
                entry.module(),
                refuse.reply().text());
        case Verdict.Discard discard when discardable ->
            new Decision.Discarded(entry.module(), discard.reason());
        case Verdict.Discard discard -> {
          LOG.error("module {} discards in {}, where nothing can be", entry.module(), of.phase());
          yield failed(entry.module(), of.phase());
        }
        case Verdict.Suspend late -> {
          LOG.error("module {} suspends in {}, where nothing can", entry.module(), of.phase());
          yield failed(entry.module(), of.phase());
        }
      };
    }

    private boolean bypassed(HookEntry<?> entry) {
      return connection.size() != 0
          && connection.get(entry.bypass()).filter("true"::equalsIgnoreCase).isPresent();
    }
  }
}
