package org.impetusmta.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.impetusmta.api.log.EventLog;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.api.scheduler.ThreadPool;
import org.impetusmta.api.spool.Spool.AttemptState;
import org.impetusmta.core.message.MailMessage;
import org.impetusmta.core.message.MessageIds;
import org.impetusmta.core.metrics.Counters;
import org.impetusmta.testkit.queue.FakeDeliveryMethod;
import org.impetusmta.testkit.queue.FakeDeliveryMethod.FakeConnection;
import org.impetusmta.testkit.queue.FakeDeliveryMethod.Script;
import org.impetusmta.testkit.queue.MemorySpool;
import org.impetusmta.testkit.queue.TestConfiguration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Four threads accept, two loops deliver, an operator looks on: real threads, one ledger. */
class ThreadsTest {
  private static final int SENDERS = 4;
  private static final int MESSAGES = 5_000;

  private final List<Loop> loops = List.of(new Loop(0), new Loop(1));
  private final ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor();

  private static final class Loop implements EventLoop {
    private final int index;
    private final AtomicReference<Thread> thread = new AtomicReference<>();
    private final ScheduledExecutorService executor;

    Loop(int index) {
      this.index = index;
      this.executor =
          Executors.newSingleThreadScheduledExecutor(
              task -> {
                Thread t = new Thread(task, "loop-" + index);
                thread.set(t);
                return t;
              });
    }

    @Override
    public int index() {
      return index;
    }

    @Override
    public boolean inEventLoop() {
      return Thread.currentThread() == thread.get();
    }

    @Override
    public void execute(Runnable task) {
      executor.execute(task);
    }

    @Override
    public Timer schedule(Runnable task, Duration delay) {
      ScheduledFuture<?> future = executor.schedule(task, delay.toMillis(), TimeUnit.MILLISECONDS);
      return () -> future.cancel(false);
    }

    @Override
    public <T> T unwrap(Class<T> type) {
      throw new IllegalArgumentException(type.getName());
    }
  }

  private record Pool(String name, ExecutorService workers) implements ThreadPool {
    @Override
    public void execute(Runnable job) {
      workers.execute(job);
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
      return Integer.MAX_VALUE;
    }
  }

  private final Scheduler scheduler =
      new Scheduler() {
        @Override
        public List<EventLoop> loops() {
          return List.copyOf(loops);
        }

        @Override
        public EventLoop owner(String binding, String domain) {
          return loops.get(Math.floorMod(domain.hashCode(), 2));
        }

        @Override
        public ThreadPool pool(String name) {
          return new Pool(name, workers);
        }

        @Override
        public InstantSource clock() {
          return InstantSource.system();
        }
      };

  @AfterEach
  void stop() {
    workers.shutdownNow();
    loops.forEach(loop -> loop.executor.shutdownNow());
  }

  @Test
  void nothingIsLostBetweenThreads() throws Exception {
    MemorySpool spool = new MemorySpool();
    Queue<LogEvent> log = new ConcurrentLinkedQueue<>();
    EventLog events =
        new EventLog() {
          @Override
          public void append(LogEvent event) {
            log.add(event);
          }

          @Override
          public boolean overloaded() {
            return false;
          }
        };
    TestConfiguration configuration =
        new TestConfiguration()
            .set("gateway", "192.0.2.1")
            .set("retry_interval", "1")
            // a connection that ends before its first answer rests its host: not for longer than
            // the test
            .set("host_failure_retry", "1")
            .set("max_retries", "none")
            .set("max_resident_active_queue", "20");
    MessageIds ids = new MessageIds(InstantSource.system(), 1);
    LoopMailQueues queues =
        new LoopMailQueues(
            configuration,
            spool,
            scheduler,
            new QueueFixture.TestHooks(),
            events,
            new Counters(),
            ids,
            new org.impetusmta.core.route.Router(configuration, scheduler, new Counters()),
            generation -> "mta.example",
            true,
            Runtime.getRuntime().maxMemory(),
            true);
    FakeDeliveryMethod method = new FakeDeliveryMethod("esmtp");
    method.script(
        new Script() {
          @Override
          public Optional<Reply> answer(FakeConnection connection, Message message) {
            int dice = ThreadLocalRandom.current().nextInt(100);
            return dice < 2
                ? Optional.empty()
                : Optional.of(
                    dice < 5
                        ? new Reply(451, "4.7.1", "later")
                        : dice < 8 ? new Reply(550, "5.1.1", "no") : new Reply(250, "", "OK"));
          }
        });
    queues.addMethod(method);
    Body body = Body.of("Subject: x\r\n\r\nHello\r\n".getBytes(StandardCharsets.US_ASCII));
    List<Future<?>> senders = new ArrayList<>();
    for (int s = 0; s < SENDERS; s++) {
      senders.add(
          workers.submit(
              () -> {
                for (int i = 0; i < MESSAGES; i++) {
                  MessageId id = ids.next();
                  MailMessage message =
                      new MailMessage(
                          id,
                          id,
                          MessageId.NONE,
                          i % 3 == 0 ? Address.NULL : Address.of("a@sender.example"),
                          Address.of("b@d" + i % 7 + ".example"),
                          "127.0.0.1",
                          "esmtp",
                          System.currentTimeMillis(),
                          false,
                          body);
                  message.stored(spool.put(message.envelope(), body, AttemptState.NEW));
                  queues.enqueue(message);
                }
              }));
    }
    MessageConsole messages = new MessageConsole(queues);
    DomainConsole domains = new DomainConsole(queues);
    for (int i = 0; i < 20; i++) {
      messages.list(Optional.empty(), "d1.example", 10, 0);
      domains.outbound();
      domains.flush("all", Optional.empty());
    }
    for (Future<?> sender : senders) {
      sender.get();
    }
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> spool.messages().isEmpty() && queues.totalSize() == 0);
    Map<MessageId, Integer> ended = new HashMap<>();
    for (LogEvent event : log) {
      switch (event) {
        case LogEvent.Delivery d -> ended.merge(d.message().id(), 1, Integer::sum);
        case LogEvent.Failure f when f.permanent() ->
            ended.merge(f.message().id(), 1, Integer::sum);
        default -> {
          // an attempt that does not end a message
        }
      }
    }
    assertThat(ended.values()).allMatch(count -> count == 1);
    assertThat(ended.size()).isGreaterThanOrEqualTo(SENDERS * MESSAGES);
    queues.stop(Duration.ofSeconds(5));
    assertThat(method.open()).isEmpty();
    assertThat(queues.activeSize()).isZero();
    assertThat(queues.delayedSize()).isZero();
    assertThat(queues.residency().resident()).isZero();
  }
}
