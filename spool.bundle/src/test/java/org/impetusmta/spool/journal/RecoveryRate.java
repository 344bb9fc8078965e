package org.impetusmta.spool.journal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.Spool;
import org.impetusmta.api.spool.Spool.AttemptState;
import org.impetusmta.api.spool.Spool.SpoolEntry;
import org.impetusmta.testkit.spool.TestEventLoop;

/**
 * Prints how long a journal of many waiting messages takes to open and to recover, and how much
 * disk it takes, after a crash and after a clean close. Each message was deferred once. Arguments:
 * the folder to use, messages, octets of a body.
 */
final class RecoveryRate {
  private static final int WINDOW = 1000;

  private RecoveryRate() {}

  /** Runs it. */
  public static void main(String... args) throws Exception {
    Path base = Path.of(args[0]);
    int messages = Integer.parseInt(args[1]);
    int size = Integer.parseInt(args[2]);
    fill(base, messages, size);
    for (boolean crash : new boolean[] {true, true, false, false}) {
      recover(base, crash);
    }
    try (Stream<Path> files = Files.walk(base)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private static JournalSpool open(Path base) throws IOException {
    return new JournalSpool(
        base,
        JournalSettings.of(() -> true, 0640),
        Disk.SYSTEM,
        InstantSource.system(),
        Executors.newVirtualThreadPerTaskExecutor());
  }

  private static void fill(Path base, int messages, int size) throws Exception {
    JournalSpool spool = open(base);
    spool.recover((entry, envelope, state, length) -> {});
    TestEventLoop loop = new TestEventLoop(0);
    byte[] octets = new byte[size];
    Arrays.fill(octets, (byte) 'x');
    Body body = Body.of(octets);
    List<SpoolEntry> entries = new ArrayList<>(messages);
    Semaphore window = new Semaphore(WINDOW);
    long begun = System.nanoTime();
    for (int i = 0; i < messages; i++) {
      window.acquire();
      spool.store(
          List.of(envelope(i)),
          body,
          loop,
          new Spool.StoreListener() {
            @Override
            public void stored(List<SpoolEntry> stored) {
              entries.addAll(stored);
              window.release();
            }

            @Override
            public void failed(IOException cause) {
              throw new IllegalStateException(cause);
            }
          });
    }
    window.acquire(WINDOW);
    double took = (System.nanoTime() - begun) / 1e9;
    System.out.printf("%d stored in %.1f s, %.0f/s%n", messages, took, messages / took);
    begun = System.nanoTime();
    for (int i = 0; i < messages; i++) {
      spool.update(
          entries.get(i),
          new AttemptState(
              1, 1_800_000_000_000L + 7L * i, "451 4.3.0 <r" + i + "@d.example> try again later"));
    }
    spool.sync();
    System.out.printf("updated in %.1f s%n", (System.nanoTime() - begun) / 1e9);
    System.out.printf(
        "disk %.3f x the octets of bodies%n",
        spool.statistics().diskBytes() / ((double) messages * size));
    loop.close();
    spool.abandon();
  }

  private static Envelope envelope(int i) {
    MessageId id = MessageId.of(i, 4711, 1_800_000_000L + i / 10_000);
    Address sender = Address.of("sender" + i % 100 + "@sender.example");
    Address recipient = Address.of("recipient" + i + "@domain" + i % 1000 + ".example");
    Map<String, String> message = new LinkedHashMap<>();
    message.put("mailfrom_string", "MAIL FROM:<" + sender + ">");
    message.put("mailfrom_localpart", sender.localpart());
    message.put("mailfrom_domain", sender.domain());
    message.put("rcptto_string", "RCPT TO:<" + recipient + ">");
    message.put("rcptto_localpart", recipient.localpart());
    message.put("rcptto_domain", recipient.domain());
    Map<String, String> connection = new LinkedHashMap<>();
    connection.put("pathway", "default");
    connection.put("can_relay", "true");
    connection.put("ehlo_string", "EHLO client.example");
    connection.put("ehlo_domain", "client.example");
    connection.put("connection_message_count", Integer.toString(i % 100));
    connection.put("connection_rcpt_count", Integer.toString(i % 100));
    connection.put("message_rcpt_count", "1");
    return new Envelope(
        id,
        id,
        MessageId.of(i / 100, 4711, id.seconds()),
        sender,
        recipient,
        1000 * id.seconds() + i % 1000,
        "192.0.2.1",
        "esmtp",
        true,
        false,
        "default",
        "default",
        message,
        connection);
  }

  private static void recover(Path base, boolean crash) throws IOException {
    System.gc();
    long begun = System.nanoTime();
    JournalSpool spool = open(base);
    double opened = (System.nanoTime() - begun) / 1e9;
    List<SpoolEntry> entries = new ArrayList<>();
    Spool.Recovery recovery = spool.recover((entry, envelope, state, length) -> entries.add(entry));
    double took = (System.nanoTime() - begun) / 1e9;
    Runtime runtime = Runtime.getRuntime();
    System.out.printf(
        "open %.3f s, recovered %s in %.2f s, heap used %d MiB, ended by %s%n",
        opened,
        recovery,
        took,
        (runtime.totalMemory() - runtime.freeMemory()) >> 20,
        crash ? "a crash" : "a clean close");
    begun = System.nanoTime();
    if (crash) {
      spool.abandon();
    } else {
      spool.close();
      System.out.printf("closed in %.2f s%n", (System.nanoTime() - begun) / 1e9);
    }
  }
}
