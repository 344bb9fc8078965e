package org.impetusmta.itest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * kill -9 in the middle of the traffic, again and again: what got a 250 arrives. {@code
 * -Dcrash.kills=10 -Dcrash.messages=20000} is the long form.
 *
 * <p>A message may come twice only when the kill fell between the next hop's 250 and the write that
 * notes it: at most one for each connection that delivers, and those whose notes waited for the one
 * commit under way. So within one life of the server nothing comes twice, each kill doubles a
 * message at most once, and what it doubles was among the last to arrive before it.
 */
class CrashTest {
  private static final int KILLS = Integer.getInteger("crash.kills", 3);
  private static final int MESSAGES = Integer.getInteger("crash.messages", 2000);

  /** Max_Outbound_Connections. */
  private static final int CONNECTIONS = 16;

  /** Deliveries that one connection ends while one commit lasts, generously. */
  private static final int DELIVERIES_IN_A_COMMIT = 16;

  @TempDir Path folder;

  /** What the next hop took in one life of the server, in the order of arrival. */
  private final List<List<Integer>> lives = new ArrayList<>(List.of(new ArrayList<>()));

  private synchronized void arrive(byte[] data) {
    lives.getLast().add(Load.number(data));
  }

  private synchronized void nextLife() {
    lives.add(new ArrayList<>());
  }

  private synchronized Set<Integer> arrived() {
    Set<Integer> all = new HashSet<>();
    lives.forEach(all::addAll);
    return all;
  }

  @Test
  void every_acknowledged_message_survives() throws Exception {
    Map<Integer, String> acknowledged = new HashMap<>();
    try (Sink sink = new Sink(this::arrive);
        Server server =
            Server.start(
                folder.resolve("server"),
                """
                Gateway = "127.0.0.1"
                Remote_SMTP_Port = "%d"
                Retry_Interval = 1
                Max_Outbound_Connections = %d
                """
                    .formatted(sink.port(), CONNECTIONS))) {
      for (int kill = 0; kill < KILLS; kill++) {
        int first = kill * MESSAGES;
        try (Load load = new Load(server.smtpPort, 20, first, first + MESSAGES, 4096)) {
          int enough = ThreadLocalRandom.current().nextInt(MESSAGES / 10, MESSAGES / 2);
          await()
              .atMost(Duration.ofSeconds(60))
              .pollInterval(Duration.ofMillis(1))
              .until(() -> load.acknowledged.size() > enough);
          server.kill();
          load.join();
          acknowledged.putAll(load.acknowledged);
          assertThat(load.acknowledged.size()).as("killed in the middle").isLessThan(MESSAGES);
        }
        // what the next hop had in its buffers still counts for the life that ended
        await().atMost(Duration.ofSeconds(10)).until(() -> sink.connections() == 0);
        nextLife();
        server.restart();
      }
      await()
          .atMost(Duration.ofMinutes(2))
          .until(() -> server.console("summary").contains("Total Queue Size:      0"));
      server.close();
      await().atMost(Duration.ofSeconds(10)).until(() -> sink.connections() == 0);
    }
    Set<Integer> arrived = arrived();
    List<Integer> lost = acknowledged.keySet().stream().filter(n -> !arrived.contains(n)).toList();
    List<Integer> doubledByKill = new ArrayList<>();
    int earliest = 0;
    Set<Integer> later = new HashSet<>(lives.getLast());
    for (int life = lives.size() - 2; life >= 0; life--) {
      List<Integer> took = lives.get(life);
      assertThat(took).as("within one life").doesNotHaveDuplicates();
      int doubled = 0;
      for (int i = 0; i < took.size(); i++) {
        if (later.contains(took.get(i))) {
          doubled++;
          earliest = Math.max(earliest, took.size() - i);
        }
      }
      doubledByKill.addFirst(doubled);
      later.addAll(took);
    }
    assertThat(lives.getLast()).as("within one life").doesNotHaveDuplicates();
    long unanswered = arrived.stream().filter(n -> !acknowledged.containsKey(n)).count();
    System.out.printf(
        "%d kills: %d acknowledged, %d lost, %d arrived whose 250 the kill cut off; delivered twice"
            + " for each kill %s, all among the last %d to arrive before it%n",
        KILLS, acknowledged.size(), lost.size(), unanswered, doubledByKill, earliest);
    assertThat(lost).isEmpty();
    assertThat(earliest).isLessThanOrEqualTo(CONNECTIONS * DELIVERIES_IN_A_COMMIT);
  }
}
