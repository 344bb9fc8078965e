package org.impetusmta.core.queue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.impetusmta.api.console.ConsoleException;
import org.jspecify.annotations.Nullable;

/**
 * How the console finds queues, and asks one something: on the loop that owns it, with a deadline.
 * Concurrent; blocks, so thread pools only.
 */
final class QueueQuestions {
  /** By binding group, binding and domain. */
  static final Comparator<MailQueue> ORDER =
      Comparator.comparing(MailQueue::bindingGroup)
          .thenComparing(MailQueue::binding)
          .thenComparing(MailQueue::domain);

  private static final long DEADLINE_SECONDS = 10;

  /** Messages looked through before a loop turns to other work. */
  private static final int SEARCH_SLICE = 20_000;

  private final LoopMailQueues server;

  QueueQuestions(LoopMailQueues server) {
    this.server = server;
  }

  /** The queues for a domain, in order. */
  List<MailQueue> queuesOf(String domain) {
    String name = domain.toLowerCase(Locale.ROOT);
    return server.queues().stream()
        .filter(queue -> queue.domain().equals(name))
        .sorted(ORDER)
        .toList();
  }

  /** Asks one queue. */
  static <T> T on(MailQueue queue, Supplier<T> question) throws ConsoleException {
    return await(CompletableFuture.supplyAsync(question, queue.home().loop()), DEADLINE_SECONDS);
  }

  /** Asks the queues of every loop in slices; the first answer that is not null counts. */
  <T> Optional<T> search(Function<MailQueue, @Nullable T> question) throws ConsoleException {
    CompletableFuture<Optional<T>> answer = new CompletableFuture<>();
    List<CompletableFuture<Void>> ends = new ArrayList<>();
    for (QueueLoop loop : server.loops()) {
      CompletableFuture<Void> end = new CompletableFuture<>();
      ends.add(end);
      loop.loop().execute(() -> slice(loop, List.copyOf(loop.queues()), 0, question, answer, end));
    }
    CompletableFuture.allOf(ends.toArray(new CompletableFuture<?>[0]))
        .whenComplete(
            (all, failure) -> {
              if (failure == null) {
                answer.complete(Optional.empty());
              } else {
                answer.completeExceptionally(failure);
              }
            });
    return await(answer, DEADLINE_SECONDS);
  }

  private static <T> void slice(
      QueueLoop loop,
      List<MailQueue> queues,
      int from,
      Function<MailQueue, @Nullable T> question,
      CompletableFuture<Optional<T>> answer,
      CompletableFuture<Void> end) {
    try {
      int looked = 0;
      int next = from;
      while (next < queues.size() && looked < SEARCH_SLICE && !answer.isDone()) {
        MailQueue queue = queues.get(next++);
        looked += 1 + queue.waiting() + queue.delayedNow();
        T found = question.apply(queue);
        if (found != null) {
          answer.complete(Optional.of(found));
        }
      }
      if (next < queues.size() && !answer.isDone()) {
        int then = next;
        loop.loop().execute(() -> slice(loop, queues, then, question, answer, end));
      } else {
        end.complete(null);
      }
    } catch (RuntimeException e) {
      end.completeExceptionally(e);
    }
  }

  /** The answer, which is waited for so many seconds. */
  static <T> T await(CompletableFuture<T> answer, long seconds) throws ConsoleException {
    try {
      return answer.get(seconds, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new ConsoleException("no answer within " + seconds + " seconds");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ConsoleException("interrupted");
    } catch (ExecutionException e) {
      throw new ConsoleException("failed: " + e.getCause());
    }
  }
}
