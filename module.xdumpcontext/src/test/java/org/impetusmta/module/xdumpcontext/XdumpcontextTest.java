package org.impetusmta.module.xdumpcontext;

import static org.assertj.core.api.Assertions.assertThat;

import org.impetusmta.api.message.Context;
import org.impetusmta.testkit.policy.NotedDialogue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class XdumpcontextTest {
  private final NotedDialogue dialogue = new NotedDialogue();
  private final Context context = dialogue.context();

  @ParameterizedTest
  @ValueSource(
      strings = {"outbound_smtp_auth_pass", "outbound_smtp_auth_key", "Api_Token", "client_secret"})
  void secretsAreNotShown(String key) {
    context.set(key, "hush");
    assertThat(dumped()).isEqualTo("[connection] " + key + " (not shown)\nXDUMPCONTEXT complete");
  }

  @Test
  void aValueStaysInItsLine() {
    context.set("a\rb", "x\r\n250 forged\u0000" + "y".repeat(1000));
    assertThat(dumped())
        .isEqualTo(
            "[connection] a?b x??250 forged?"
                + "y".repeat(400 - 14)
                + " (cut)\nXDUMPCONTEXT complete");
  }

  private String dumped() {
    return new Xdumpcontext().command("", dialogue).orElseThrow().text();
  }
}
