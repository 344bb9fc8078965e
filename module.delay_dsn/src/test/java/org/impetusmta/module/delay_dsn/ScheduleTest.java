package org.impetusmta.module.delay_dsn;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class ScheduleTest {
  private static int[] hours(long interval, long max, int count) {
    Schedule schedule = Schedule.of(Duration.ofHours(interval), Duration.ofHours(max));
    return IntStream.range(0, count)
        .map(i -> (int) Duration.ofMillis(schedule.due(0, i)).toHours())
        .toArray();
  }

  @Test
  void theExampleOfTheManual() {
    assertThat(hours(3, 24, 7)).containsExactly(3, 9, 21, 45, 69, 93, 117);
  }

  @Test
  void theDefaults() {
    assertThat(hours(1, 12, 7)).containsExactly(1, 3, 7, 15, 27, 39, 51);
  }

  @Test
  void withoutACapItDoublesOnAndOn() {
    assertThat(hours(1, 0, 6)).containsExactly(1, 3, 7, 15, 31, 63);
    Schedule schedule = Schedule.of(Duration.ofHours(1), Duration.ZERO);
    assertThat(schedule.due(System.currentTimeMillis(), 126)).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void aCapBelowTheIntervalIsTheInterval() {
    assertThat(hours(6, 2, 3)).containsExactly(2, 4, 6);
  }

  @Test
  void theLastWarningIsNumber127() {
    Schedule schedule = Schedule.of(Duration.ofSeconds(1), Duration.ofSeconds(1));
    assertThat(schedule.due(0, 126)).isEqualTo(127_000);
    assertThat(schedule.due(0, 127)).isEqualTo(Long.MAX_VALUE);
    assertThat(schedule.dueBy(0, 0, Long.MAX_VALUE - 1)).isEqualTo(127);
  }

  @Test
  void whatWasMissedIsOneWarning() {
    Schedule schedule = Schedule.of(Duration.ofHours(1), Duration.ofHours(12));
    long now = Duration.ofHours(8).toMillis();
    assertThat(schedule.dueBy(0, 0, now)).isEqualTo(3);
    assertThat(schedule.due(0, 3)).isEqualTo(Duration.ofHours(15).toMillis());
  }
}
