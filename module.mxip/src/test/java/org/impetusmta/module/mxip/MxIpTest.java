package org.impetusmta.module.mxip;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import org.impetusmta.api.hook.DnsGetAs;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MxIpTest {
  private final MxIp module = new MxIp(new MxIp.Options(Duration.ofSeconds(600)));

  @ParameterizedTest
  @ValueSource(strings = {"192.0.2.1", "10.79.0.143", "2001:db8::1", "::1"})
  void anAddressMeansItself(String host) {
    assertThat(module.dnsGetAs(host))
        .contains(
            new DnsGetAs.Addresses(List.of(InetAddress.ofLiteral(host)), Duration.ofSeconds(600)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mx.example",
        "1.2.3",
        "1.2.3.4.5",
        "300.1.2.3",
        "0x7f.1",
        "2130706433",
        "1.2.3.4.example",
        "a:b:c:d:e",
        "",
        "face",
        "192.0.2.1%eth0"
      })
  void aNameIsLeftToTheDns(String host) {
    assertThat(module.dnsGetAs(host)).isEmpty();
  }
}
