package org.impetusmta.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.hook.CheckOutboundMessThrottle;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.Reply;
import org.impetusmta.core.config.ConfigEngine;
import org.impetusmta.core.message.MailMessage;
import org.impetusmta.core.queue.console.DomainCommand;
import org.impetusmta.core.queue.console.MessageDetailsCommand;
import org.impetusmta.testkit.console.Typed;
import org.impetusmta.testkit.queue.FakeDeliveryMethod.FakeConnection;
import org.impetusmta.testkit.queue.FakeDeliveryMethod.Script;
import org.junit.jupiter.api.Test;

/** {@code domain NAME explain} and the last lines of {@code message details}. */
class ExplainTest {
  private static final Script MANUAL =
      new Script() {
        @Override
        public boolean manual() {
          return true;
        }
      };

  private ConfigEngine engine;
  private QueueFixture t;

  ExplainTest() throws ConfigException {
    engine = ShapingTest.engine("");
    t = new QueueFixture(engine);
  }

  private void configure(String text) throws ConfigException {
    engine = ShapingTest.engine(text);
    t = new QueueFixture(engine);
    engine.addParticipant(t.queues);
  }

  /** What stands behind {@code explain}, times in seconds from the start. */
  private List<String> explain(String domain) throws Exception {
    List<String> lines = new ArrayList<>();
    List<DomainConsole.QueueState> states = t.scheduler.pump(() -> t.domains.explain(domain));
    for (DomainConsole.QueueState state : states) {
      for (WaitReasons.Reason reason : state.reasons()) {
        String until =
            reason.until().isPresent()
                ? " until " + (reason.until().getAsLong() - QueueFixture.START) / 1_000.0
                : "";
        lines.add(reason.kind() + ": " + reason.text() + until);
      }
    }
    return lines;
  }

  private void mail(int count, String binding, String domain) {
    for (int i = 0; i < count; i++) {
      t.mailFor("", binding, "u" + i + "@" + domain);
    }
    t.run();
  }

  @Test
  void aThrottleNamesItsBucket() throws Exception {
    configure("binding \"b\" {\n outbound_throttle_messages = 5/60\n}");
    mail(5, "b", "c.example");
    t.advance(Duration.ofSeconds(1));
    mail(4, "b", "d.example");
    mail(4, "b", "e.example");
    assertThat(explain("d.example"))
        .containsExactly(
            "throttle: outbound_throttle_messages = 5/60 of binding \"b\": 5 of 5 used; 2 wait for"
                + " it, 0 before this one until 60.0");
    assertThat(explain("e.example").getFirst()).contains("1 before this one");
    t.advance(Duration.ofSeconds(60));
    assertThat(t.queue("d.example").deliveries() + t.queue("e.example").deliveries()).isEqualTo(5);
  }

  @Test
  void aSuspendedScopeIsNamed() throws Exception {
    configure("suspend_delivery = false\ndomain \"/exam/\" {\n suspend_delivery = true\n}");
    mail(1, "", "d.example");
    assertThat(explain("d.example"))
        .containsExactly("suspended: suspend_delivery of domain \"/exam/\" (text:4)");
  }

  @Test
  void connectionsAreCounted() throws Exception {
    configure(
        """
        connection_allocation_aggressiveness = high
        server_max_outbound_connections = 4
        domain "own.example" { max_outbound_connections = 1 }
        domain "/^(a|b).shared$/" { scope_max_outbound_connections = 1 }
        host "192.0.2.1" { max_outbound_connections = 3 }
        """);
    t.method.script(MANUAL);
    mail(3, "", "own.example");
    mail(3, "", "a.shared");
    mail(3, "", "b.shared");
    assertThat(explain("own.example"))
        .containsExactly(
            "connections: max_outbound_connections of domain \"own.example\" (text:4): 1 of 1 are"
                + " open");
    assertThat(explain("b.shared"))
        .containsExactly(
            "connections: scope_max_outbound_connections of domain \"/^(a|b).shared$/\": 1 of 1"
                + " are open");
    mail(3, "", "x.example");
    mail(3, "", "y.example");
    assertThat(explain("y.example"))
        .containsExactly(
            "connections: max_outbound_connections of host \"192.0.2.1\": [192.0.2.1] has all that"
                + " it may have");
    engine.change(transaction -> transaction.set("host 192.0.2.1 max_outbound_connections = -1"));
    t.run();
    assertThat(explain("y.example")).isNotEmpty();
    mail(3, "", "z.example");
    assertThat(explain("z.example"))
        .containsExactly("connections: server_max_outbound_connections: the server has 4 of 4");
  }

  @Test
  void failedHostsAndBackOffHaveTheirTimes() throws Exception {
    configure("host_failure_retry = 100\nretry_interval = 1200");
    t.method.script(
        new Script() {
          @Override
          public Optional<Reply> connect(FakeConnection connection) {
            return Optional.of(new Reply(451, "4.4.1", "[internal] connection refused"));
          }
        });
    mail(2, "", "d.example");
    assertThat(explain("d.example"))
        .containsExactly(
            "no hosts: 192.0.2.1 [192.0.2.1] failed 0 s ago until 100.0",
            "back-off: 1 messages failed for now; the first is tried again until 1200.0");
  }

  @Test
  void whatElseHoldsMail() throws Exception {
    configure("delivery_method = pigeon\ndomain \"held.example\" { delivery_method = esmtp }");
    mail(1, "", "d.example");
    assertThat(explain("d.example"))
        .containsExactly("method: delivery method pigeon is not loaded");
    t.hooks.add(
        CheckOutboundMessThrottle.class,
        (binding, domain, now) -> Optional.of(now.plusSeconds(30)));
    mail(1, "", "held.example");
    assertThat(explain("held.example"))
        .containsExactly("module: a module holds it back until 30.0");
  }

  @Test
  void theCommandsPrintIt() throws Exception {
    configure("outbound_throttle_messages = 1/60");
    mail(2, "", "d.example");
    t.method.script(
        new Script() {
          @Override
          public Optional<Reply> answer(FakeConnection connection, Message message) {
            return Optional.of(new Reply(451, "4.7.1", "later"));
          }
        });
    MailMessage waiting = t.mailFor("", "", "last@d.example");
    t.run();
    List<String> domain =
        t.scheduler.pump(
            () ->
                Typed.run(
                        new DomainCommand(t.domains, RoutedFixture.details(t)),
                        "d.example",
                        "explain")
                    .lines());
    assertThat(domain.getFirst())
        .isEqualTo(
            "Domain 'd.example' binding 'default' group 'default': 2 active, 0 delayed, 0 in"
                + " flight, 1 connections");
    assertThat(domain.get(1))
        .startsWith(
            "  throttle: outbound_throttle_messages = 1/60 of global: 1 of 1 used; 1 wait for it,"
                + " 0 before this one (until 20");
    List<String> details =
        t.scheduler.pump(
            () ->
                Typed.run(new MessageDetailsCommand(t.messages), waiting.id().toString()).lines());
    assertThat(details.getLast())
        .startsWith("                 Waits: throttle: outbound_throttle_messages = 1/60");
  }
}
