package org.impetusmta.spool.journal;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.spool.Spool.SpoolEntry;
import org.impetusmta.testkit.spool.SpoolClient;
import org.impetusmta.testkit.spool.TestEventLoop;

/**
 * Prints how many bodies a second the journal swaps in onto the heap, and mapped, round by round,
 * checksums looked at. Arguments: the folder to use, octets of a body, how many, rounds.
 */
final class SwapInRate {
  private SwapInRate() {}

  /** Runs it. */
  public static void main(String... args) throws Exception {
    Path base = Path.of(args[0]);
    int size = Integer.parseInt(args[1]);
    int count = Integer.parseInt(args[2]);
    int rounds = Integer.parseInt(args[3]);
    AtomicBoolean useMmap = new AtomicBoolean();
    JournalSpool spool =
        new JournalSpool(
            base,
            JournalSettings.of(() -> false, 0640),
            Disk.SYSTEM,
            InstantSource.system(),
            useMmap::get);
    SpoolClient.recover(spool);
    List<SpoolEntry> entries = new ArrayList<>();
    SpoolClient client = new SpoolClient();
    try (TestEventLoop loop = new TestEventLoop(0)) {
      for (int i = 0; i < count; i++) {
        entries.add(
            SpoolClient.store(
                    spool,
                    loop,
                    List.of(client.envelope("r@example.com")),
                    SpoolClient.body(size, i))
                .get(0));
      }
    }
    for (int round = 0; round < rounds; round++) {
      for (boolean mapped : new boolean[] {false, true}) {
        useMmap.set(mapped);
        run(spool, entries, mapped);
      }
    }
    entries.forEach(spool::unlink);
    spool.close();
    try (Stream<Path> files = Files.walk(base)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private static void run(JournalSpool spool, List<SpoolEntry> entries, boolean mapped)
      throws IOException {
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    long allocated = threads.getCurrentThreadAllocatedBytes();
    long begun = System.nanoTime();
    for (SpoolEntry entry : entries) {
      Body body = spool.swapIn(entry);
      body.hold();
      body.letGo();
    }
    double took = (System.nanoTime() - begun) / 1e9;
    System.out.printf(
        "%-6s %8.0f bodies/s %8d octets allocated for each%n",
        mapped ? "mapped" : "heap",
        entries.size() / took,
        (threads.getCurrentThreadAllocatedBytes() - allocated) / entries.size());
  }
}
