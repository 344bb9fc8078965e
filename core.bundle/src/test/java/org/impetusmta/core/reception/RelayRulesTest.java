package org.impetusmta.core.reception;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RelayRulesTest {
  @ParameterizedTest
  @CsvSource({
    "example.com, true",
    "sub.example.com, false",
    "mail.example.net, true",
    "example.net, false",
    "badexample.net, false",
    "myexample.org, true",
    "other.example, false"
  })
  void domainsAndLeftGlobs(String domain, boolean listed) {
    DomainGlobs globs = new DomainGlobs(List.of("Example.COM", "*.example.net", "*example.org"));
    assertThat(globs.contains(domain)).isEqualTo(listed);
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, true",
    "127.255.255.255, true",
    "128.0.0.0, false",
    "10.10.11.255, true",
    "10.10.12.0, false",
    "::1, true",
    "::2, false",
    "fd82:7796::1, true",
    "fd83::1, false"
  })
  void blocksOfAddresses(String address, boolean listed) {
    AddressBlocks blocks =
        new AddressBlocks(List.of("127.0.0.0/8", "10.10.10.0/23", "::1", "fd82::/16"));
    assertThat(blocks.contains(InetAddress.ofLiteral(address))).isEqualTo(listed);
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.0/33", "10.0.0.0/-1", "example.com", "10.0.0.0/", "::/129"})
  void whatIsNoBlockIsNamed(String text) {
    assertThatThrownBy(() -> new AddressBlocks(List.of(text)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(text);
  }

  @Test
  void nobodyIsListedByNothing() {
    assertThat(new AddressBlocks(List.of()).contains(InetAddress.ofLiteral("127.0.0.1"))).isFalse();
    assertThat(new DomainGlobs(List.of()).contains("example.com")).isFalse();
  }
}
