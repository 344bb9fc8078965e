package org.impetusmta.module.xsetcontext_inbound;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.impetusmta.api.message.Context;
import org.impetusmta.testkit.policy.NotedDialogue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class XsetcontextInboundTest {
  private final NotedDialogue dialogue = new NotedDialogue();
  private final Context context = dialogue.context();

  private int say(String argument) {
    return new XsetcontextInbound().command(argument, dialogue).orElseThrow().code();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a", "=b", "a=b c", "a=b=c", "a=+zz", "a=x+00", "a=+FF"})
  void allPairsAreSetOrNone(String argument) {
    assertThat(say("first=1")).isEqualTo(250);
    assertThat(say("second=2 " + argument)).isEqualTo(501);
    assertThat(context.size()).isEqualTo(1);
  }

  @Test
  void whatWasSetIsReplaced() {
    assertThat(say("a=1 b+2Bc=x+20y e=")).isEqualTo(250);
    assertThat(say("a=2")).isEqualTo(250);
    assertThat(context.asMap())
        .containsExactly(Map.entry("a", "2"), Map.entry("b+c", "x y"), Map.entry("e", ""));
  }

  @Test
  void aContextDoesNotGrowForEver() {
    for (int i = 0; i < XsetcontextInbound.MOST; i++) {
      assertThat(say("k" + i + "=v")).isEqualTo(250);
    }
    assertThat(say("one=more")).isEqualTo(452);
    assertThat(say("k1=other")).isEqualTo(250);
    assertThat(context.size()).isEqualTo(XsetcontextInbound.MOST);
  }
}
