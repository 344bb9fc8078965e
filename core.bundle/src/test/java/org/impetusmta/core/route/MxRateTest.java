package org.impetusmta.core.route;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.testkit.ManualClock;
import org.impetusmta.testkit.queue.TestConfiguration;
import org.impetusmta.testkit.queue.TestScheduler;
import org.junit.jupiter.api.Test;

/** The limit of MX lookups. */
class MxRateTest {
  private final ManualClock clock = new ManualClock(1_700_000_000_000L);
  private final TestScheduler scheduler = new TestScheduler(clock, 1);
  private final TestConfiguration configuration =
      new TestConfiguration()
          .set("dns_rate_limit_enabled", "true")
          .set("dns_rate_limit_mx_queries", "10")
          .set("dns_rate_limit_period", "2")
          .set("dns_rate_limit_max_queue", "1000");
  private final AtomicInteger begun = new AtomicInteger();

  private MxRate rate() {
    return new MxRate(
        scheduler, () -> configuration.current().options(DnsServerOptions.class, ScopePath.GLOBAL));
  }

  private void admit(MxRate rate, int times) {
    for (int i = 0; i < times; i++) {
      rate.admit(begun::incrementAndGet);
    }
  }

  @Test
  void lookupsBeyondTheLimitWaitForTheNextPeriod() {
    MxRate rate = rate();
    admit(rate, 25);
    assertThat(begun).hasValue(10);
    scheduler.advance(Duration.ofMillis(1_900));
    assertThat(begun).hasValue(10);
    scheduler.advance(Duration.ofMillis(200));
    assertThat(begun).hasValue(20);
    configuration.set("dns_rate_limit_mx_queries", "3");
    scheduler.advance(Duration.ofSeconds(2));
    assertThat(begun).hasValue(23);
    scheduler.advance(Duration.ofSeconds(2));
    assertThat(begun).hasValue(25);
    MxRate.Figures figures = rate.figures();
    assertThat(figures.immediate()).isEqualTo(10);
    assertThat(figures.queued()).isEqualTo(15);
    assertThat(figures.drained()).isEqualTo(15);
    assertThat(figures.overflow()).isZero();
    assertThat(figures.waiting()).isZero();
  }

  @Test
  void aFullLineLetsLookupsPass() {
    MxRate rate = rate();
    admit(rate, 1_015);
    assertThat(begun).hasValue(15);
    assertThat(rate.figures().overflow()).isEqualTo(5);
    assertThat(rate.figures().waiting()).isEqualTo(1_000);
  }

  @Test
  void withoutALimitNothingWaits() {
    configuration.set("dns_rate_limit_enabled", "false");
    MxRate rate = rate();
    configuration.set("dns_rate_limit_enabled", "true");
    admit(rate, 100);
    assertThat(begun).hasValue(100);
    assertThat(rate.enabled()).isFalse();
  }
}
