package org.impetusmta.core.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.scheduler.ThreadPool;
import org.impetusmta.core.config.ConfigEngine;
import org.impetusmta.core.config.option.OptionCatalog;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class ThreadPoolsTest {
  static Generation generation(String text) throws ConfigException {
    OptionCatalog catalog = new OptionCatalog();
    List.of(
            PoolOptions.class,
            LoopOptions.class,
            LoopOptions.Owners.class,
            LoopOptions.Reception.class,
            LoopOptions.Turns.class,
            LoopOptions.Waiting.class,
            LoopOptions.HotDomains.class)
        .forEach(set -> catalog.declare(set, "test"));
    return ConfigEngine.ofText(catalog, text).current();
  }

  private static ThreadPool pool(ThreadPools pools, String name) {
    return pools.find(name).orElseThrow();
  }

  @ParameterizedTest
  @CsvSource({
    "SwapOut, 5",
    "SwapIn, 5",
    "Unlink, 6",
    "Batch_Unlink, 4",
    "Close, 0",
    "CPU, 4",
    "IO, 50",
    "SpoolIn, 1",
    "Console, 50",
    "HTTP, 50"
  })
  void predefined_pools_are_there(String name, int concurrency) throws Exception {
    ThreadPools pools = new ThreadPools(generation(""));
    assertThat(pool(pools, name).concurrency()).isEqualTo(concurrency);
    assertThat(pool(pools, name).name()).isEqualTo(name);
    ThreadPools backlogOnly =
        new ThreadPools(generation("ThreadPool \"%s\" { Backlog = 7 }".formatted(name)));
    assertThat(pool(backlogOnly, name).concurrency()).as("unsaid").isEqualTo(concurrency);
  }

  @Test
  void a_commit_is_in_force_at_once_and_a_stanza_that_goes_leaves_the_defaults() throws Exception {
    ThreadPools pools = new ThreadPools(generation("ThreadPool \"mine\" { Concurrency = 1 }"));
    ThreadPool io = pool(pools, "io");
    ThreadPool mine = pool(pools, "MINE");
    pools.follow(
        generation(
            "ThreadPool \"IO\" { Concurrency = 3 }\nThreadPool \"mine\" { Concurrency = 2 }"));
    assertThat(io.concurrency()).isEqualTo(3);
    assertThat(mine.concurrency()).isEqualTo(2);
    pools.follow(generation(""));
    assertThat(io.concurrency()).isEqualTo(50);
    assertThat(mine.concurrency()).isEqualTo(ThreadPools.OWN_CONCURRENCY);
  }

  @Test
  void pools_that_cannot_be_are_refused() {
    assertThatThrownBy(() -> ThreadPools.check(generation("ThreadPool IO { }\nThreadPool io { }")))
        .hasMessageContaining("found threadpool \"io\", expected the name \"IO\"");
    assertThatThrownBy(
            () -> ThreadPools.check(generation("ThreadPool console { Concurrency = 0 }")))
        .hasMessageContaining("found concurrency 0, expected at least 1");
  }

  @Test
  void concurrency_bounds_what_runs_and_more_runs_as_soon_as_it_is_raised() throws Exception {
    ThreadPools pools = new ThreadPools(generation("ThreadPool \"CPU\" { Concurrency = 2 }"));
    ThreadPool cpu = pool(pools, "CPU");
    LinkedBlockingQueue<Integer> started = new LinkedBlockingQueue<>();
    CountDownLatch end = new CountDownLatch(1);
    for (int i = 0; i < 5; i++) {
      int number = i;
      cpu.execute(
          () -> {
            started.add(number);
            awaitQuietly(end);
          });
    }
    started.take();
    started.take();
    assertThat(cpu.running()).isEqualTo(2);
    assertThat(cpu.waiting()).isEqualTo(3);
    pools.follow(generation("ThreadPool \"CPU\" { Concurrency = 4 }"));
    started.take();
    started.take();
    assertThat(cpu.running()).isEqualTo(4);
    assertThat(cpu.waiting()).isEqualTo(1);
    end.countDown();
    started.take();
  }

  @Test
  void a_caller_waits_where_the_backlog_is_full() throws Exception {
    ThreadPools pools =
        new ThreadPools(generation("ThreadPool \"Unlink\" { Concurrency = 1 Backlog = 2 }"));
    ThreadPool unlink = pool(pools, "Unlink");
    CountDownLatch end = new CountDownLatch(1);
    CompletableFuture<Void> running = new CompletableFuture<>();
    unlink.execute(
        () -> {
          running.complete(null);
          awaitQuietly(end);
        });
    running.get();
    unlink.execute(() -> {});
    unlink.execute(() -> {});
    CountDownLatch last = new CountDownLatch(1);
    Thread caller = Thread.ofPlatform().start(() -> unlink.execute(last::countDown));
    while (caller.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    assertThat(unlink.waiting()).isEqualTo(2);
    end.countDown();
    assertThat(last.await(30, TimeUnit.SECONDS)).isTrue();
    caller.join();
  }

  @Test
  void without_threads_of_its_own_a_job_runs_on_the_caller() throws Exception {
    ThreadPool close = pool(new ThreadPools(generation("")), "Close");
    CompletableFuture<Thread> ran = new CompletableFuture<>();
    close.execute(() -> ran.complete(Thread.currentThread()));
    assertThat(ran).isCompletedWithValue(Thread.currentThread());
  }

  @Test
  void threads_have_the_name_of_the_pool_and_its_stack() throws Exception {
    ThreadPools pools = new ThreadPools(generation(""));
    ThreadPool cpu = pool(pools, "CPU");
    Thread unsaid = thread(cpu);
    assertThat(unsaid.getName()).isEqualTo("CPU");
    assertThat(unsaid.isVirtual()).as("jobs block in files").isFalse();
    int small = depth(pools, "256K");
    int large = depth(pools, "16M");
    assertThat(large).isGreaterThan(4 * small);
  }

  /** How deep a job can call itself. */
  private static int depth(ThreadPools pools, String stack) throws Exception {
    // another pool each time: a thread of the first would wait for the second job
    String name = "stack" + stack;
    pools.follow(
        generation(
            "ThreadPool \"%s\" { Stack_Size = %s }\nThreadPool \"CPU\" { Stack_Size = %s }"
                .formatted(name, stack, stack)));
    CompletableFuture<Integer> deepest = new CompletableFuture<>();
    pool(pools, name)
        .execute(
            () -> {
              int[] depth = new int[1];
              try {
                fall(depth);
              } catch (StackOverflowError end) {
                deepest.complete(depth[0]);
              }
            });
    return deepest.get();
  }

  private static int fall(int[] depth) {
    return ++depth[0] < Integer.MAX_VALUE ? fall(depth) + 1 : 0;
  }

  private static Thread thread(ThreadPool pool) throws Exception {
    CompletableFuture<Thread> ran = new CompletableFuture<>();
    pool.execute(() -> ran.complete(Thread.currentThread()));
    return ran.get();
  }

  @Test
  void what_makes_no_sense_is_refused() {
    assertThatThrownBy(() -> generation("ThreadPool \"IO\" { Concurrency = -1 }"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("Concurrency");
    assertThatThrownBy(() -> generation("ThreadPool \"IO\" { Concurency = 1 }"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("did you mean concurrency?");
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void a_job_that_stays_takes_no_turn_from_others() throws Exception {
    ThreadPools pools = new ThreadPools(generation("ThreadPool \"accept\" { Concurrency = 1 }"));
    ThreadPool accept = pool(pools, "accept");
    CountDownLatch end = new CountDownLatch(1);
    CompletableFuture<Thread> staying = new CompletableFuture<>();
    for (int i = 0; i < 2; i++) {
      accept.occupy(
          () -> {
            staying.complete(Thread.currentThread());
            try {
              end.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          });
    }
    assertThat(staying.get().isVirtual()).isFalse();
    assertThat(staying.get().getName()).isEqualTo("accept");
    CompletableFuture<Boolean> other = new CompletableFuture<>();
    accept.execute(() -> other.complete(true));
    assertThat(other.get()).isTrue();
    assertThat(accept.running()).isGreaterThanOrEqualTo(2);
    end.countDown();
    staying.get().join();
  }
}
