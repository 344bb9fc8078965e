package org.impetusmta.core.reception;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.impetusmta.api.hook.Verdict;
import org.impetusmta.api.message.Context;
import org.impetusmta.api.message.MessageTooLargeException;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.scheduler.ThreadPool;
import org.impetusmta.core.hook.HookEntry;
import org.impetusmta.core.hook.HookList;
import org.impetusmta.core.hook.OwedAnswers;
import org.impetusmta.testkit.ManualClock;
import org.impetusmta.testkit.queue.TestScheduler;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Modules that answer late, never, or are gone. */
class PhaseRunnerTest {
  private static final Duration LIMIT = Duration.ofSeconds(300);

  private final TestScheduler scheduler = new TestScheduler(new ManualClock(0), 1);
  private final EventLoop loop = scheduler.loops().getFirst();
  private final Context connection = new Context();
  private final InboundValidation validation = new InboundValidation(true, () -> {});
  private final PhaseRunner phases = new PhaseRunner(loop, connection, validation, LIMIT, true);
  private final HookList<Supplier<Verdict>> hooks = new HookList<>();
  private final OwedAnswers owed = new OwedAnswers();
  private final List<Decision> resumed = new ArrayList<>();

  private void modules(@Nullable ThreadPool pool, Supplier<Verdict> first, Supplier<Verdict> next) {
    hooks.replace(
        List.of(
            new HookEntry<>(first, "first", "__bypass_first", pool, owed),
            new HookEntry<>(next, "next", "__bypass_next", null)));
  }

  private @Nullable Decision run() {
    return phases.run("phase", hooks, false, Supplier::get, resumed::add);
  }

  private static Verdict unexpected() {
    throw new AssertionError("not to be asked");
  }

  @Test
  void a_module_that_never_answers_defers_when_its_time_is_over() {
    CompletableFuture<Verdict> promise = new CompletableFuture<>();
    modules(null, () -> Verdict.suspend(promise), PhaseRunnerTest::unexpected);
    connection.set("key", "before");
    assertThat(run()).isNull();
    assertThat(phases.parked()).isTrue();
    connection.set("key", "meanwhile");
    scheduler.advance(LIMIT.minusSeconds(1));
    assertThat(resumed).isEmpty();
    assertThat(owed.count()).isOne();
    scheduler.advance(Duration.ofSeconds(1));
    assertThat(resumed).hasSize(1);
    Decision.Refused refused = (Decision.Refused) resumed.getFirst();
    assertThat(refused.reply().code()).isEqualTo(451);
    assertThat(refused.disconnect()).as("the module may still hold the session").isTrue();
    assertThat(refused.module()).isEqualTo("first");
    assertThat(refused.seen()).isNotNull();
    assertThat(Objects.requireNonNull(refused.seen()).connection()).containsEntry("key", "before");
    assertThat(promise).isCancelled();
    assertThat(owed.count()).isZero();
    assertThat(phases.parked()).isFalse();
    scheduler.advance(LIMIT);
    assertThat(resumed).as("once").hasSize(1);
  }

  @Test
  void an_answer_in_time_stops_the_clock_and_the_next_module_is_asked() {
    CompletableFuture<Verdict> promise = new CompletableFuture<>();
    modules(
        null,
        () -> Verdict.suspend(promise),
        () -> new Verdict.Refuse(new Reply(550, "5.7.1", "no"), false));
    assertThat(run()).isNull();
    scheduler.advance(LIMIT.minusSeconds(1));
    promise.complete(Verdict.CONTINUE);
    scheduler.run();
    assertThat(resumed)
        .containsExactly(new Decision.Refused(new Reply(550, "5.7.1", "no"), false, "next", "no"));
    scheduler.advance(LIMIT);
    assertThat(resumed).hasSize(1);
  }

  @Test
  void a_promise_that_is_fulfilled_already_is_an_answer() {
    modules(
        null,
        () -> Verdict.suspend(CompletableFuture.completedFuture(Verdict.DONE)),
        PhaseRunnerTest::unexpected);
    assertThat(run()).isNull();
    scheduler.run();
    assertThat(resumed).containsExactly(Decision.PASSED);
  }

  @Test
  void what_a_module_owes_is_given_up_when_it_is_unloaded() throws InterruptedException {
    CompletableFuture<Verdict> promise = new CompletableFuture<>();
    modules(null, () -> Verdict.suspend(promise), PhaseRunnerTest::unexpected);
    assertThat(run()).isNull();
    owed.settle(Duration.ZERO);
    scheduler.run();
    assertThat(resumed).hasSize(1);
    assertThat(((Decision.Refused) resumed.getFirst()).reply()).isEqualTo(PhaseRunner.FAILED);
    promise.complete(Verdict.CONTINUE);
    scheduler.run();
    assertThat(resumed).as("too late").hasSize(1);
  }

  @Test
  void a_module_that_hangs_in_its_pool_is_interrupted() throws InterruptedException {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    modules(
        new Threads(),
        () -> {
          entered.countDown();
          try {
            new CountDownLatch(1).await();
          } catch (InterruptedException told) {
            interrupted.countDown();
          }
          return Verdict.CONTINUE;
        },
        PhaseRunnerTest::unexpected);
    assertThat(run()).isNull();
    assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();
    scheduler.advance(LIMIT);
    assertThat(resumed).hasSize(1);
    assertThat(((Decision.Refused) resumed.getFirst()).disconnect()).isTrue();
    assertThat(interrupted.await(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void a_module_that_waits_for_its_pool_too_long_is_not_asked() {
    List<Runnable> queue = new ArrayList<>();
    modules(new Queue(queue), PhaseRunnerTest::unexpected, PhaseRunnerTest::unexpected);
    assertThat(run()).isNull();
    scheduler.advance(LIMIT);
    assertThat(resumed).hasSize(1);
    queue.forEach(Runnable::run);
    scheduler.run();
    assertThat(resumed).hasSize(1);
  }

  @Test
  void a_session_that_goes_is_idle_when_its_module_has_left() {
    List<Runnable> queue = new ArrayList<>();
    List<String> told = new ArrayList<>();
    modules(new Queue(queue), () -> Verdict.CONTINUE, PhaseRunnerTest::unexpected);
    assertThat(run()).isNull();
    phases.close(() -> told.add("idle"));
    scheduler.run();
    assertThat(told).isEmpty();
    queue.forEach(Runnable::run);
    scheduler.run();
    assertThat(told).containsExactly("idle");
    assertThat(resumed).isEmpty();
  }

  @Test
  void a_session_that_goes_cancels_what_was_promised() {
    CompletableFuture<Verdict> promise = new CompletableFuture<>();
    List<String> told = new ArrayList<>();
    modules(null, () -> Verdict.suspend(promise), PhaseRunnerTest::unexpected);
    assertThat(run()).isNull();
    phases.close(() -> told.add("idle"));
    assertThat(told).containsExactly("idle");
    assertThat(promise).isCancelled();
    scheduler.advance(LIMIT);
    assertThat(resumed).isEmpty();
    assertThat(owed.count()).isZero();
  }

  @Test
  void a_code_counts_when_all_have_been_asked_and_the_last_word_is_heard() {
    modules(
        null,
        () -> {
          validation.setCode(new Reply(550, "5.7.1", "no"));
          return Verdict.CONTINUE;
        },
        () -> {
          validation.disconnect(new Reply(421, "4.7.0", "not now"));
          return Verdict.DONE;
        });
    assertThat(run())
        .isEqualTo(
            new Decision.Refused(new Reply(421, "4.7.0", "not now"), true, "next", "not now"));
  }

  @Test
  void a_module_is_remembered_when_it_was_asked() {
    Supplier<Verdict> first = () -> Verdict.DONE;
    Supplier<Verdict> next = PhaseRunnerTest::unexpected;
    modules(null, first, next);
    assertThat(run()).isEqualTo(Decision.PASSED);
    assertThat(phases.wasAsked(first)).isTrue();
    assertThat(phases.wasAsked(next)).isFalse();
  }

  /** A thread for each job. */
  private static class Threads implements ThreadPool {
    @Override
    public String name() {
      return "test";
    }

    @Override
    public void execute(Runnable job) {
      Thread.ofVirtual().start(job);
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
      return 1;
    }
  }

  /** No thread for any. */
  private static final class Queue extends Threads {
    private final List<Runnable> jobs;

    Queue(List<Runnable> jobs) {
      this.jobs = jobs;
    }

    @Override
    public void execute(Runnable job) {
      jobs.add(job);
    }
  }

  @Test
  void who_wants_a_message_in_one_piece_that_is_too_large_defers_it() {
    MessageTooLargeException tooLarge = new MessageTooLargeException(2_000_000, 1_048_576);
    Reply reply = new Reply(421, "4.3.0", "message is too large to process at this time");
    modules(
        null,
        () -> {
          throw tooLarge;
        },
        PhaseRunnerTest::unexpected);
    assertThat(run()).isEqualTo(new Decision.Refused(reply, false, "first", reply.text()));
    modules(
        null,
        () ->
            Verdict.suspend(
                CompletableFuture.<Verdict>failedFuture(tooLarge).thenApply(any -> any)),
        PhaseRunnerTest::unexpected);
    assertThat(run()).isNull();
    scheduler.run();
    assertThat(resumed).containsExactly(new Decision.Refused(reply, false, "first", reply.text()));
  }
}
