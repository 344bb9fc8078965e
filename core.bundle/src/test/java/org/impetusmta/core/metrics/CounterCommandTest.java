package org.impetusmta.core.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import org.impetusmta.api.console.Console;
import org.impetusmta.core.console.TestConsole;
import org.junit.jupiter.api.Test;

/** The dialogue of console_commands.counter. */
final class CounterCommandTest {
  private final CounterTable counters =
      new CounterTable(InstantSource.fixed(Instant.parse("2010-12-02T07:20:58Z")));
  private final Console.Session console =
      TestConsole.of(new CounterCommand(counters, ZoneOffset.UTC));

  private String type(String line) {
    return console.execute(line).text();
  }

  @Test
  void theManualsExample() {
    counters.open("/vendor/sample").add(1024);
    assertThat(type("counter list"))
        .isEqualTo(
            """
            VALUE       RESET_TIME       SEMANTICS COUNTER
            1024   2010-12-02@07:20:58    relaxed  /vendor/sample
            1 counters listed.
            """);
    assertThat(type("counter list --json"))
        .isEqualTo(
            """
            {"counters":[{"name":"/vendor/sample","value":1024,"reset_time":1291274458,"semantics":"relaxed"}]}
            """);
    assertThat(type("xml counter list"))
        .startsWith("<Counter><counters><name>/vendor/sample</name><value>1024</value>");
  }

  @Test
  void changesCounters() {
    assertThat(type("counter increment /a")).isEqualTo("/a = 1\n");
    assertThat(type("counter add /a -3")).isEqualTo("/a = -2\n");
    assertThat(type("counter reset /a")).isEqualTo("/a = 0\n");
    assertThat(type("counter unlink /a")).isEqualTo("Counter /a unlinked\n");
    assertThat(type("counter list --json")).isEqualTo("{\"counters\":[]}\n");
    assertThat(type("counter help")).contains("counter unlink name");
  }

  @Test
  void refuses() {
    for (String line :
        List.of(
            "counter",
            "counter add /a",
            "counter add /a x",
            "counter reset /none",
            "counter unlink /none",
            "counter increment \"a b\"",
            "counter increment \"\"",
            "counter list x")) {
      assertThat(console.execute(line).ok()).as(line).isFalse();
    }
    assertThat(counters.all()).isEmpty();
  }

  @Test
  void isBounded() {
    for (int i = 0; i < CounterTable.MOST; i++) {
      counters.open("/" + i);
    }
    assertThatThrownBy(() -> counters.open("/more")).isInstanceOf(IllegalStateException.class);
    counters.open("/1").add(1);
    assertThat(counters.find("/1").orElseThrow().value()).isEqualTo(1);
  }
}
