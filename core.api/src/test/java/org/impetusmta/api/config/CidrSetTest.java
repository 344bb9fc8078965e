package org.impetusmta.api.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CidrSetTest {
  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8, 10.0.0.0/8",
    "10.1.2.3/8, 10.0.0.0/8",
    "10.1.2.3, 10.1.2.3",
    "0.0.0.0/0, 0.0.0.0/0",
    "255.255.255.255/32, 255.255.255.255",
    "::1, 0:0:0:0:0:0:0:1",
    "[::1], 0:0:0:0:0:0:0:1",
    "::/0, 0:0:0:0:0:0:0:0/0",
    "fd82:7796:815b:af9d:230:48ff:fef2:aa4a/64, fd82:7796:815b:af9d:0:0:0:0/64",
    "2001:DB8::1/33, 2001:db8:0:0:0:0:0:0/33",
    "::ffff:10.1.2.3, 10.1.2.3",
  })
  void readsBlocks(String text, String canonical) {
    assertThat(Cidr.parse(text)).hasToString(canonical);
    assertThat(Cidr.parse(canonical)).isEqualTo(Cidr.parse(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "10",
        "10.0.0",
        "10.0.0.0.0",
        "10.0.0.256",
        "10.0.0.-1",
        "10.0.0.0/33",
        "10.0.0.0/",
        "10.0.0.0/-1",
        "10.0.0.0/8/8",
        "010.0.0.1",
        "1.2.3.4 ",
        "::/129",
        ":::",
        "fe80::1%lo",
        "localhost",
        "example.com",
        "10.0.0.0/9x",
        "[10.0.0.1",
        "12345::",
        "1:2:3:4:5:6:7:8:9",
        "10.0.0.0/08",
        "[]",
        "::ffff:10.0.0.0/104"
      })
  void refusesWhatIsNone(String text) {
    assertThatThrownBy(() -> Cidr.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("\"" + text + "\"");
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8, 10.255.255.255, true",
    "10.0.0.0/8, 11.0.0.0, false",
    "0.0.0.0/0, 192.0.2.1, true",
    "0.0.0.0/0, ::1, false",
    "::/0, ::1, true",
    "::/0, 192.0.2.1, false",
    "2001:db8::/33, 2001:db8:7fff::1, true",
    "2001:db8::/33, 2001:db8:8000::1, false",
    "fd82::/65, fd82::7fff:0:0:1, true",
    "fd82::/65, fd82::8000:0:0:1, false",
    "192.0.2.1, ::ffff:192.0.2.1, true",
  })
  void holds(String block, String address, boolean held) throws Exception {
    InetAddress asked = InetAddress.ofLiteral(address);
    assertThat(Cidr.parse(block).contains(asked)).isEqualTo(held);
    assertThat(CidrSet.parse(List.of(block)).contains(asked)).isEqualTo(held);
    assertThat(CidrSet.parse(List.of(block)).contains(asked.getAddress())).isEqualTo(held);
  }

  @Test
  void mappedOctetsAreTheIpv4Address() {
    byte[] mapped = new byte[16];
    mapped[10] = -1;
    mapped[11] = -1;
    mapped[12] = 10;
    mapped[15] = 1;
    assertThat(CidrSet.parse(List.of("10.0.0.1")).contains(mapped)).isTrue();
    assertThat(CidrSet.parse(List.of("::/0")).contains(mapped)).isFalse();
  }

  @Test
  void theLongestPrefixComesFirst() {
    CidrSet set = CidrSet.parse(List.of("10.0.0.0/8", "10.1.0.0/16", "0.0.0.0/0", "10.1.2.3"));
    assertThat(set.matching(InetAddress.ofLiteral("10.1.2.3")))
        .map(Cidr::toString)
        .containsExactly("10.1.2.3", "10.1.0.0/16", "10.0.0.0/8", "0.0.0.0/0");
    assertThat(set.mostSpecific(InetAddress.ofLiteral("10.2.0.0")))
        .contains(Cidr.parse("10.0.0.0/8"));
    assertThat(set.mostSpecific(InetAddress.ofLiteral("::1"))).isEmpty();
  }

  @Test
  void agreesWithLookingAtEachBlock() {
    Random random = new Random(42);
    List<Cidr> blocks = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      boolean ipv6 = random.nextInt(4) == 0;
      blocks.add(
          ipv6
              ? new Cidr(
                  true, 0x2001_0db8L << 32 | random.nextInt(1 << 16), 0, 48 + random.nextInt(80))
              : new Cidr(
                  false, 0, 0x0a00_0000L | random.nextInt(1 << 20), 12 + random.nextInt(21)));
    }
    CidrSet set = CidrSet.of(blocks);
    for (int i = 0; i < 2_000; i++) {
      byte[] address =
          new byte[] {
            10, (byte) random.nextInt(32), (byte) random.nextInt(), (byte) random.nextInt()
          };
      assertThat(set.contains(address))
          .isEqualTo(blocks.stream().anyMatch(block -> block.contains(address)));
    }
  }
}
