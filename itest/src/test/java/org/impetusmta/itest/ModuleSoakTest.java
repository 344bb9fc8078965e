package org.impetusmta.itest;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A few rounds of what {@code bench/modules} does a thousand times. */
class ModuleSoakTest {
  private static final int ROUNDS = Integer.getInteger("soak.rounds", 3);

  @TempDir Path folder;

  @Test
  void every_module_comes_is_replaced_and_goes_under_traffic() throws Exception {
    try (ModuleSoak soak = new ModuleSoak(folder, 7)) {
      assertThat(soak.modules()).hasSizeGreaterThan(40).contains("ec_logger", "esmtp", "lmtp");
      soak.traffic();
      soak.round();
      ModuleSoak.Figures first = soak.rest(1);
      soak.traffic();
      for (int round = 0; round < ROUNDS; round++) {
        soak.round();
      }
      ModuleSoak.Figures last = soak.rest(ROUNDS + 1);
      assertThat(soak.lost().cardinality()).as("acknowledged and not delivered").isZero();
      assertThat(soak.acknowledged()).isPositive();
      assertThat(last.classLoaders()).as("class loaders").isLessThanOrEqualTo(first.classLoaders());
      assertThat(last.threads()).as("threads").isLessThanOrEqualTo(first.threads() + 4);
      assertThat(last.heapOctets())
          .as("heap after a collection")
          .isLessThan(first.heapOctets() + (8L << 20));
      System.out.printf(
          "%d modules, %d rounds, %d messages: %s, then %s%n",
          soak.modules().size(), ROUNDS + 1, soak.acknowledged(), first, last);
      assertThat(soak.complaints()).as("nothing to complain of").isEmpty();
    }
  }
}
