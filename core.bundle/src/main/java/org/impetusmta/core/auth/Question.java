package org.impetusmta.core.auth;

import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.scheduler.ThreadPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One question to a source, on a thread of a pool: the answer, or what stands for none within
 * {@link #PATIENCE}, comes to the loop of whoever asked, once. Single: that loop.
 */
final class Question<T> {
  private static final Logger LOG = LoggerFactory.getLogger(Question.class);

  /** How long a source may take. */
  static final Duration PATIENCE = Duration.ofSeconds(60);

  /** The one that is to be told; null when nobody waits. */
  private @Nullable Consumer<T> waiting;

  private EventLoop.@Nullable Timer alarm;

  private Question(Consumer<T> then) {
    this.waiting = then;
  }

  /**
   * Asks; called on the loop.
   *
   * @param work may block, and does not throw
   * @param none the answer where there is none to be had, by its reason
   */
  static <T> void ask(
      ThreadPool pool,
      EventLoop loop,
      Supplier<T> work,
      Function<String, T> none,
      Consumer<T> then) {
    Question<T> question = new Question<>(then);
    try {
      pool.execute(
          () -> {
            T answer = work.get();
            loop.execute(() -> question.tell(answer));
          });
      question.alarm =
          loop.schedule(
              () -> {
                LOG.error("AUTH: no answer within {} s", PATIENCE.toSeconds());
                question.tell(none.apply("the source does not answer"));
              },
              PATIENCE);
    } catch (RejectedExecutionException full) {
      LOG.error("AUTH: the pool {} takes no more: {}", pool.name(), full.toString());
      loop.execute(() -> question.tell(none.apply("the pool takes no more")));
    }
  }

  private void tell(T answer) {
    Consumer<T> then = waiting;
    if (then == null) {
      return;
    }
    waiting = null;
    if (alarm != null) {
      alarm.cancel();
    }
    then.accept(answer);
  }
}
