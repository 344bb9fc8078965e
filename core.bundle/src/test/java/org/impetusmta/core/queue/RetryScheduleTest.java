package org.impetusmta.core.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.testkit.queue.TestConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The tables of conf.ref.retry_interval and conf.ref.max_retries. */
class RetryScheduleTest {
  private static QueueOptions options(String... settings) {
    TestConfiguration configuration = new TestConfiguration();
    for (int i = 0; i < settings.length; i += 2) {
      configuration.set(settings[i], settings[i + 1]);
    }
    return configuration.current().options(QueueOptions.class, ScopePath.GLOBAL);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 1200",
    "1, 2400",
    "2, 4800",
    "3, 9600",
    "4, 19200",
    "5, 38400",
    "6, 43200",
    "7, 43200",
    "62, 43200",
    "63, 43200",
    "64, 43200",
    "2000000000, 43200"
  })
  void doublesUpToTheMaximum(int retries, long seconds) {
    assertThat(RetrySchedule.of(options()).interval(retries).toSeconds()).isEqualTo(seconds);
  }

  @ParameterizedTest
  @CsvSource({
    "auto, 1200, 43200, 86400, 7",
    "auto, 1200, 43200, 75600, 6",
    "auto, 1200, 1200, 6000, 5",
    "auto, 1200, 1200, 0, 0",
    "auto, 1, 1, 604800, 604800",
    "auto, 1200, 43200, 31536000, 735",
    "none, 1200, 43200, 86400, 2147483647",
    "5, 1200, 43200, 86400, 5",
    "0, 1200, 43200, 86400, 0"
  })
  void limitsRetries(String max, String first, String longest, String expiration, int retries) {
    RetrySchedule schedule =
        RetrySchedule.of(
            options(
                "max_retries", max,
                "retry_interval", first,
                "max_retry_interval", longest,
                "message_expiration", expiration));
    assertThat(schedule.maxRetries()).isEqualTo(retries);
  }

  @ParameterizedTest
  @CsvSource({"many", "-1", "''", "1.5", "99999999999"})
  void refusesWhatIsNoNumberOfRetries(String max) {
    assertThatThrownBy(() -> RetrySchedule.check(options("max_retries", max), "x.conf:3"))
        .isInstanceOf(ConfigException.class)
        .hasMessage("x.conf:3: max_retries is \"" + max + "\"; expected auto, none or a number");
  }

  @Test
  void timeIsLookedAtBeforeTheNumber() {
    RetrySchedule schedule = RetrySchedule.of(options("max_retries", "1"));
    assertThat(schedule.afterFailure(0, 0, 1000))
        .isEqualTo(new RetrySchedule.Decision.Retry(1_201_000));
    assertThat(schedule.afterFailure(1, 0, 1000))
        .isEqualTo(new RetrySchedule.Decision.GiveUp(RetrySchedule.TOO_MANY_RETRIES));
    assertThat(schedule.afterFailure(1, 0, 86_400_000))
        .isEqualTo(new RetrySchedule.Decision.GiveUp(RetrySchedule.TOO_OLD));
  }
}
