package org.impetusmta.itest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Modules come and go while mail flows: nothing is lost, no session ends, no class loader stays.
 */
class HotSwapTest {
  private static final int CYCLES = Integer.getInteger("swap.cycles", 50);
  private static final int MESSAGES = Integer.getInteger("swap.messages", 20_000);

  @TempDir Path folder;

  @Test
  void modules_change_places_under_traffic() throws Exception {
    Map<Integer, AtomicInteger> arrived = new ConcurrentHashMap<>();
    try (Sink sink =
            new Sink(
                data ->
                    arrived
                        .computeIfAbsent(Load.number(data), n -> new AtomicInteger())
                        .incrementAndGet());
        Server server =
            Server.start(
                folder.resolve("server"),
                """
                Gateway = "127.0.0.1"
                Remote_SMTP_Port = "%d"
                mail_loop "mail_loop" { max_received_headers = 20 }
                """
                    .formatted(sink.port()))) {
      // a bundle has no class loader before its first class is used
      swap(server);
      try (Load load = new Load(server.smtpPort, 1, MESSAGES, MESSAGES + 1, 500)) {
        load.join();
        assertThat(load.trouble).isEmpty();
      }
      await().atMost(Duration.ofSeconds(10)).until(() -> count(server, "@D@") == 1);
      arrived.clear();
      int loaders = classLoaders(server);
      assertThat(loaders).isPositive();
      int sent;
      try (Load load = new Load(server.smtpPort, 20, 0, MESSAGES, 4096)) {
        for (int cycle = 0; cycle < CYCLES; cycle++) {
          swap(server);
        }
        sent = load.acknowledged.size();
        load.join();
        assertThat(load.trouble).isEmpty();
        assertThat(load.acknowledged).hasSize(MESSAGES);
      }
      await().atMost(Duration.ofSeconds(60)).until(() -> arrived.size() == MESSAGES);
      assertThat(arrived.values()).allMatch(count -> count.get() == 1);
      await()
          .atMost(Duration.ofSeconds(20))
          .until(
              () -> count(server, "@R@") == MESSAGES + 1 && count(server, "@D@") == MESSAGES + 1);
      assertThat(
              server.log("mainlog.ec").stream().filter(l -> l.contains("@R@")).distinct().count())
          .isEqualTo(MESSAGES + 1);
      assertThat(
              server.log("paniclog.ec").stream()
                  .filter(line -> !line.contains("core.queue: spooled in 0 messages"))
                  .filter(line -> !line.contains("core.kernel: the server stays root")))
          .as("nothing to complain of")
          .isEmpty();
      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(() -> assertThat(classLoaders(server)).isLessThanOrEqualTo(loaders));
      System.out.printf(
          "%d swaps of two modules while %d of %d messages came in: none lost, none twice, %d"
              + " bundle class loaders before and %d after%n",
          CYCLES, sent, MESSAGES, loaders, classLoaders(server));
    }
  }

  private static void swap(Server server) throws IOException {
    server.console("module unload mail_loop");
    server.console("module load mail_loop");
    server.console("module update ec_logger");
  }

  private static long count(Server server, String type) throws IOException {
    return server.log("mainlog.ec").stream().filter(line -> line.contains(type)).count();
  }

  /** The class loaders of bundles in the server's heap, after a full collection. */
  private static int classLoaders(Server server) throws IOException {
    return server.objects("BundleWiringImpl$BundleClassLoader");
  }
}
