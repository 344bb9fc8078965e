package org.impetusmta.core.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.impetusmta.api.console.Console;
import org.impetusmta.core.console.TestConsole;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The dialogues of console_commands.threads. */
@Timeout(60)
final class ThreadsCommandTest {
  private final WorkerPool cpu = pool("CPU", 1);
  private final WorkerPool swapIn = pool("SwapIn", 5);
  private final Console.Session console =
      TestConsole.of(
          new ThreadsCommand(() -> List.of(cpu, swapIn)),
          new ThreadPoolStatsResetCommand(() -> List.of(cpu, swapIn)));

  private static WorkerPool pool(String name, int concurrency) {
    WorkerPool pool = new WorkerPool(name, 0);
    pool.follow(concurrency, 0);
    return pool;
  }

  private String type(String line) {
    return console.execute(line).text();
  }

  @Test
  void ofIdlePools() {
    assertThat(type("threads stats"))
        .isEqualTo("CPU thread pool: concurrency 1\nSWAPIN thread pool: concurrency 5\n");
    assertThat(type("threads busy")).isEmpty();
    assertThat(type("threads cpu queue")).isEqualTo("Jobs in the CPU pool\n0 jobs\n");
    assertThat(type("threads swapin stats --json"))
        .isEqualTo("{\"name\":\"SwapIn\",\"concurrency\":5,\"waiting\":0,\"invocations\":0}\n");
  }

  @Test
  void ofABusyPool() throws InterruptedException {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    CountDownLatch ended = new CountDownLatch(2);
    cpu.execute(
        () -> {
          begun.countDown();
          await(end);
          ended.countDown();
        });
    begun.await();
    cpu.execute(ended::countDown);
    assertThat(type("threads cpu queue"))
        .isEqualTo("Jobs in the CPU pool\n" + ThreadsCommandTest.class.getName() + "\n1 jobs\n");
    assertThat(type("threads busy"))
        .contains(
            "CPU thread pool: concurrency 1\n",
            "               Total invocations: 1\n",
            "    Observed average concurrency: 1.00\n",
            "            Current thread count: 1\n  [inactive threads]\n")
        .doesNotContain("SWAPIN");
    end.countDown();
    ended.await();
    assertThat(type("threads cpu stats")).contains("Total invocations: 2\n");
    assertThat(type("thread pool stats reset")).isEqualTo("Thread pool statistics reset\n");
    assertThat(type("threads cpu stats")).isEqualTo("CPU thread pool: concurrency 1\n");
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void figures() {
    AtomicLong clock = new AtomicLong();
    PoolFigures figures = new PoolFigures(clock::get);
    long first = figures.begun(1);
    long second = figures.begun(2);
    clock.set(30_000_000);
    figures.ended(first);
    clock.set(50_000_000);
    figures.ended(second);
    clock.set(100_000_000);
    assertThat(figures.invocations()).isEqualTo(2);
    assertThat(figures.averageConcurrency()).isEqualTo(1.5);
    assertThat(figures.averageMillis()).isEqualTo(40);
    assertThat(figures.saturation(2)).isEqualTo(40);
  }

  @Test
  void refuses() {
    for (String line : List.of("threads", "threads x stats", "threads cpu", "threads cpu x")) {
      assertThat(console.execute(line).ok()).as(line).isFalse();
    }
    assertThat(type("threads x stats"))
        .isEqualTo("there is no pool x, expected one of CPU, SwapIn\n");
  }
}
