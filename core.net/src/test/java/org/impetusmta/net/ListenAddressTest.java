package org.impetusmta.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import org.impetusmta.api.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ListenAddressTest {
  @Test
  void readsTheManualsForms() throws ConfigException {
    assertThat(ListenAddress.parse(":25"))
        .isEqualTo(new ListenAddress.Tcp(new InetSocketAddress(25), ListenAddress.Family.ANY))
        .isNotEqualTo(ListenAddress.parse("0.0.0.0:25"))
        .isNotEqualTo(ListenAddress.parse("[*]:25"))
        .isEqualTo(ListenAddress.parse("*:25"));
    assertThat(ListenAddress.parse("127.0.0.1:2525"))
        .isEqualTo(
            new ListenAddress.Tcp(
                new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 2525),
                ListenAddress.Family.IPV4));
    assertThat(ListenAddress.parse("[::1]:25"))
        .isEqualTo(ListenAddress.parse("[0:0:0:0:0:0:0:1]:25"));
    assertThat(ListenAddress.parse("[*]:25")).isEqualTo(ListenAddress.parse("[::]:25"));
    assertThat(ListenAddress.parse("/var/run/smtp"))
        .isEqualTo(new ListenAddress.Unix(Path.of("/var/run/smtp")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "25", "localhost:25", "::1:25", "[127.0.0.1]:25", ":65536", "[::1]:", "x"})
  void refusesOthers(String text) {
    assertThatThrownBy(() -> ListenAddress.parse(text))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("expected ADDRESS:PORT");
  }
}
