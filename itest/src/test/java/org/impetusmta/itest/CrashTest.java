package org.impetusmta.itest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * kill -9 in the middle of the traffic, again and again: what got a 250 arrives. {@code -Dcrash.kills=10
 * -Dcrash.messages=20000} is the long form.
 */
class CrashTest {
  private static final int KILLS = Integer.getInteger("crash.kills", 3);
  private static final int MESSAGES = Integer.getInteger("crash.messages", 2000);

  @TempDir Path folder;

  @Test
  void every_acknowledged_message_survives() throws Exception {
    Map<Integer, AtomicInteger> arrived = new ConcurrentHashMap<>();
    Map<Integer, String> acknowledged = new HashMap<>();
    try (Sink sink = new Sink(data -> arrived.computeIfAbsent(Load.number(data), n -> new AtomicInteger()).incrementAndGet());
        Server server =
            Server.start(
                folder.resolve("server"),
                "Gateway = \"127.0.0.1\"\nRemote_SMTP_Port = \"%d\"\nRetry_Interval = 1\n".formatted(sink.port()))) {
      for (int kill = 0; kill < KILLS; kill++) {
        int first = kill * MESSAGES;
        try (Load load = new Load(server.smtpPort, 20, first, first + MESSAGES, 4096)) {
          int enough = ThreadLocalRandom.current().nextInt(MESSAGES / 10, MESSAGES / 2);
          await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(1)).until(() -> load.acknowledged.size() > enough);
          server.kill();
          load.join();
          acknowledged.putAll(load.acknowledged);
          assertThat(load.acknowledged.size()).as("killed in the middle").isLessThan(MESSAGES);
        }
        server.restart();
      }
      await()
          .atMost(Duration.ofSeconds(120))
          .until(() -> server.console("summary").contains("Total Queue Size:      0"));
      TimeUnit.MILLISECONDS.sleep(200);
      int lost = 0;
      for (int number : acknowledged.keySet()) {
        if (!arrived.containsKey(number)) {
          lost++;
        }
      }
      long doubled = arrived.values().stream().filter(count -> count.get() > 1).count();
      long unanswered = arrived.keySet().stream().filter(number -> !acknowledged.containsKey(number)).count();
      System.out.printf(
          "%d kills: %d acknowledged, %d lost, %d delivered twice, %d delivered without an answer seen%n",
          KILLS, acknowledged.size(), lost, doubled, unanswered);
      assertThat(lost).isZero();
      // in flight at a kill are at most the connections of the one queue
      assertThat(doubled).isLessThanOrEqualTo(KILLS * 32L * 2);
    }
  }
}
