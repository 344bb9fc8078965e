package org.impetusmta.listener.control;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.impetusmta.api.console.Console;
import org.impetusmta.api.console.Operator;

/**
 * A console with a handful of commands, which remembers what it was asked: {@code echo …}, {@code
 * who}, {@code fail}, {@code break}, {@code big MIB}, {@code wait} until {@link #go}. Concurrent.
 */
final class ToyConsole implements Console {
  final List<String> lines = Collections.synchronizedList(new ArrayList<>());
  final List<String> closed = Collections.synchronizedList(new ArrayList<>());
  final AtomicInteger running = new AtomicInteger();
  final AtomicInteger mostRunning = new AtomicInteger();
  final CountDownLatch waiting = new CountDownLatch(1);
  private final CountDownLatch go = new CountDownLatch(1);

  /** Lets {@code wait} return. */
  void go() {
    go.countDown();
  }

  @Override
  public Session open(String description, Operator operator) {
    return new Session() {
      @Override
      public Answer execute(String line) {
        lines.add(line);
        mostRunning.accumulateAndGet(running.incrementAndGet(), Math::max);
        try {
          return line.equals("who")
              ? new Answer(true, operator.name().get() + " " + operator.restricted() + "\n")
              : answer(line);
        } finally {
          running.decrementAndGet();
        }
      }

      @Override
      public List<String> complete(String line) {
        return List.of(line + "one", line + "two");
      }

      @Override
      public void close() {
        closed.add(description);
      }
    };
  }

  private Answer answer(String line) {
    String[] words = line.split(" ", 2);
    return switch (words[0]) {
      case "" -> new Answer(true, "");
      case "echo" -> new Answer(true, words[1] + "\n");
      case "fail" -> new Answer(false, "no\n");
      case "break" -> throw new IllegalStateException("bug");
      case "big" ->
          new Answer(true, "0123456789abcde\n".repeat(65536 * Integer.parseInt(words[1])));
      case "wait" -> {
        waiting.countDown();
        try {
          go.await();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
        yield new Answer(true, "went\n");
      }
      default -> new Answer(false, "unknown " + words[0] + "\n");
    };
  }
}
