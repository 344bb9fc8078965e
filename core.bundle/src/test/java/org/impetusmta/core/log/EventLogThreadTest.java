package org.impetusmta.core.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.impetusmta.api.hook.LogError;
import org.impetusmta.api.hook.LogFlush;
import org.impetusmta.api.hook.LogReopen;
import org.impetusmta.api.log.LogEvent.Diagnostic;
import org.impetusmta.api.log.LogEvent.Level;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class EventLogThreadTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  private final ListOfHooks hooks = new ListOfHooks();
  private final List<String> seen = Collections.synchronizedList(new ArrayList<>());
  private final List<String> lastResort = Collections.synchronizedList(new ArrayList<>());
  private final List<String> failures = Collections.synchronizedList(new ArrayList<>());
  private final AtomicLong nanoTime = new AtomicLong();
  private final EventLogThread log =
      new EventLogThread(
          hooks,
          10,
          new HookFailures(
              nanoTime::get,
              (module, unreported, thrown) ->
                  failures.add(module + " " + unreported + " " + thrown.getMessage())),
          lastResort::add);

  @AfterEach
  void close() throws InterruptedException {
    log.close();
  }

  private static Diagnostic event(String source, int number) {
    return new Diagnostic(0, Level.ERROR, source, Integer.toString(number));
  }

  @Test
  void handsOverInOrderThenFlushes() throws Exception {
    hooks
        .add(LogError.class, "a", e -> seen.add("a" + e.text()))
        .add(LogError.class, "b", e -> seen.add("b" + e.text()));
    AtomicInteger flushed = new AtomicInteger();
    hooks.add(LogFlush.class, "a", flushed::incrementAndGet);
    log.append(event("", 1));
    log.append(event("", 2));
    assertThat(log.flush(LONG)).isTrue();
    assertThat(seen).containsExactly("a1", "b1", "a2", "b2");
    assertThat(flushed).hasPositiveValue();
  }

  @Test
  void everyEventOnceAndInOrderPerProducerWhilePausedAndResumed() throws Exception {
    int producers = 4;
    int each = 50_000;
    int[] next = new int[producers];
    AtomicBoolean quiet = new AtomicBoolean();
    AtomicInteger wrong = new AtomicInteger();
    hooks.add(
        LogError.class,
        "ledger",
        e -> {
          if (quiet.get() || next[Integer.parseInt(e.source())]++ != Integer.parseInt(e.text())) {
            wrong.incrementAndGet();
          }
        });
    List<Thread> threads =
        IntStream.range(0, producers)
            .mapToObj(
                p ->
                    Thread.ofPlatform()
                        .start(
                            () -> {
                              for (int i = 0; i < each; i++) {
                                log.append(event(Integer.toString(p), i));
                              }
                            }))
            .toList();
    while (threads.stream().anyMatch(Thread::isAlive)) {
      log.pause();
      quiet.set(true);
      quiet.set(false);
      log.resume();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(log.flush(LONG)).isTrue();
    assertThat(wrong).hasValue(0);
    assertThat(next).containsOnly(each);
  }

  @Test
  void eventsWaitWhilePausedAndOverloadIsSeen() throws Exception {
    hooks.add(LogError.class, "a", e -> seen.add(e.text()));
    log.pause();
    log.pause();
    for (int i = 0; i < 10; i++) {
      log.append(event("", i));
    }
    assertThat(log.overloaded()).isFalse();
    log.append(event("", 10));
    assertThat(log.overloaded()).isTrue();
    log.resume();
    assertThat(log.flush(Duration.ofMillis(50))).isFalse();
    assertThat(seen).isEmpty();
    log.resume();
    assertThat(log.flush(LONG)).isTrue();
    assertThat(seen).hasSize(11);
    assertThat(log.overloaded()).isFalse();
    assertThatThrownBy(log::resume).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void pauseReturnsOnlyWhenNoHookRuns() throws Exception {
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch leave = new CountDownLatch(1);
    hooks.add(
        LogError.class,
        "slow",
        e -> {
          inside.countDown();
          try {
            leave.await();
          } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
          }
          seen.add("left");
        });
    log.append(event("", 1));
    inside.await();
    Thread pausing =
        Thread.ofPlatform()
            .start(
                () -> {
                  log.pause();
                  seen.add("paused");
                });
    await().until(() -> pausing.getState() == Thread.State.WAITING);
    leave.countDown();
    pausing.join();
    assertThat(seen).containsExactly("left", "paused");
    log.resume();
  }

  @Test
  void aHookThatThrowsIsReportedOnceAMinuteAndKeepsNobodyFromTheEvent() throws Exception {
    hooks
        .add(
            LogError.class,
            "bad",
            e -> {
              throw new IllegalStateException("no " + e.text());
            })
        .add(LogError.class, "good", e -> seen.add(e.text()));
    for (int i = 0; i < 3; i++) {
      log.append(event("", i));
    }
    log.flush(LONG);
    nanoTime.addAndGet(Duration.ofSeconds(61).toNanos());
    log.append(event("", 3));
    log.flush(LONG);
    assertThat(seen).containsExactly("0", "1", "2", "3");
    assertThat(failures).containsExactly("bad 0 no 0", "bad 2 no 3");
  }

  @Test
  void reopenTakesItsPlaceAmongTheEvents() throws Exception {
    hooks.add(LogError.class, "a", e -> seen.add(e.text()));
    hooks.add(LogReopen.class, "a", () -> seen.add("reopened"));
    log.pause();
    log.append(event("", 1));
    var reopened = log.reopen();
    log.append(event("", 2));
    log.resume();
    reopened.get();
    log.flush(LONG);
    assertThat(seen).containsExactly("1", "reopened", "2");
  }

  @Test
  void flushesAtLeastOnceASecondWithoutEvents() {
    AtomicInteger flushed = new AtomicInteger();
    hooks.add(LogFlush.class, "a", flushed::incrementAndGet);
    await().untilAtomic(flushed, org.hamcrest.Matchers.greaterThan(1));
  }

  @Test
  void closingHandsOverWhatWaitsAndDescribesWhatComesLater() throws Exception {
    hooks.add(LogError.class, "a", e -> seen.add(e.text()));
    for (int i = 0; i < 5000; i++) {
      log.append(event("", i));
    }
    log.close();
    assertThat(seen).hasSize(5000);
    log.append(new Diagnostic(0, Level.ERROR, "late", "one\ntwo"));
    assertThat(lastResort).singleElement().asString().contains("late").contains("one\\ntwo");
    log.pause(); // nobody waits for a thread that has ended
    log.resume();
  }

  @Test
  void aWakeUpIsNeverLost() throws Exception {
    AtomicInteger count = new AtomicInteger();
    hooks.add(LogError.class, "a", e -> count.incrementAndGet());
    for (int i = 1; i <= 200; i++) {
      log.append(event("", i));
      int wanted = i;
      // falls asleep between two of them more often than not
      await().pollInterval(Duration.ofMillis(i % 13)).until(() -> count.get() == wanted);
    }
  }
}
