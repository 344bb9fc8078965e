package org.impetusmta.core.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.impetusmta.api.console.Console;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.Reply;
import org.impetusmta.core.console.TestConsole;
import org.impetusmta.core.queue.console.RecentFailures;
import org.impetusmta.core.queue.console.TopCommand;
import org.impetusmta.testkit.console.Typed;
import org.junit.jupiter.api.Test;

/** {@code top}: figures, rates between two looks, the last errors. */
class TopTest {
  private final QueueFixture t = new QueueFixture();
  private final RecentFailures failures = new RecentFailures();
  private final TopCommand top = new TopCommand(t.console, new BindingConsole(t.queues), failures);

  private List<String> type(String line) throws Exception {
    Typed typed = Typed.line(line);
    top.run(typed);
    return typed.lines();
  }

  private void fail(String domain, String text) {
    Message message = t.message("a@example.com", "b@" + domain, "x");
    failures.logTransientFailure(
        new LogEvent.Failure(
            QueueFixture.START * 1_000,
            false,
            message,
            domain,
            0,
            "default",
            "default",
            Stage.RCPT_TO,
            0,
            Optional.empty(),
            new Reply(451, "4.7.1", text)));
  }

  @Test
  void ratesAreOfTheTimeBetweenTwoLooks() throws Exception {
    t.mail("a@example.com", "b@busy.example");
    t.run();
    assertThat(type("")).hasSize(4).element(1).asString().endsWith("0.0 rejected (of 0.0 s)");
    t.advance(Duration.ofSeconds(1));
    assertThat(type("").get(1)).endsWith("1.0 delivered, 0.0 failed, 0.0 rejected (of 1.0 s)");
    for (int i = 0; i < 8; i++) {
      t.mail("a@example.com", "b@busy.example");
    }
    t.mail("a@example.com", "b@calm.example");
    t.run();
    t.advance(Duration.ofSeconds(4));
    List<String> lines = type("--sort delivered");
    assertThat(lines.get(1))
        .isEqualTo("a second: 0.0 received, 2.3 delivered, 0.0 failed, 0.0 rejected (of 4.0 s)");
    assertThat(lines.get(2))
        .isEqualTo("  ACTIVE  DELAYED   CONN     DLV/s    FAIL/s   DELIVERED    FAILED  NAME");
    assertThat(lines.get(3)).matches(" +0 +0 +\\d +2\\.0 +0\\.0 +9 +0  busy\\.example");
    assertThat(lines.get(4)).matches(" +0 +0 +\\d +0\\.0 +0\\.0 +1 +0  calm\\.example");
    // within the same second the figures stay
    assertThat(type("--sort delivered").get(1)).isEqualTo(lines.get(1));
    assertThat(type("bindings").get(3)).matches(" +0 +0 +\\d +2\\.3 .* 10 +0  default");
  }

  @Test
  void theMostMailComesFirst() throws Exception {
    t.set("suspend_delivery", "true");
    for (String domain : List.of("b", "c", "c", "a", "c", "b")) {
      t.mail("a@example.com", "x@" + domain + ".example");
    }
    t.run();
    assertThat(type("")).element(0).asString().contains("queued 6: 6 active, 0 delayed");
    assertThat(names("")).containsExactly("c.example", "b.example", "a.example");
    assertThat(names("-l 1")).containsExactly("c.example");
    assertThat(names("-s name")).containsExactly("a.example", "b.example", "c.example");
    assertThat(names("--binding default -l 2")).containsExactly("c.example", "b.example");
    assertThat(names("--domain b.example")).startsWith("default/default/b.example");
  }

  private List<String> names(String line) throws Exception {
    return type(line).stream().skip(3).map(row -> row.substring(row.lastIndexOf(' ') + 1)).toList();
  }

  @Test
  void theLastErrors() throws Exception {
    fail("one.example", "first");
    fail("two.example", "second\u001b[2J");
    assertThat(
            type("errors").subList(2, 5).stream()
                .map(line -> line.replaceAll("^\\d\\d:\\d\\d:\\d\\d|(?<= ) +", "")))
        .containsExactly(
            "TIME T DOMAIN BINDING REPLY",
            " T two.example default 451 4.7.1 second\\x1B[2J",
            " T one.example default 451 4.7.1 first");
    assertThat(type("errors -d one.example")).hasSize(4);
    for (int i = 0; i < 1_000; i++) {
      fail("many.example", "busy");
    }
    assertThat(type("errors -l 5000").size()).isEqualTo(3 + 256);
    assertThat(type("errors -d one.example")).hasSize(3);
  }

  @Test
  void forPrograms() throws Exception {
    t.set("suspend_delivery", "true");
    t.mail("a@example.com", "x@a.example");
    t.run();
    fail("a.example", "busy");
    Console.Session console = TestConsole.of(top);
    String json = t.scheduler.pump(() -> console.execute("top -d a.example --json")).text();
    assertThat(json)
        .contains(
            "\"total_queue_size\":1,",
            "\"domains\":[{\"name\":\"default/default/a.example\",\"active\":1,\"delayed\":0,",
            "\"errors\":[{\"time_micros\":1700000000000000,\"type\":\"T\",\"domain\":\"a.example\"");
  }

  @Test
  void whatItDoesNotKnow() {
    assertThatThrownBy(() -> type("--sort size"))
        .isInstanceOf(ConsoleException.class)
        .hasMessage("--sort is one of active, delayed, delivered, failed, name, not size");
    assertThatThrownBy(() -> type("--sort")).hasMessage("--sort needs a value");
    assertThatThrownBy(() -> type("gossip")).hasMessageStartingWith("top does not know gossip; [");
    assertThatThrownBy(() -> type("-b nowhere")).hasMessage("Binding 'nowhere' is not known");
  }
}
