package org.impetusmta.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.impetusmta.api.config.Cidr;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Counts beside a model that goes through all that was added. */
final class AddressCountsTest {
  private static KeyCounts.Block block(String text) {
    return new KeyCounts.Block(Cidr.parse(text));
  }

  @ParameterizedTest
  @CsvSource({
    "10.79.18.1, 10",
    "10.79.18.2/32, 20",
    "10.79.18.0/31, 10",
    "10.79.18.0/30, 30",
    "10.79.18.0/24, 30",
    "10.79.16.0/21, 70",
    "10.79.0.0/16, 70",
    "10.64.0.0/10, 70",
    "10.0.0.0/8, 70",
    "8.0.0.0/6, 70",
    "0.0.0.0/0, 75",
    "127.0.0.1, 5",
    "127.0.0.2, 0",
    "192.0.2.0/24, 0"
  })
  void blocksOfAnyLength(String block, long expected) {
    AddressCounts counts = new AddressCounts(false, Budget.of(1_000));
    counts.add(block("10.79.18.1"), 10);
    counts.add(block("10.79.18.2"), 20);
    counts.add(block("10.79.19.2"), 40);
    counts.add(block("127.0.0.1"), 5);
    assertThat(counts.count(block(block))).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void isTheModel(boolean ipv6) {
    Random random = new Random(42);
    AddressCounts counts = new AddressCounts(ipv6, Budget.of(1_000_000));
    Map<Cidr, Long> model = new HashMap<>();
    int bits = ipv6 ? 128 : 32;
    for (int i = 0; i < 20_000; i++) {
      // dense at both ends, so that blocks hold several
      Cidr key =
          new Cidr(
              ipv6,
              ipv6 ? 0x20010db800000000L | random.nextInt(64) << random.nextInt(24) : 0,
              ipv6 ? random.nextInt(512) : 0x0a000000L | random.nextInt(1 << (8 + i % 16)),
              i % 100 == 0 && i > 10_000 ? random.nextInt(bits + 1) : bits);
      long delta = random.nextInt(5) - 1L;
      assertThat(counts.add(new KeyCounts.Block(key), delta)).isTrue();
      model.merge(key, delta, Long::sum);
      if (i % 40 == 0) {
        int length = random.nextInt(bits + 1);
        Cidr asked = new Cidr(ipv6, key.high(), key.low(), length);
        long expected =
            model.entrySet().stream()
                .filter(e -> length == 0 || e.getKey().prefixLength() >= length)
                .filter(
                    e ->
                        length == 0
                            || new Cidr(ipv6, e.getKey().high(), e.getKey().low(), length)
                                .equals(asked))
                .mapToLong(Map.Entry::getValue)
                .sum();
        assertThat(counts.count(new KeyCounts.Block(asked))).as("%s", asked).isEqualTo(expected);
      }
      if (i % 1_000 == 999) {
        counts.remove(new KeyCounts.Block(key));
        model.remove(key);
      }
    }
    Map<String, Long> found = new HashMap<>();
    counts.forEach((key, count) -> found.merge(key, count, Long::sum));
    Map<String, Long> expected = new HashMap<>();
    model.forEach(
        (key, count) -> {
          if (count != 0) {
            expected.put(key.toString(), count);
          }
        });
    assertThat(found).isEqualTo(expected);
    assertThat(counts.total()).isEqualTo(model.values().stream().mapToLong(Long::longValue).sum());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void nothingIsLostBetweenThreads(boolean ipv6) throws InterruptedException {
    AddressCounts counts = new AddressCounts(ipv6, Budget.of(1_000_000));
    int threads = 4;
    long each = 20_000;
    CountDownLatch go = new CountDownLatch(1);
    List<Thread> all = new ArrayList<>();
    for (int t = 0; t < threads; t++) {
      all.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      go.await();
                    } catch (InterruptedException e) {
                      return;
                    }
                    for (int i = 0; i < each; i++) {
                      long low = i % 5_000;
                      counts.add(
                          new KeyCounts.Block(new Cidr(ipv6, 0, low + 1, ipv6 ? 128 : 32)), 1);
                    }
                  }));
    }
    go.countDown();
    for (Thread thread : all) {
      thread.join();
    }
    assertThat(counts.total()).isEqualTo(threads * each);
    for (int i = 0; i < 5_000; i++) {
      KeyCounts.Block key = new KeyCounts.Block(new Cidr(ipv6, 0, i + 1, ipv6 ? 128 : 32));
      assertThat(counts.count(key)).isEqualTo(threads * each / 5_000);
    }
    assertThat(counts.count(block(ipv6 ? "::/32" : "0.0.0.0/8"))).isEqualTo(threads * each);
  }

  @Test
  void keysWithoutRoomCountInBlocksThatHaveIt() {
    Budget budget = Budget.of(8);
    AddressCounts counts = new AddressCounts(false, budget);
    assertThat(counts.add(block("10.0.0.1"), 1)).isTrue();
    for (int i = 2; i < 200; i++) {
      counts.add(block("10.0.0." + i), 1);
    }
    assertThat(counts.add(block("10.0.0.200"), 1)).isFalse();
    assertThat(counts.count(block("10.0.0.200"))).isZero();
    assertThat(counts.count(block("10.0.0.1"))).isEqualTo(1);
    assertThat(counts.count(block("10.0.0.0/24"))).isEqualTo(200);
    assertThat(counts.total()).isEqualTo(200);
    assertThat(budget.used()).isEqualTo(8);
    budget.give(counts.close());
    assertThat(budget.used()).isZero();
  }

  @Test
  void manyKeysFit() {
    AddressCounts counts = new AddressCounts(false, Budget.of(WindowedSeries.MOST_ENTRIES));
    for (int i = 0; i < 200_000; i++) {
      counts.add(new KeyCounts.Block(new Cidr(false, 0, i * 16_411L & 0xffff_ffffL, 32)), 1);
    }
    assertThat(counts.count(block("0.0.0.0/0"))).isEqualTo(200_000);
    long sum = 0;
    for (int i = 0; i < 256; i++) {
      sum += counts.count(block(i + ".0.0.0/8"));
    }
    assertThat(sum).isEqualTo(200_000);
  }

  @Test
  void openThings() {
    AddressGauge gauge = new AddressGauge();
    List<AddressGauge.Ticket> tickets = new ArrayList<>();
    for (int i = 0; i < 60_000; i++) {
      tickets.add(gauge.open(new Cidr(false, 0, 0x0a000000L + i, 32)));
      if (i >= 10) {
        tickets.get(i).close();
        tickets.get(i).close();
      }
    }
    AddressGauge.Ticket six = gauge.open(Cidr.parse("2001:db8::1"));
    assertThat(gauge.count(Cidr.parse("10.0.0.0/8"))).isEqualTo(10);
    assertThat(gauge.count(Cidr.parse("10.0.0.9"))).isEqualTo(1);
    assertThat(gauge.count(Cidr.parse("10.0.0.10"))).isZero();
    assertThat(gauge.count(Cidr.parse("2001:db8::/64"))).isEqualTo(1);
    six.close();
    tickets.subList(0, 10).forEach(AddressGauge.Ticket::close);
    assertThat(gauge.count(Cidr.parse("0.0.0.0/0"))).isZero();
    assertThat(gauge.count(Cidr.parse("::/0"))).isZero();
  }
}
