package org.impetusmta.core.queue.shape;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.data.Percentage;
import org.impetusmta.api.config.Rate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What one bucket lets go, and when. */
class DeparturesTest {
  private static final long START = 1_700_000_000_000L;

  /** Takes as fast as it may for {@code millis}; every timer is up to {@code late} ms late. */
  private static List<Long> drain(Departures bucket, long from, long millis, int late) {
    Random random = new Random(4711);
    List<Long> left = new ArrayList<>();
    long now = from;
    while (now < from + millis) {
      while (bucket.take(now)) {
        left.add(now);
      }
      long free = bucket.freeAt(now, 1);
      assertThat(free).as("refused, so not free now").isGreaterThan(now);
      now = free + (late == 0 ? 0 : random.nextInt(late + 1));
    }
    return left;
  }

  /** Acceptance: within 2 % over a minute, with timers that are late. */
  @ParameterizedTest
  @CsvSource({
    "10, 0",
    "10, 10",
    "100, 0",
    "100, 10",
    "10000, 0",
    "10000, 10",
    "600/60, 0",
    "600/60, 10",
    "600000/60, 10",
    "1, 0",
    "1, 10",
    "1999/7, 10"
  })
  void aRateHoldsForAMinute(String text, int late) {
    Rate rate = Rate.parse(text);
    int left = drain(new Departures(rate, START), START, 60_000, late).size();
    double wanted = 60.0 / rate.seconds() * rate.count();
    // whole bursts: a period that does not fit into a minute begins with one
    double bursts = Math.ceil(60.0 / rate.seconds()) * rate.count();
    assertThat((double) left).isLessThanOrEqualTo(bursts);
    assertThat((double) left).isGreaterThan(wanted * 0.98);
  }

  /** In no period do more leave than its count, however the load comes. */
  @ParameterizedTest
  @ValueSource(strings = {"1", "3/10", "8/3600", "10", "100/60", "256", "257", "1999/2", "5000"})
  void noPeriodHoldsMoreThanItsCount(String text) {
    Rate rate = Rate.parse(text);
    long period = rate.seconds() * 1_000L;
    Departures bucket = new Departures(rate, START);
    Random random = new Random(42);
    List<Long> left = new ArrayList<>();
    long now = START;
    while (left.size() < 6 * rate.count() + 20) {
      for (int wanted = random.nextInt(rate.count() + 2); wanted >= 0; wanted--) {
        if (bucket.take(now)) {
          left.add(now);
        }
      }
      now += random.nextLong(1 + period / 3);
    }
    long slack = Math.min(period / 64, Departures.MOST_SLACK);
    int group = Math.ceilDiv(rate.count(), Departures.MOST_GROUPS);
    int most = rate.count() + (group > 1 ? group : 0);
    for (int i = most; i < left.size(); i++) {
      assertThat(left.get(i) - left.get(i - most))
          .as("departure %d of %s", i, rate)
          .isGreaterThanOrEqualTo(period - slack);
    }
  }

  @Test
  void whatItSaysOfItselfIsWhatItDoes() {
    Departures bucket = new Departures(Rate.parse("1000/10"), START);
    Random random = new Random(7);
    long now = START;
    for (int round = 0; round < 2_000; round++) {
      int free = bucket.free(now, Integer.MAX_VALUE);
      assertThat(bucket.used(now)).isEqualTo(1_000 - free);
      assertThat(bucket.free(now, 3)).isEqualTo(Math.min(3, free));
      int take = random.nextInt(free + 1);
      for (int i = 0; i < take; i++) {
        assertThat(bucket.take(now)).isTrue();
      }
      if (take == free) {
        assertThat(bucket.take(now)).isFalse();
        long at = bucket.freeAt(now, 1);
        assertThat(bucket.free(at - 1, 1)).isZero();
        assertThat(bucket.free(at, 1)).isEqualTo(1);
      } else {
        assertThat(bucket.freeAt(now, free - take)).isEqualTo(now);
      }
      now += random.nextInt(400);
    }
    assertThat(bucket.untouched(now + 10_000)).isTrue();
    assertThat(bucket.free(now + 10_000, Integer.MAX_VALUE)).isEqualTo(1_000);
  }

  @ParameterizedTest
  @CsvSource({"10, 10/60, 10", "10/60, 10, 10", "100/60, 50/60, 50", "50/60, 100/60, 50"})
  void anotherRateKnowsWhatLeft(String before, String after, int used) {
    Departures bucket = new Departures(Rate.parse(before), START);
    while (bucket.take(START)) {
      // all of it
    }
    Departures changed = bucket.withRate(Rate.parse(after), START + 10);
    assertThat(changed.used(START + 10)).isEqualTo(used);
    assertThat(changed.free(START + 10, Integer.MAX_VALUE))
        .isEqualTo(Rate.parse(after).count() - used);
    assertThat(changed.untouched(START + Rate.parse(after).seconds() * 1_000L)).isTrue();
  }

  @Test
  void aRateChangedUnderLoadHolds() {
    Departures first = new Departures(Rate.parse("1000"), START);
    int left = drain(first, START, 10_000, 5).size();
    assertThat(left).isCloseTo(10_000, Percentage.withPercentage(2));
    Departures second = first.withRate(Rate.parse("3000/2"), START + 10_000);
    int then = drain(second, START + 10_000, 20_000, 5).size();
    // the second that the first bucket filled last is within the new period
    assertThat(then).isCloseTo(30_000 - 1_000, Percentage.withPercentage(4));
  }

  @Test
  void aClockThatIsSetBackHoldsNobodyUp() {
    Departures bucket = new Departures(Rate.parse("5"), START);
    assertThat(drain(bucket, START, 3_000, 0)).hasSize(15);
    long earlier = START - 3_600_000;
    assertThat(drain(bucket, earlier, 10_000, 0).size()).isCloseTo(50, within(5));
  }

  /** Four threads, one bucket, a clock that stands still: exactly the count leaves. */
  @ParameterizedTest
  @ValueSource(strings = {"1", "2", "256", "10000", "100000"})
  void threadsShareABucket(String text) throws Exception {
    Rate rate = Rate.parse(text);
    Departures bucket = new Departures(rate, START);
    for (int lap = 0; lap < 5; lap++) {
      long now = START + lap * 1_000L;
      AtomicInteger left = new AtomicInteger();
      CyclicBarrier start = new CyclicBarrier(4);
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        threads.add(
            Thread.ofPlatform()
                .start(
                    () -> {
                      try {
                        start.await();
                      } catch (Exception e) {
                        throw new IllegalStateException(e);
                      }
                      while (bucket.take(now)) {
                        left.incrementAndGet();
                      }
                    }));
      }
      for (Thread thread : threads) {
        thread.join();
      }
      assertThat(left.get()).as("lap %d", lap).isEqualTo(rate.count());
    }
  }
}
