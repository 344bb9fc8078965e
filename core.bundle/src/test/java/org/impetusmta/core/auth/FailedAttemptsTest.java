package org.impetusmta.core.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.time.Duration;
import org.impetusmta.api.config.Rate;
import org.impetusmta.testkit.ManualClock;
import org.junit.jupiter.api.Test;

/** Who fails too often is told to wait, and not for ever. */
class FailedAttemptsTest {
  private static final Rate THREE = new Rate(3, 60);

  private final ManualClock clock = new ManualClock(1_000_000);
  private final FailedAttempts failures = new FailedAttempts(clock);

  @Test
  void barsUntilTheTimeIsOver() {
    InetAddress address = InetAddress.ofLiteral("192.0.2.1");
    for (int i = 0; i < 3; i++) {
      assertThat(failures.barred(address, THREE)).isFalse();
      failures.failed(address, THREE);
    }
    assertThat(failures.barred(address, THREE)).isTrue();
    assertThat(failures.barred(address, new Rate(0, 1))).isFalse();
    assertThat(failures.barred(InetAddress.ofLiteral("192.0.2.2"), THREE)).isFalse();
    clock.advance(Duration.ofSeconds(60));
    assertThat(failures.barred(address, THREE)).isFalse();
  }

  @Test
  void aNetworkOfIpv6IsOneClient() {
    for (int i = 1; i <= 3; i++) {
      failures.failed(InetAddress.ofLiteral("2001:db8:1:2::" + i), THREE);
    }
    assertThat(failures.barred(InetAddress.ofLiteral("2001:db8:1:2:ff::"), THREE)).isTrue();
    assertThat(failures.barred(InetAddress.ofLiteral("2001:db8:1:3::1"), THREE)).isFalse();
  }

  @Test
  void isBounded() {
    for (int i = 0; i < FailedAttempts.MOST + 100; i++) {
      failures.failed(
          InetAddress.ofLiteral("10." + i / 65536 + "." + i / 256 % 256 + "." + i % 256), THREE);
    }
    assertThat(failures.size()).isEqualTo(FailedAttempts.MOST);
  }
}
