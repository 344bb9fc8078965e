package org.impetusmta.core.queue;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.impetusmta.api.delivery.Delivery;
import org.impetusmta.api.delivery.DeliveryConnection;
import org.impetusmta.api.delivery.DeliveryMethod;
import org.impetusmta.api.delivery.Stage;
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
import org.impetusmta.core.config.ConfigEngine;
import org.impetusmta.core.message.MailMessage;
import org.impetusmta.core.message.MessageIds;
import org.impetusmta.core.metrics.Counters;
import org.impetusmta.core.route.Router;
import org.impetusmta.testkit.queue.MemorySpool;

/**
 * Measures throttles against the clock of the machine: two loops with threads, a sink within the
 * process, a reload half way. {@code ThrottleRate [seconds]}, 60 by default, first for buckets that
 * five domains and two bindings share, then for those of a domain alone, at 10, 100 and 10,000
 * messages a second side by side. Not a test: a timing never is.
 */
public final class ThrottleRate {
  private static final int[] RATES = {10, 100, 10_000};
  private static final Reply OK = new Reply(250, "2.0.0", "OK");

  private final InstantSource clock = InstantSource.system();
  private final int seconds;
  private final MemorySpool spool = new MemorySpool();
  private final Counters counters = new Counters();
  private final MessageIds ids = new MessageIds(clock, 4711);
  private final Map<String, AtomicIntegerArray> slots = new LinkedHashMap<>();
  private final Map<String, Long> first = new ConcurrentHashMap<>();
  private final Body body =
      Body.of("Subject: rate\r\n\r\nHello\r\n".getBytes(StandardCharsets.US_ASCII));

  private ThrottleRate(int seconds) {
    this.seconds = seconds;
  }

  /** One loop with a thread of its own. */
  private static final class Loop implements EventLoop {
    private final int index;
    private final ScheduledExecutorService thread;
    private volatile Thread runner = Thread.currentThread();

    Loop(int index) {
      this.index = index;
      this.thread =
          Executors.newSingleThreadScheduledExecutor(
              task -> {
                Thread made = new Thread(task, "loop " + index);
                made.setDaemon(true);
                runner = made;
                return made;
              });
    }

    @Override
    public int index() {
      return index;
    }

    @Override
    public boolean inEventLoop() {
      return Thread.currentThread() == runner;
    }

    @Override
    public void execute(Runnable task) {
      thread.execute(task);
    }

    @Override
    public Timer schedule(Runnable task, Duration delay) {
      var future = thread.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
      return () -> future.cancel(false);
    }

    @Override
    public <T> T unwrap(Class<T> type) {
      throw new IllegalArgumentException(type.getName());
    }
  }

  private record Pool(String name) implements ThreadPool {
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

  private final class Loops implements Scheduler {
    private final List<EventLoop> loops = List.of(new Loop(0), new Loop(1));

    @Override
    public List<EventLoop> loops() {
      return loops;
    }

    @Override
    public EventLoop owner(String binding, String domain) {
      return loops.get(Math.floorMod(31 * binding.hashCode() + domain.hashCode(), 2));
    }

    @Override
    public ThreadPool pool(String name) {
      return new Pool(name);
    }

    @Override
    public InstantSource clock() {
      return clock;
    }
  }

  /** Takes everything at once. */
  private static final class Sink implements DeliveryMethod {
    @Override
    public String name() {
      return "esmtp";
    }

    @Override
    public DeliveryConnection open(Delivery delivery) {
      SinkConnection connection = new SinkConnection(delivery);
      delivery.loop().execute(connection::begin);
      return connection;
    }
  }

  private static final class SinkConnection implements DeliveryConnection {
    private final Delivery delivery;
    private boolean quitting;

    SinkConnection(Delivery delivery) {
      this.delivery = delivery;
    }

    void begin() {
      delivery.connected();
      pull();
    }

    private void pull() {
      for (int i = 0; i < 50; i++) {
        if (quitting) {
          delivery.closed(Stage.IDLE, Optional.empty());
          return;
        }
        Optional<Message> next = delivery.next();
        if (next.isEmpty()) {
          return;
        }
        delivery.delivered(next.get(), OK, next.get().size());
      }
      delivery.loop().execute(this::pull);
    }

    @Override
    public void wake() {
      delivery.loop().execute(this::pull);
    }

    @Override
    public void quit() {
      quitting = true;
      delivery.loop().execute(this::pull);
    }

    @Override
    public Stage stage() {
      return Stage.IDLE;
    }
  }

  private void delivered(LogEvent.Delivery delivery) {
    String rate = delivery.binding().substring(0, delivery.binding().indexOf('-'));
    long now = System.nanoTime();
    Long start = first.putIfAbsent(rate, now);
    int slot = (int) ((now - (start == null ? now : start)) / 10_000_000);
    AtomicIntegerArray counts = slots.get(rate);
    if (counts != null && slot < counts.length()) {
      counts.incrementAndGet(slot);
    }
  }

  private void run(boolean shared) throws Exception {
    StringBuilder text = new StringBuilder("max_resident_active_queue = -1\n");
    for (int rate : RATES) {
      String throttle = "outbound_throttle_messages = " + rate;
      text.append("binding_group g").append(rate).append(" {\n");
      if (shared) {
        text.append(throttle).append('\n');
      }
      for (String binding : List.of("-a", "-b")) {
        text.append("binding \"").append(rate).append(binding).append("\" {");
        text.append(shared ? "" : "\n domain \"d0.example\" { " + throttle + " }\n").append("}\n");
      }
      text.append("}\n");
      slots.put(Integer.toString(rate), new AtomicIntegerArray(seconds * 100));
    }
    ConfigEngine engine = ShapingTest.engine(text.toString());
    Loops loops = new Loops();
    LoopMailQueues queues =
        new LoopMailQueues(
            engine,
            spool,
            loops,
            new QueueFixture.TestHooks(),
            new EventLog() {
              @Override
              public void append(LogEvent event) {
                if (event instanceof LogEvent.Delivery delivery) {
                  delivered(delivery);
                }
              }

              @Override
              public boolean overloaded() {
                return false;
              }
            },
            counters,
            ids,
            new Router(engine, loops, counters),
            _ -> "mta.example",
            true,
            Runtime.getRuntime().maxMemory(),
            false);
    queues.addMethod(new Sink());
    engine.addParticipant(queues);
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds + 1L);
    boolean reloaded = false;
    Map<String, Integer> sent = new HashMap<>();
    while (System.nanoTime() < end) {
      for (int rate : RATES) {
        for (String binding : shared ? List.of("-a", "-b") : List.of("-a")) {
          for (int domain = 0; domain < (shared ? 5 : 1); domain++) {
            feed(queues, "g" + rate, rate + binding, "d" + domain + ".example", rate, sent);
          }
        }
      }
      if (!reloaded && System.nanoTime() > end - TimeUnit.SECONDS.toNanos(seconds / 2)) {
        engine.reload(Optional.empty());
        reloaded = true;
      }
      Thread.sleep(20);
    }
    for (Map.Entry<String, AtomicIntegerArray> entry : slots.entrySet()) {
      report(shared, entry.getKey(), entry.getValue());
    }
    queues.stop(Duration.ofSeconds(1));
  }

  /** Two seconds' worth wait in every queue. */
  private void feed(
      LoopMailQueues queues,
      String group,
      String binding,
      String domain,
      int rate,
      Map<String, Integer> sent) {
    int waiting =
        queues.queues().stream()
            .filter(queue -> queue.binding().equals(binding) && queue.domain().equals(domain))
            .mapToInt(MailQueue::activeSize)
            .sum();
    for (int i = waiting; i < 2 * rate + 1; i++) {
      MessageId id = ids.next();
      MailMessage message =
          new MailMessage(
              id,
              id,
              MessageId.of(1, 2, 3),
              Address.of("a@example.com"),
              Address.of("b@" + domain),
              "127.0.0.1",
              "esmtp",
              clock.millis(),
              false,
              body);
      message.bindable(true);
      message.setBinding(group, binding);
      message.bindable(false);
      message.stored(spool.put(message.envelope(), body, AttemptState.NEW));
      queues.enqueue(message);
      sent.merge(binding, 1, Integer::sum);
    }
  }

  private void report(boolean shared, String rate, AtomicIntegerArray counts) {
    int total = 0;
    List<Integer> windows = new ArrayList<>();
    for (int i = 0; i < counts.length(); i++) {
      total += counts.get(i);
      int second = 0;
      for (int j = Math.max(0, i - 97); j <= i; j++) {
        second += counts.get(j);
      }
      windows.add(second);
    }
    int wanted = Integer.parseInt(rate) * seconds;
    System.out.printf(
        "%s bucket, %6s/s, %d s with a reload: %7d of %7d (%+.2f %%); most in 0.98 s %d%n",
        shared ? "shared" : "own   ",
        rate,
        seconds,
        total,
        wanted,
        100.0 * (total - wanted) / wanted,
        windows.stream().mapToInt(Integer::intValue).max().orElse(0));
  }

  public static void main(String[] arguments) throws Exception {
    int seconds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 60;
    for (boolean shared : Arrays.asList(true, false)) {
      new ThrottleRate(seconds).run(shared);
    }
    System.exit(0);
  }
}
