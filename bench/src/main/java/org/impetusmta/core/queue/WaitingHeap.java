package org.impetusmta.core.queue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.impetusmta.api.log.EventLog;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Context;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.spool.Spool.AttemptState;
import org.impetusmta.api.spool.Spool.SpoolEntry;
import org.impetusmta.api.spool.Spool.StoreListener;
import org.impetusmta.core.hook.HookList;
import org.impetusmta.core.hook.Hooks;
import org.impetusmta.core.message.MailMessage;
import org.impetusmta.core.message.MessageIds;
import org.impetusmta.core.metrics.Counters;
import org.impetusmta.spool.journal.JournalSpool;
import org.impetusmta.testkit.ManualClock;
import org.impetusmta.testkit.queue.TestConfiguration;
import org.impetusmta.testkit.queue.TestScheduler;

/**
 * What a delayed message costs in the heap, all in all: itself, its addresses, its place in a
 * queue, its entry in the journal. Arguments: how many (1,000,000), a folder for the spool. Each
 * has a sender, a recipient and a connection of its own; they go to a thousand domains.
 */
public final class WaitingHeap {
  private static final int WINDOW = 10_000;

  private final ManualClock clock = new ManualClock(1_700_000_000_000L);
  private final TestScheduler scheduler = new TestScheduler(clock, 2);
  private final MessageIds ids = new MessageIds(clock, 4711);
  private final JournalSpool spool;
  private final LoopMailQueues queues;
  private int unanswered;

  private WaitingHeap(Path folder) throws Exception {
    TestConfiguration configuration =
        new TestConfiguration().set("force_fsync", "false").set("gateway", "192.0.2.1");
    spool = JournalSpool.open(folder, () -> false, 0640, clock);
    Map<Class<?>, HookList<?>> lists = new HashMap<>();
    Hooks hooks =
        new Hooks() {
          @Override
          @SuppressWarnings("unchecked") // made for that class
          public <T> HookList<T> list(Class<T> hook) {
            return (HookList<T>) lists.computeIfAbsent(hook, type -> new HookList<T>());
          }
        };
    EventLog log =
        new EventLog() {
          @Override
          public void append(LogEvent event) {}

          @Override
          public boolean overloaded() {
            return false;
          }
        };
    queues =
        new LoopMailQueues(
            configuration,
            spool,
            scheduler,
            hooks,
            log,
            new Counters(),
            ids,
            new org.impetusmta.core.route.Router(configuration, scheduler, new Counters()),
            generation -> "mta.example",
            true,
            Runtime.getRuntime().maxMemory(),
            true);
    scheduler.run();
  }

  public static void main(String[] arguments) throws Exception {
    int messages = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1_000_000;
    Path folder =
        arguments.length > 1 ? Path.of(arguments[1]) : Files.createTempDirectory("waiting");
    WaitingHeap heap = new WaitingHeap(folder);
    heap.add(0, 2 * WINDOW);
    long before = used();
    heap.add(2 * WINDOW, messages);
    long after = used();
    System.out.printf(
        "%d delayed messages: %.1f octets each; %s, %s%n",
        heap.queues.delayedSize(),
        (after - before) / (double) (messages - 2 * WINDOW),
        System.getProperty("java.vm.version"),
        java.lang.management.ManagementFactory.getRuntimeMXBean().getInputArguments());
    System.exit(0);
  }

  private static long used() throws InterruptedException {
    for (int i = 0; i < 3; i++) {
      System.gc();
      Thread.sleep(200);
    }
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  private void add(int from, int to) throws InterruptedException {
    for (int i = from; i < to; i++) {
      if (i % 1_000 == 0) {
        clock.set(clock.millis() + 1_000);
      }
      add(i);
      if (i % WINDOW == WINDOW - 1) {
        settle();
      }
    }
    settle();
  }

  private void settle() throws InterruptedException {
    scheduler.run();
    while (unanswered > 0) {
      Thread.sleep(1);
      scheduler.run();
    }
  }

  private void add(int number) {
    MessageId id = ids.next();
    String domain = "domain%03d.example".formatted(number % 1_000);
    String sender = "sender%07d@mail.example".formatted(number);
    MailMessage message =
        new MailMessage(
            id,
            ids.next(),
            ids.next(),
            Address.of(sender),
            Address.of("user%07d@%s".formatted(number, domain)),
            "127.0.0.1",
            "esmtp",
            clock.millis(),
            false,
            Body.of("Subject: x\r\n\r\nx\r\n".getBytes(StandardCharsets.US_ASCII)));
    Context own = new Context();
    own.set("mailfrom_string", "MAIL FROM:<" + sender + ">");
    own.set("mailfrom_localpart", message.sender().localpart());
    own.set("mailfrom_domain", message.sender().domain());
    own.set("rcptto_string", "RCPT TO:<" + message.recipient() + ">");
    own.set("rcptto_localpart", message.recipient().localpart());
    own.set("rcptto_domain", message.recipient().domain());
    Context connection = new Context();
    connection.set("pathway", "default");
    connection.set("ehlo_string", "EHLO client.example");
    connection.set("ehlo_domain", "client.example");
    connection.set("connection_rcpt_count", "1");
    connection.set("connection_message_count", "1");
    message.contexts(own, connection);
    unanswered++;
    spool.store(
        List.of(queues.envelope(message)),
        message.body(),
        scheduler.loops().getFirst(),
        new StoreListener() {
          @Override
          public void stored(List<SpoolEntry> entries) {
            unanswered--;
            message.stored(entries.getFirst());
            AttemptState state =
                new AttemptState(1, clock.millis() + 3_600_000 + number % 1_200_000, REPLY);
            message.delayed(state);
            spool.update(message.spoolEntry(), state);
            queues.enqueue(message);
          }

          @Override
          public void failed(java.io.IOException cause) {
            throw new IllegalStateException(cause);
          }
        });
  }

  private static final String REPLY =
      "451 4.4.1 [internal] No valid hosts (unable to make any connections)";
}
