package org.impetusmta.listener.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.impetusmta.testkit.ManualClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which nonces are good, for which counts, and how many are kept. */
final class NoncesTest {
  private final ManualClock clock = new ManualClock(0);
  private final Nonces nonces = new Nonces(clock);

  @Test
  void each_count_is_good_once_in_whatever_order() {
    String nonce = nonces.make();
    for (int count : new int[] {1, 3, 2, 64, 70, 65}) {
      assertThat(nonces.good(nonce, count)).as("%d", count).isTrue();
      assertThat(nonces.use(nonce, count)).as("%d", count).isTrue();
      assertThat(nonces.good(nonce, count)).as("%d again", count).isFalse();
      assertThat(nonces.use(nonce, count)).as("%d again", count).isFalse();
    }
    assertThat(nonces.use(nonce, 8)).as("64 behind is not known any more").isTrue();
    assertThat(nonces.use(nonce, 6)).isFalse();
    assertThat(nonces.use(nonce, 0xffffffffL)).isTrue();
    assertThat(nonces.use(nonce, 71)).isFalse();
    assertThat(nonces.use(nonce, 0xffffffffL)).isFalse();
  }

  @Test
  void those_that_nobody_used_cost_nothing() {
    List<String> made = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      made.add(nonces.make());
      nonces.good(made.getLast(), 1);
    }
    assertThat(made).doesNotHaveDuplicates();
    assertThat(nonces.kept()).isZero();
  }

  @Test
  void time_ends_them() {
    String nonce = nonces.make();
    assertThat(nonces.use(nonce, 1)).isTrue();
    clock.advance(Nonces.LIFE.minusMillis(1));
    assertThat(nonces.use(nonce, 2)).isTrue();
    clock.advance(Duration.ofMillis(1));
    assertThat(nonces.good(nonce, 3)).isFalse();
    assertThat(nonces.kept()).isZero();
    clock.advance(Duration.ofMinutes(-1));
    assertThat(nonces.use(nonce, 1)).as("what is forgotten is not good again").isFalse();
  }

  @Test
  void there_are_never_too_many_and_none_becomes_good_again() {
    String first = nonces.make();
    String second = nonces.make();
    assertThat(nonces.use(second, 1)).isTrue();
    for (int i = 0; i < Nonces.MOST; i++) {
      assertThat(nonces.use(nonces.make(), 1)).isTrue();
    }
    assertThat(nonces.kept()).isEqualTo(Nonces.MOST);
    assertThat(nonces.use(second, 1)).isFalse();
    assertThat(nonces.use(second, 2)).isFalse();
    assertThat(nonces.use(first, 1)).as("older than what was forgotten").isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "!!!", "AAAA", "é"})
  void what_is_none_is_not_good(String nonce) {
    assertThat(nonces.good(nonce, 1)).isFalse();
    assertThat(nonces.use(nonce, 1)).isFalse();
  }

  @Test
  void others_are_not_good() {
    String nonce = nonces.make();
    assertThat(new Nonces(clock).good(nonce, 1)).isFalse();
    for (int i = 0; i < nonce.length(); i++) {
      char other = nonce.charAt(i) == 'A' ? 'Q' : 'A';
      String changed = nonce.substring(0, i) + other + nonce.substring(i + 1);
      assertThat(nonces.good(changed, 1)).as(changed).isFalse();
    }
    assertThat(nonces.good(nonce, 1)).isTrue();
  }
}
