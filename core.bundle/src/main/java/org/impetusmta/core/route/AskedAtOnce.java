package org.impetusmta.core.route;

import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * Keeps the number of questions that name servers have before them at {@value #MOST}: the others
 * wait in order. Concurrent.
 */
final class AskedAtOnce {
  static final int MOST = 512;

  private final Executor executor;
  private final ArrayDeque<Runnable> line = new ArrayDeque<>();
  private int asked;

  AskedAtOnce(Executor executor) {
    this.executor = executor;
  }

  /** Asks when there is room. */
  <T> CompletableFuture<T> ask(Supplier<CompletionStage<T>> question) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    Runnable begin = () -> begin(question, answer);
    synchronized (this) {
      if (asked >= MOST) {
        line.add(begin);
        return answer;
      }
      asked++;
    }
    begin.run();
    return answer;
  }

  private <T> void begin(Supplier<CompletionStage<T>> question, CompletableFuture<T> answer) {
    try {
      question
          .get()
          .whenComplete(
              (said, failure) -> {
                next();
                if (failure == null) {
                  answer.complete(said);
                } else {
                  answer.completeExceptionally(failure);
                }
              });
    } catch (RuntimeException e) {
      next();
      answer.completeExceptionally(e);
    }
  }

  private void next() {
    Runnable first;
    synchronized (this) {
      first = line.poll();
      if (first == null) {
        asked--;
        return;
      }
    }
    executor.execute(first);
  }
}
