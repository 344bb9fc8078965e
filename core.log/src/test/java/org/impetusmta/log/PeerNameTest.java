package org.impetusmta.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PeerNameTest {
  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "192.0.2.1, 192.0.2.1, -",
        "192.0.2.1:25, 192.0.2.1, 25",
        "2001:db8::1, 2001:db8::1, -",
        "::1, ::1, -",
        "::ffff:192.0.2.1, ::ffff:192.0.2.1, -",
        "[2001:db8::1], 2001:db8::1, -",
        "[2001:db8::1]:2525, 2001:db8::1, 2525",
      })
  void hosts(String text, String ip, String port) {
    assertThat(PeerName.of(text)).contains(new PeerName(ip, Optional.ofNullable(port)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "unknown",
        "/run/lmtp",
        "192.0.2",
        "192.0.2.1.5",
        "192.0..1",
        ".192.0.2",
        "1920.0.2.1",
        "192.0.2.x",
        "192.0.2.1:",
        "192.0.2.1:x",
        "192.0.2.1:252525",
        "192.0.2.1:-1",
        "beef:25",
        "[::1",
        "[]",
        "[]:25",
        "[::1]25",
        "[::1]:",
        "[unknown]",
        "fe80::1%eth0",
      })
  void others(String text) {
    assertThat(PeerName.of(text)).isEmpty();
  }
}
