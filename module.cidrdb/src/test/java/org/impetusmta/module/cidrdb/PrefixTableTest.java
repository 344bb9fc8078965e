package org.impetusmta.module.cidrdb;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.impetusmta.api.config.Cidr;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PrefixTableTest {
  private static Blocks blocks(String... texts) {
    Blocks.Builder builder = new Blocks.Builder();
    for (String text : texts) {
      if (text.startsWith("!")) {
        builder.exclude(Cidr.parse(text.substring(1)));
      } else {
        builder.add(Cidr.parse(text), text);
      }
    }
    return builder.build();
  }

  private static String find(Blocks blocks, String address) {
    return blocks.find(InetAddress.ofLiteral(address)).orElse("-");
  }

  @ParameterizedTest
  @CsvSource({
    "9.255.255.255, -",
    "10.0.0.0, 10.0.0.0/8",
    "10.1.0.0, 10.1.0.0/16",
    "10.1.2.2, 10.1.0.0/16",
    "10.1.2.3, 10.1.2.3",
    "10.1.2.4, 10.1.0.0/16",
    "10.1.255.255, 10.1.0.0/16",
    "10.2.0.0, -",
    "10.2.0.1, 10.2.0.1",
    "10.2.0.2, -",
    "10.3.0.0, 10.0.0.0/8",
    "10.255.255.255, 10.0.0.0/8",
    "11.0.0.0, -",
    "255.255.255.255, 255.255.255.255",
    "255.255.255.254, -",
    "0.0.0.0, 0.0.0.0",
    "0.0.0.1, -",
    "2001:db8::1, 2001:db8::/32",
    "2001:db8:0:1::1, 2001:db8:0:1::/64",
    "2001:db8:0:1:ffff:ffff:ffff:ffff, 2001:db8:0:1::/64",
    "2001:db8:0:2::, 2001:db8::/32",
    "2001:db8:0:3::5, -",
    "2001:db8:0:3::4, 2001:db8::/32",
    "2001:db9::, -",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff, ff00::/8",
    "::, -",
    "::ffff:10.1.2.3, 10.1.2.3"
  })
  void the_longest_prefix_answers(String address, String answer) {
    Blocks blocks =
        blocks(
            "10.1.2.3",
            "10.0.0.0/8",
            "!10.2.0.0/16",
            "10.2.0.1",
            "10.1.0.0/16",
            "0.0.0.0",
            "255.255.255.255",
            "2001:db8:0:1::/64",
            "2001:db8::/32",
            "!2001:db8:0:3::5",
            "ff00::/8");
    assertThat(find(blocks, address)).isEqualTo(answer);
  }

  @Test
  void everything_is_a_block_too() {
    Blocks blocks = blocks("0.0.0.0/0", "::/0", "!::1");
    assertThat(find(blocks, "0.0.0.0")).isEqualTo("0.0.0.0/0");
    assertThat(find(blocks, "255.255.255.255")).isEqualTo("0.0.0.0/0");
    assertThat(find(blocks, "ffff::")).isEqualTo("::/0");
    assertThat(find(blocks, "::1")).isEqualTo("-");
    assertThat(find(blocks, "::2")).isEqualTo("::/0");
    assertThat(find(Blocks.NONE, "::2")).isEqualTo("-");
  }

  @Test
  void a_block_at_either_end_of_all_ranges_answers() {
    Blocks one = blocks("2001:db8::5");
    assertThat(find(one, "2001:db8::4")).isEqualTo("-");
    assertThat(find(one, "2001:db8::5")).isEqualTo("2001:db8::5");
    assertThat(find(one, "2001:db8::6")).isEqualTo("-");
    Blocks last = blocks("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
    assertThat(find(last, "::")).isEqualTo("::");
    assertThat(find(last, "::1")).isEqualTo("-");
    assertThat(find(last, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe")).isEqualTo("-");
    assertThat(find(last, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"))
        .isEqualTo("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
    assertThat(find(Blocks.NONE, "7fff:ffff:ffff:ffff::")).isEqualTo("-");
    assertThat(find(Blocks.NONE, "ffff:ffff:ffff:ffff::")).isEqualTo("-");
  }

  @Test
  void an_exclusion_wins_over_the_same_block_and_the_last_value_over_others() {
    assertThat(find(blocks("!10.0.0.0/8", "10.0.0.0/8"), "10.1.1.1")).isEqualTo("-");
    Blocks.Builder twice = new Blocks.Builder();
    twice.add(Cidr.parse("10.0.0.0/8"), "a");
    twice.add(Cidr.parse("10.0.0.0/8"), "b");
    assertThat(find(twice.build(), "10.1.1.1")).isEqualTo("b");
  }

  @Test
  void random_blocks_answer_as_a_search_through_all_does() throws Exception {
    Random random = new Random(4711);
    for (int round = 0; round < 60; round++) {
      boolean six = round % 2 == 1;
      List<Cidr> all = new ArrayList<>();
      Blocks.Builder builder = new Blocks.Builder();
      for (int i = 0; i < 150; i++) {
        Cidr block = block(random, six);
        all.add(block);
        if (i % 7 == 0) {
          builder.exclude(block);
        } else {
          builder.add(block, block.toString());
        }
      }
      Blocks blocks = builder.build();
      for (int i = 0; i < 400; i++) {
        InetAddress address = address(random, six);
        assertThat(blocks.find(address)).as("%s in %s", address, all).isEqualTo(slow(all, address));
      }
    }
  }

  @Test
  void prefixes_of_64_bits_with_more_values_than_fit_beside_their_distance_answer() {
    Random random = new Random(4712);
    long[] networks = random.longs(200_000).toArray();
    Blocks.Builder builder = new Blocks.Builder();
    for (int i = 0; i < networks.length; i++) {
      builder.add(new Cidr(true, networks[i], 0, 64), "v" + i);
    }
    Blocks blocks = builder.build();
    for (int i = 0; i < networks.length; i++) {
      assertThat(find(blocks, networks[i], random.nextLong())).isEqualTo("v" + i);
      assertThat(find(blocks, networks[i] + 1, 0)).isEqualTo("-");
    }
  }

  private static String find(Blocks blocks, long high, long low) {
    byte[] octets = ByteBuffer.allocate(16).putLong(high).putLong(low).array();
    try {
      return blocks.find(InetAddress.getByAddress(octets)).orElse("-");
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  private static Optional<String> slow(List<Cidr> all, InetAddress address) {
    Cidr best = null;
    boolean excluded = false;
    for (int i = 0; i < all.size(); i++) {
      Cidr block = all.get(i);
      if (!block.contains(address)) {
        continue;
      }
      if (best == null || block.prefixLength() > best.prefixLength()) {
        best = block;
        excluded = false;
      }
      excluded |= block.equals(best) && i % 7 == 0;
    }
    return best == null || excluded ? Optional.empty() : Optional.of(best.toString());
  }

  private static Cidr block(Random random, boolean six) throws UnknownHostException {
    Cidr host = Cidr.of(address(random, six));
    return new Cidr(six, host.high(), host.low(), random.nextInt(six ? 129 : 33));
  }

  /** Octets from few values, so that blocks meet. */
  private static InetAddress address(Random random, boolean six) throws UnknownHostException {
    byte[] octets = new byte[six ? 16 : 4];
    for (int i = 0; i < octets.length; i++) {
      octets[i] = (byte) (random.nextInt(3) - 1);
    }
    octets[0] |= 0x20;
    return InetAddress.getByAddress(octets);
  }

  @Test
  void a_block_costs_less_than_a_hundred_octets() {
    Random random = new Random(1);
    for (boolean six : new boolean[] {false, true}) {
      Blocks.Builder builder = new Blocks.Builder();
      for (int i = 0; i < 100_000; i++) {
        builder.add(
            six
                ? new Cidr(
                    true, 0x2000000000000000L | random.nextLong() >>> 3, random.nextLong(), 56)
                : new Cidr(false, 0, random.nextInt() & 0xffff_ffffL, 24 + random.nextInt(9)),
            "127.0.0.2");
      }
      Blocks blocks = builder.build();
      assertThat(blocks.entries()).isEqualTo(100_000);
      assertThat(blocks.octets() / blocks.entries()).isBetween(8L, 99L);
    }
  }
}
