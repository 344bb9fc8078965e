package org.impetusmta.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.impetusmta.api.config.Configuration;
import org.impetusmta.api.log.EventLog;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.spool.Spool.AttemptState;
import org.impetusmta.core.hook.HookEntry;
import org.impetusmta.core.hook.HookList;
import org.impetusmta.core.hook.Hooks;
import org.impetusmta.core.message.MailMessage;
import org.impetusmta.core.message.MessageIds;
import org.impetusmta.core.metrics.Counters;
import org.impetusmta.testkit.ManualClock;
import org.impetusmta.testkit.queue.FakeDeliveryMethod;
import org.impetusmta.testkit.queue.MemorySpool;
import org.impetusmta.testkit.queue.TestConfiguration;
import org.impetusmta.testkit.queue.TestScheduler;
import org.jspecify.annotations.Nullable;

/** All queues of a server on loops, a clock, a spool and a network that the test drives. */
final class QueueFixture {
  static final long START = 1_700_000_000_000L;

  /** Octets of the heap that the queues believe in. */
  static final long HEAP = 1L << 30;

  final ManualClock clock = new ManualClock(START);
  final TestScheduler scheduler;
  final MemorySpool spool;
  final TestConfiguration configuration = new TestConfiguration();
  final Counters counters = new Counters();
  final MessageIds ids;
  final FakeDeliveryMethod method = new FakeDeliveryMethod("esmtp");
  final TestHooks hooks = new TestHooks();
  final List<LogEvent> log = new ArrayList<>();
  final LoopMailQueues queues;
  final QueueConsole console;
  final DomainConsole domains;
  final MessageConsole messages;
  final QueueWork work;

  static final class TestHooks implements Hooks {
    private final Map<Class<?>, HookList<?>> lists = new HashMap<>();

    @Override
    @SuppressWarnings("unchecked")
    public <T> HookList<T> list(Class<T> hook) {
      return (HookList<T>) lists.computeIfAbsent(hook, h -> new HookList<T>());
    }

    <T> void add(Class<T> type, T hook) {
      list(type).replace(List.of(new HookEntry<>(hook, "test", "__bypass_test", null)));
    }
  }

  QueueFixture() {
    this(new MemorySpool(), true);
  }

  QueueFixture(MemorySpool spool, boolean delivering) {
    this(spool, delivering, Map.of());
  }

  /**
   * @param options what is set before the queues come into being
   */
  QueueFixture(MemorySpool spool, boolean delivering, Map<String, String> options) {
    this(spool, delivering, options, null);
  }

  /** With a configuration of stanzas instead of {@link #configuration}. */
  QueueFixture(Configuration stanzas) {
    this(new MemorySpool(), true, Map.of(), stanzas);
  }

  private QueueFixture(
      MemorySpool spool,
      boolean delivering,
      Map<String, String> options,
      @Nullable Configuration stanzas) {
    this.spool = spool;
    options.forEach(configuration::set);
    scheduler = new TestScheduler(clock, 2);
    ids = new MessageIds(clock, 4711);
    configuration.set("gateway", "192.0.2.1");
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
    queues =
        new LoopMailQueues(
            stanzas == null ? configuration : stanzas,
            spool,
            scheduler,
            hooks,
            events,
            counters,
            ids,
            new org.impetusmta.core.route.Router(
                stanzas == null ? configuration : stanzas, scheduler, counters),
            generation -> "mta.example",
            delivering,
            HEAP,
            false);
    queues.addMethod(method);
    console = new QueueConsole(queues, counters, START);
    domains = new DomainConsole(queues);
    messages = new MessageConsole(queues);
    work = new QueueWork(queues);
    scheduler.run();
  }

  Configuration configuration() {
    return configuration;
  }

  /** Changes an option and tells the queues. */
  void set(String option, String value) {
    configuration.set(option, value);
    queues.commit(configuration.current());
    scheduler.run();
  }

  /** Stores and queues a message; {@link TestScheduler#run} does the rest. */
  MailMessage mail(String sender, String recipient) {
    return mail(sender, recipient, "Subject: test\r\n\r\nHello\r\n");
  }

  MailMessage mail(String sender, String recipient, String wire) {
    MailMessage message = message(sender, recipient, wire);
    store(message);
    return message;
  }

  /** Stores and queues the messages of one reception, with one body. */
  List<MailMessage> batch(String sender, String... recipients) {
    MailMessage first = message(sender, recipients[0], "Subject: batch\r\n\r\nHello\r\n");
    List<MailMessage> batch = new ArrayList<>(List.of(first));
    for (int i = 1; i < recipients.length; i++) {
      batch.add(message(first.id(), sender, recipients[i], first.body()));
    }
    batch.forEach(this::store);
    return batch;
  }

  /** Stores and queues it. */
  void store(MailMessage message) {
    message.stored(spool.put(message.envelope(), message.body(), AttemptState.NEW));
    queues.enqueue(message);
  }

  /** One of batch {@code batchId}. */
  MailMessage message(MessageId batchId, String sender, String recipient, Body body) {
    return new MailMessage(
        ids.next(),
        batchId,
        MessageId.of(1, 2, 3),
        Address.of(sender),
        Address.of(recipient),
        "127.0.0.1",
        "esmtp",
        clock.millis(),
        false,
        body);
  }

  MailMessage message(String sender, String recipient, String wire) {
    return message(sender, recipient, wire, "", "");
  }

  /** Stores and queues a message for a binding. */
  MailMessage mailFor(String group, String binding, String recipient) {
    MailMessage message =
        message("a@example.com", recipient, "Subject: test\r\n\r\nHello\r\n", group, binding);
    store(message);
    return message;
  }

  /**
   * @param binding empty: the default one
   */
  private MailMessage message(
      String sender, String recipient, String wire, String group, String binding) {
    MessageId id = ids.next();
    MailMessage message =
        new MailMessage(
            id,
            id,
            MessageId.of(1, 2, 3),
            sender.isEmpty() ? Address.NULL : Address.of(sender),
            Address.of(recipient),
            "127.0.0.1",
            "esmtp",
            clock.millis(),
            false,
            Body.of(wire.getBytes(StandardCharsets.ISO_8859_1)));
    if (!binding.isEmpty()) {
      message.bindable(true);
      message.setBinding(group, binding);
      message.bindable(false);
    }
    return message;
  }

  void run() {
    scheduler.run();
  }

  void advance(Duration time) {
    scheduler.advance(time);
  }

  /** The log in short, {@code T 451 4.4.1 …}; cleared afterwards. */
  List<String> events() {
    List<String> events =
        log.stream()
            .map(
                event ->
                    switch (event) {
                      case LogEvent.Reception r -> "R " + r.message().protocol();
                      case LogEvent.Delivery d -> "D " + d.remoteAddress();
                      case LogEvent.Failure f ->
                          (f.permanent() ? "P " : "T ")
                              + f.stage().code()
                              + " "
                              + f.retries()
                              + " "
                              + f.reply();
                      default -> event.toString();
                    })
            .toList();
    log.clear();
    return events;
  }

  /** Runs everything, and says after each turn of a loop what {@code figure} was then. */
  List<Long> watch(MailQueue on, LongSupplier figure) {
    List<Long> seen = new ArrayList<>();
    watch(on, figure, seen, 300);
    run();
    return seen;
  }

  private static void watch(MailQueue on, LongSupplier figure, List<Long> seen, int left) {
    seen.add(figure.getAsLong());
    if (left > 0) {
      on.home().loop().execute(() -> watch(on, figure, seen, left - 1));
    }
  }

  MailQueue queue(String domain) {
    Optional<MailQueue> found =
        queues.queues().stream().filter(q -> q.domain().equals(domain)).findFirst();
    assertThat(found).as("queue of " + domain).isPresent();
    return found.orElseThrow();
  }

  /** Nothing is left anywhere. */
  void assertEmpty() {
    assertThat(spool.messages()).isEmpty();
    assertThat(queues.totalSize()).isZero();
    assertThat(queues.activeSize()).isZero();
    assertThat(queues.delayedSize()).isZero();
    assertThat(queues.residency().resident()).isZero();
    assertThat(queues.memory().counted()).isZero();
    assertThat(spool.held()).isZero();
  }
}
