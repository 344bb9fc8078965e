package org.impetusmta.core.reception;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.core.route.DomainGlobs;
import org.impetusmta.testkit.smtp.FlatGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
  void hostsThatAreTrusted(String address, boolean listed) {
    RelayRules rules = rules(Map.of("relay_hosts", "127.0.0.0/8 10.10.10.0/23 ::1 fd82::/16"));
    assertThat(rules.trusts(Optional.of(InetAddress.ofLiteral(address)))).isEqualTo(listed);
  }

  @Test
  void nobodyIsTrustedUnlessItIsSaid() {
    RelayRules rules = rules(Map.of());
    assertThat(rules.trusts(Optional.of(InetAddress.ofLiteral("127.0.0.1")))).isFalse();
    assertThat(rules.trusts(Optional.empty())).isFalse();
    assertThat(new DomainGlobs(List.of()).contains("example.com")).isFalse();
    assertThat(rules(Map.of("open_relay", "true")).trusts(Optional.empty())).isTrue();
  }

  private static RelayRules rules(Map<String, String> options) {
    return new RelayRules(
        new FlatGeneration(1, 1, options, List.of())
            .options(ReceptionOptions.class, ScopePath.GLOBAL));
  }
}
