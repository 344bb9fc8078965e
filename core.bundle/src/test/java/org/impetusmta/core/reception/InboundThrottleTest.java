package org.impetusmta.core.reception;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.core.queue.shape.Throttles;
import org.impetusmta.testkit.ManualClock;
import org.impetusmta.testkit.queue.TestScheduler;
import org.impetusmta.testkit.smtp.FlatGeneration;
import org.junit.jupiter.api.Test;

/** How {@code inbound_throttle_messages} holds sessions. */
class InboundThrottleTest {
  private final ManualClock clock = new ManualClock(1_000_000_000L);
  private final TestScheduler scheduler = new TestScheduler(clock, 2);
  private final Throttles throttles = new Throttles(clock);
  private final List<String> told = new ArrayList<>();

  private InboundThrottle session(String rate, int loop) {
    FlatGeneration generation =
        new FlatGeneration(1, 1, Map.of("inbound_throttle_messages", rate), List.of());
    return InboundThrottle.of(
            throttles,
            generation,
            ScopePath.GLOBAL,
            generation.options(ReceptionOptions.class, ScopePath.GLOBAL),
            scheduler.loops().get(loop))
        .orElseThrow();
  }

  private void ask(InboundThrottle session, String name) {
    if (session.admits(() -> told.add(name), () -> told.add(name + " late"))) {
      told.add(name);
    }
    scheduler.run();
  }

  @Test
  void sessions_share_the_rate_and_those_too_early_are_held_in_their_order() {
    InboundThrottle a = session("2/10", 0);
    InboundThrottle b = session("2/10", 1);
    InboundThrottle c = session("2/10", 0);
    InboundThrottle d = session("2/10", 0);
    ask(a, "a");
    ask(b, "b");
    ask(c, "c");
    ask(d, "d");
    ask(a, "a again");
    assertThat(told).containsExactly("a", "b");
    scheduler.advance(Duration.ofSeconds(9));
    assertThat(told).hasSize(2);
    scheduler.advance(Duration.ofSeconds(2));
    assertThat(told).containsExactly("a", "b", "c", "d");
    scheduler.advance(Duration.ofSeconds(10));
    assertThat(told).containsExactly("a", "b", "c", "d", "a again");
  }

  @Test
  void who_is_held_too_long_is_refused_and_may_ask_again() {
    InboundThrottle first = session("1/3600", 0);
    InboundThrottle second = session("1/3600", 0);
    ask(first, "first");
    ask(second, "second");
    scheduler.advance(Duration.ofSeconds(InboundThrottle.LONGEST_SECONDS - 1));
    assertThat(told).containsExactly("first");
    scheduler.advance(Duration.ofSeconds(2));
    assertThat(told).containsExactly("first", "second late");
    scheduler.advance(Duration.ofSeconds(3590));
    ask(second, "second again");
    assertThat(told).containsExactly("first", "second late", "second again");
  }

  @Test
  void who_goes_away_takes_nothing() {
    InboundThrottle first = session("1/10", 0);
    InboundThrottle gone = session("1/10", 1);
    InboundThrottle third = session("1/10", 0);
    ask(first, "first");
    ask(gone, "gone");
    ask(third, "third");
    gone.close();
    scheduler.advance(Duration.ofSeconds(11));
    assertThat(told).containsExactly("first", "third");
  }

  @Test
  void zero_and_nothing_throttle_nobody() {
    for (Map<String, String> said :
        List.of(Map.of("inbound_throttle_messages", "0"), Map.<String, String>of())) {
      FlatGeneration generation = new FlatGeneration(1, 1, said, List.of());
      assertThat(
              InboundThrottle.of(
                  throttles,
                  generation,
                  ScopePath.GLOBAL,
                  generation.options(ReceptionOptions.class, ScopePath.GLOBAL),
                  scheduler.loops().getFirst()))
          .isEmpty();
    }
  }
}
