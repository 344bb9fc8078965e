package org.impetusmta.module.xremoteip_inbound;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.impetusmta.testkit.policy.NotedDialogue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class XremoteipInboundTest {
  private final NotedDialogue dialogue = new NotedDialogue();
  private final List<String> told = dialogue.told();

  @ParameterizedTest
  @CsvSource({
    "192.0.2.7, client /192.0.2.7:4711",
    "2001:db8::1, client /[2001:db8:0:0:0:0:0:1]:4711",
    "[2001:db8::1], client /[2001:db8:0:0:0:0:0:1]:4711",
    "[IPv6:2001:db8::1], client /[2001:db8:0:0:0:0:0:1]:4711",
    "'', ",
    "localhost, ",
    "1, ",
    "192.0.2.256, ",
    "fe80::1%lo, ",
    "192.0.2.7 x, "
  })
  void onlyAnAddressIsTaken(String argument, @Nullable String expected) {
    var reply = new XremoteipInbound().command(argument, dialogue);
    assertThat(reply.orElseThrow().code()).isEqualTo(expected == null ? 501 : 250);
    assertThat(told).isEqualTo(expected == null ? List.of() : List.of(expected));
  }

  @Test
  void aUnixSocketHasNoPort() {
    dialogue.remote("unix");
    assertThat(new XremoteipInbound().command("192.0.2.7", dialogue)).isPresent();
    assertThat(told).containsExactly("client /192.0.2.7:0");
  }
}
