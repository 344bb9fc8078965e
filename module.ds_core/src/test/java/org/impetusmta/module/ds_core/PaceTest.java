package org.impetusmta.module.ds_core;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Whether queries wait for each other, by how many come and what the wait brings. */
final class PaceTest {
  private static final long MS = Duration.ofMillis(1).toNanos();

  private long now = 1;
  private Pace pace = new Pace(now);
  private int waiting;
  private int statements;
  private int statementsEach = 1;

  /** Queries at a distance for a while; those that wait go when the pace says so. */
  private void come(int queries, long apart, int together) {
    for (int i = 0; i < queries; i++) {
      now += apart;
      go(together);
      pace.came(now, together);
      waiting++;
      if (pace.atOnce() || waiting >= together) {
        sent();
      }
    }
  }

  /** What a timer would have done meanwhile. */
  private void go(int together) {
    if (waiting > 0 && pace.left(now, waiting, together) <= 0) {
      sent();
    }
  }

  private void sent() {
    pace.went(now);
    for (int i = 0; i < statementsEach; i++) {
      pace.asked();
    }
    statements++;
    waiting = 0;
  }

  /** Until half a second at once and a second of trial are over. */
  private void settle(long apart, int together) {
    come((int) (1510 * MS / apart), apart, together);
    statements = 0;
  }

  @Test
  void few_go_at_once() {
    settle(2 * MS, 16);
    come(1000, 2 * MS, 16);
    assertThat(statements).isEqualTo(1000);
  }

  @Test
  void many_go_together_five_milliseconds_apart() {
    settle(MS / 5, 64);
    come(5000, MS / 5, 64);
    assertThat(statements).isBetween(190, 202);
  }

  @Test
  void as_many_as_can_be_asked_together_do_not_wait_on() {
    settle(MS / 50, 16);
    come(16_000, MS / 50, 16);
    assertThat(statements).isBetween(1000, 1010);
  }

  @Test
  void a_source_that_takes_few_together_is_asked_at_once() {
    settle(MS / 5, 3);
    come(1000, MS / 5, 3);
    assertThat(statements).isEqualTo(1000);
  }

  @Test
  void queries_that_go_alone_all_the_same_are_asked_at_once() {
    statementsEach = 5; // of the 16 that go at a time
    settle(MS / 5, 16);
    assertThat(pace.atOnce()).isTrue();
  }

  @Test
  void the_first_after_a_pause_does_not_wait() {
    settle(MS / 5, 16);
    assertThat(pace.atOnce()).isFalse();
    now += 6 * MS;
    pace.came(now, 16);
    assertThat(pace.left(now, 1, 16)).isLessThanOrEqualTo(0);
  }

  @Test
  void those_who_wait_for_each_answer_are_not_slowed_down() {
    come(5100, MS / 10, 16); // 10,000 a second while each goes at once
    assertThat(pace.atOnce()).as("a trial").isFalse();
    for (int i = 0; i < 210; i++) { // four who go on when they are answered
      now += 5 * MS;
      go(16);
      for (int k = 0; k < 4; k++) {
        pace.came(now, 16);
        waiting++;
      }
    }
    assertThat(pace.atOnce()).isTrue();
    come(5100, MS / 10, 16);
    assertThat(pace.atOnce()).as("not tried again within ten seconds").isTrue();
  }

  @Test
  void it_is_tried_anew_after_a_minute_and_ends_with_the_rush() {
    settle(MS / 5, 16);
    int atOnce = 0;
    for (int ms = 0; ms < 62_000; ms++) {
      come(5, MS / 5, 16);
      atOnce += pace.atOnce() ? 1 : 0;
    }
    assertThat(atOnce).as("half a second at once").isBetween(490, 510);
    assertThat(pace.atOnce()).as("and together again").isFalse();
    come(400, 5 * MS, 16);
    assertThat(pace.atOnce()).as("few come now").isTrue();
    settle(MS / 5, 16);
    assertThat(pace.atOnce()).as("the next rush").isFalse();
  }

  @Test
  void it_ends_when_queries_go_alone_all_the_same_and_is_tried_ten_seconds_later() {
    settle(MS / 5, 16);
    statementsEach = 5;
    come(5000, MS / 5, 16);
    assertThat(pace.atOnce()).isTrue();
    statementsEach = 1;
    come(5 * 8000, MS / 5, 16);
    assertThat(pace.atOnce()).as("not yet").isTrue();
    come(5 * 2000, MS / 5, 16);
    assertThat(pace.atOnce()).isFalse();
  }
}
