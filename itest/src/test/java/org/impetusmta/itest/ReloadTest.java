package org.impetusmta.itest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The configuration is reloaded again and again while mail comes in and goes out: nothing is lost,
 * sessions end between messages with 421 4.3.2 alone, old generations go. With {@code
 * -Dreload.domains=10000 -Dreload.bindings=200} the configuration is as large as they come; how
 * long messages took is printed, not judged.
 */
class ReloadTest {
  private static final int RELOADS = Integer.getInteger("reload.times", 100);
  private static final int MESSAGES = Integer.getInteger("reload.messages", 20_000);
  private static final int DOMAINS = Integer.getInteger("reload.domains", 500);
  private static final int BINDINGS = Integer.getInteger("reload.bindings", 20);

  @TempDir Path folder;

  @Test
  void reloads_under_traffic() throws Exception {
    Map<Integer, AtomicInteger> arrived = new ConcurrentHashMap<>();
    try (Sink sink =
            new Sink(
                data ->
                    arrived
                        .computeIfAbsent(Load.number(data), n -> new AtomicInteger())
                        .incrementAndGet());
        Server server = Server.start(folder.resolve("server"), configuration(sink.port(), 0))) {
      String fixed = Server.configuration(server.folder, server.smtpPort);
      Collection<Long> quiet;
      try (Load warm = new Load(server.smtpPort, 20, MESSAGES, 2 * MESSAGES, 4096)) {
        warm.join();
        assertThat(warm.trouble).isEmpty();
        quiet = warm.latencies;
      }
      await().atMost(Duration.ofSeconds(60)).until(() -> arrived.size() == MESSAGES);
      arrived.clear();
      reload(server, fixed + configuration(sink.port(), 1));
      long before = liveOctets(server);

      int reloads = 0;
      long longest = 0;
      try (Load load = new Load(server.smtpPort, 20, 0, MESSAGES, 4096)) {
        while (reloads < RELOADS || load.acknowledged.size() < MESSAGES / 2) {
          reloads++;
          long start = System.nanoTime();
          reload(server, fixed + configuration(sink.port(), reloads));
          longest = Math.max(longest, System.nanoTime() - start);
        }
        int during = load.acknowledged.size();
        load.join();
        assertThat(load.trouble).isEmpty();
        assertThat(load.acknowledged).hasSize(MESSAGES);
        assertThat(load.reconfigured.get()).as("421 4.3.2 between messages").isPositive();
        System.out.printf(
            "%d reloads (%d domains, %d bindings; the longest took %d ms) while %d of %d messages"
                + " came in, %d sessions were sent away with 421 4.3.2%n",
            reloads,
            DOMAINS,
            BINDINGS,
            longest / 1_000_000,
            during,
            MESSAGES,
            load.reconfigured.get());
        System.out.println("message latency without reloads: " + histogram(quiet));
        System.out.println("message latency with reloads:    " + histogram(load.latencies));
      }
      await().atMost(Duration.ofSeconds(60)).until(() -> arrived.size() == MESSAGES);
      assertThat(arrived.values()).allMatch(count -> count.get() == 1);
      assertThat(server.console("config eval mailerdaemon")).contains("reload" + reloads + "@");
      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(() -> assertThat(generations(server)).isLessThanOrEqualTo(2));
      long after = liveOctets(server);
      System.out.printf(
          "heap in use after a collection: %d KiB before, %d KiB after; generations kept: %d%n",
          before / 1024, after / 1024, generations(server));
      assertThat(after).as("octets in use").isLessThan(before + (before / 4) + (8 << 20));
    }
  }

  private static void reload(Server server, String configuration) throws IOException {
    Files.writeString(server.configuration(), configuration);
    assertThat(server.console("config reload")).contains("Reconfigure succeeded.");
  }

  /** Every round says something else: an option, a module's stanza, scopes that come and go. */
  private static String configuration(int port, int round) {
    StringBuilder text = new StringBuilder();
    text.append("Gateway = \"127.0.0.1\"\nRemote_SMTP_Port = \"%d\"\n".formatted(port));
    text.append("Mailerdaemon = \"reload%d@mta.example\"\n".formatted(round));
    text.append(
        "mail_loop \"mail_loop\" { max_received_headers = %d }\n".formatted(20 + round % 7));
    for (int i = 0; i < DOMAINS; i++) {
      text.append(
          "Domain \"d%d.r%d.example\" { Retry_Interval = %d }\n"
              .formatted(i, round % 3, 600 + round));
    }
    for (int b = 0; b < BINDINGS; b++) {
      text.append("Binding \"b%d\" {\n  EHLO_Hostname = \"b%d.example\"\n".formatted(b, round));
      for (int d = 0; d < DOMAINS / 50; d++) {
        text.append("  Domain \"d%d.example\" { Message_Expiration = %d }\n".formatted(d, 900 + b));
      }
      text.append("}\n");
    }
    return text.toString();
  }

  private static String histogram(Collection<Long> nanos) {
    long[] sorted = nanos.stream().mapToLong(Long::longValue).sorted().toArray();
    StringBuilder out = new StringBuilder(sorted.length + " messages;");
    for (double share : new double[] {0.5, 0.9, 0.99, 0.999, 1}) {
      int at = (int) Math.min(sorted.length - 1L, Math.round(share * sorted.length));
      out.append(" %s%% %.1f ms".formatted(share * 100, sorted[at] / 1e6));
    }
    return out.toString();
  }

  private static int generations(Server server) throws IOException {
    return server.objects("config.ConfigGeneration");
  }

  /** What is alive in the server's heap. */
  private static long liveOctets(Server server) throws IOException {
    Matcher total = Pattern.compile("(?m)^Total\\s+\\d+\\s+(\\d+)").matcher(server.heap());
    assertThat(total.find()).isTrue();
    return Long.parseLong(total.group(1));
  }
}
