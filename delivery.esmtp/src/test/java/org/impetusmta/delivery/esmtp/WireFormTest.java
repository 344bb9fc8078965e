package org.impetusmta.delivery.esmtp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import org.impetusmta.api.message.Body;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class WireFormTest {
  private static Body body(String text) {
    int middle = text.length() / 2;
    return Body.of(
        text.substring(0, middle).getBytes(ISO_8859_1),
        text.substring(middle).getBytes(ISO_8859_1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "a", "a\r\n", "\r\n\r\n", "..\r\n", "a\r\n..\r\nb", "a.\r\n", ".a\r\n"})
  void holds(String text) {
    assertThat(WireForm.holds(body(text))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\n",
        "\r",
        "a\nb\r\n",
        "a\rb\r\n",
        "\r\r\n",
        "a\r\n.\r\nMAIL FROM:<>\r\n",
        ".\r\n",
        ".",
        "a\r\n.",
        "a\r\n.\n",
        "a\n.\r\n",
        "a\r\n.\rb"
      })
  void isBroken(String text) {
    assertThat(WireForm.holds(body(text))).isFalse();
  }
}
