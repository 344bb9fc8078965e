package org.impetusmta.core.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.console.Console;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.Reply;
import org.impetusmta.core.console.TestConsole;
import org.impetusmta.core.message.MailMessage;
import org.impetusmta.core.queue.console.ActiveCommand;
import org.impetusmta.core.queue.console.DelayedCommand;
import org.impetusmta.core.queue.console.DomainAllCommand;
import org.impetusmta.core.queue.console.DomainCommand;
import org.impetusmta.core.queue.console.DomainsCommand;
import org.impetusmta.core.queue.console.FailDomainCommand;
import org.impetusmta.core.queue.console.FailDomainQuietCommand;
import org.impetusmta.core.queue.console.FlushDomainCommand;
import org.impetusmta.core.queue.console.MailqCommand;
import org.impetusmta.core.queue.console.MessageDetailsCommand;
import org.impetusmta.core.queue.console.MessageFailCommand;
import org.impetusmta.core.queue.console.MessageFailQuietCommand;
import org.impetusmta.core.queue.console.MessageRetryCommand;
import org.impetusmta.core.queue.console.ShowOutboundCommand;
import org.impetusmta.core.queue.console.ShowqueueCommand;
import org.impetusmta.core.queue.console.SummaryCommand;
import org.impetusmta.core.queue.console.SummaryResetCommand;
import org.impetusmta.testkit.console.Typed;
import org.impetusmta.testkit.queue.FakeDeliveryMethod.FakeConnection;
import org.impetusmta.testkit.queue.FakeDeliveryMethod.Script;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands beside the examples of the manual. */
class ConsoleTest {
  private final QueueFixture t = new QueueFixture();
  private final Map<String, ConsoleCommand> commands = new HashMap<>();

  ConsoleTest() {
    for (ConsoleCommand command :
        List.of(
            new SummaryCommand(t.console),
            new SummaryResetCommand(t.console),
            new MailqCommand(t.console),
            new ActiveCommand(t.console),
            new DelayedCommand(t.console),
            new DomainCommand(t.domains, RoutedFixture.details(t)),
            new DomainAllCommand(t.console),
            new DomainsCommand(t.console),
            new ShowqueueCommand(t.messages),
            new MessageDetailsCommand(t.messages),
            new MessageFailCommand(t.messages),
            new MessageFailQuietCommand(t.messages),
            new MessageRetryCommand(t.messages),
            new FlushDomainCommand(t.domains),
            new FailDomainCommand(t.domains, t.work),
            new FailDomainQuietCommand(t.domains, t.work),
            new ShowOutboundCommand(t.domains))) {
      commands.put(command.name(), command);
    }
  }

  /** Types a line; the longest command that it begins with is run. */
  private List<String> type(String line) throws Exception {
    ConsoleCommand command =
        commands.values().stream()
            .filter(c -> line.equals(c.name()) || line.startsWith(c.name() + " "))
            .max(java.util.Comparator.comparingInt(c -> c.name().length()))
            .orElseThrow();
    Typed typed = Typed.line(line.substring(command.name().length()));
    t.scheduler.pump(
        () -> {
          command.run(typed);
          return true;
        });
    return typed.lines();
  }

  private void laterForAll() {
    t.method.script(
        new Script() {
          @Override
          public Optional<Reply> answer(FakeConnection connection, Message message) {
            return Optional.of(new Reply(451, "4.7.1", "try later"));
          }
        });
  }

  @Test
  void summary() throws Exception {
    t.mail("a@example.com", "b@example.org");
    t.run();
    laterForAll();
    t.mail("a@example.com", "b@example.net");
    t.run();
    t.advance(Duration.ofSeconds(100));
    assertThat(type("summary"))
        .containsExactly(
            "Summary Statistics",
            "        Outbound Concurrency:       0",
            "        Inbound Concurrency:       0",
            "        Active Domains:       0",
            "        Active Queue Size:      0",
            "        Delayed Queue Size:      1",
            "        Destaged Queue Size:      0",
            "        Total Queue Size:      1",
            "        DNS A Queries:      0",
            "        DNS MX Queries:      0",
            "        Pending DNS Queries: 0",
            "        Query Rate:   0.00 queries/second",
            "        DNS Rate Limiter: disabled",
            "        Successfully Delivered Messages:      1",
            "        Failed Messages:      0",
            "        Rejected Messages:      0",
            "        Received Messages:      0",
            "        Delivery Rate:   0.01 messages/second",
            "        Reception Rate:   0.00 messages/second",
            "        Statistics Last Reset:    100 seconds",
            "        Uptime:    100 seconds");
    assertThat(type("summary reset")).containsExactly("statistics cleared.");
    assertThat(type("summary"))
        .contains(
            "        Successfully Delivered Messages:      0",
            "        Statistics Last Reset:      0 seconds",
            "        Uptime:    100 seconds");
  }

  @Test
  void sizes() throws Exception {
    laterForAll();
    t.mail("a@example.com", "b@example.org");
    t.run();
    t.set("suspend_delivery", "true");
    for (int i = 0; i < 11; i++) {
      t.mail("a@example.com", "b@yahoo.com");
    }
    t.run();
    assertThat(type("mailq"))
        .containsExactly(
            "Group/Binding                                       Domain      AQ      DQ",
            "--------------------------------------------------------------------------",
            "default/default                                example.org       0       1",
            "default/default                                  yahoo.com      11       0");
    assertThat(type("mailq -d yahoo.com")).hasSize(3);
    assertThat(type("mailq --binding other")).hasSize(2);
    assertThat(type("mailq -l 1")).hasSize(3);
    assertThat(type("active 10"))
        .containsExactly(
            "Domain:                      yahoo.com  C:  0  A:     11  D:     0  S:     0",
            "                                Total:  C:   0  A:     11  D:     1  S:      0");
    assertThat(type("delayed 0"))
        .containsExactly(
            "Domain:                    example.org  C:  0  A:      0  D:     1  S:     0",
            "                                Total:  C:   0  A:     11  D:     1  S:      0");
    assertThat(type("domain all"))
        .containsExactly(
            "Domain summary:",
            "Domain:                    example.org  C:  0  A:      0  D:     1  S:     0",
            "Domain:                      yahoo.com  C:  0  A:     11  D:     0  S:     0",
            "Totals: C:   0  A:     11  D:     1  S:     0")
        .isEqualTo(type("domains"));
    assertThat(type("showqueue yahoo.com 3,2")).hasSize(6);
    assertThat(type("showqueue binding all yahoo.com")).hasSize(22);
    assertThat(type("showqueue binding other yahoo.com")).isEmpty();
  }

  @Test
  void forPrograms() throws Exception {
    laterForAll();
    t.mail("a@example.com", "b@example.org");
    t.run();
    Console.Session console = TestConsole.of(commands.values().toArray(ConsoleCommand[]::new));
    assertThat(json(console, "summary --json"))
        .startsWith("{\"outbound_concurrency\":1,\"inbound_concurrency\":0,\"active_domains\":0,")
        .contains(
            "\"delayed_queue_size\":1,",
            "\"queries_per_second\":0.0,",
            "\"dns_rate_limiter\":false,",
            "\"uptime_seconds\":0}");
    assertThat(json(console, "mailq --json -d example.org"))
        .isEqualTo(
            "{\"queues\":[{\"binding_group\":\"default\",\"binding\":\"default\","
                + "\"domain\":\"example.org\",\"active\":0,\"delayed\":1}]}");
    assertThat(json(console, "mailq --json -d none.example")).isEqualTo("{\"queues\":[]}");
    assertThat(json(console, "domain example.org --json"))
        .startsWith("{\"domain\":\"example.org\",\"configuration\":[]")
        .contains("\"active\":0,\"delayed\":1,\"delivered\":0,\"failed\":0,\"connections\":[");
    assertThat(json(console, "domain example.org explain --json"))
        .startsWith("{\"domain\":\"example.org\",\"queues\":[{\"binding\":\"default\",")
        .contains("\"reasons\":[\"");
    assertThat(json(console, "xml mailq -d example.org"))
        .isEqualTo(
            "<Mailq><queues><binding_group>default</binding_group><binding>default</binding>"
                + "<domain>example.org</domain><active>0</active><delayed>1</delayed></queues>"
                + "</Mailq>");
    assertThat(json(console, "xml summary --json")).isEqualTo("xml or --json, not both");
    assertThat(json(console, "showqueue example.org --json")).doesNotStartWith("{");
  }

  private String json(Console.Session console, String line) throws Exception {
    return t.scheduler.pump(() -> console.execute(line)).text().strip();
  }

  @Test
  void oneMessage() throws Exception {
    laterForAll();
    MailMessage message =
        t.mail("a@example.com", "b@example.org", "Subject: x\r\n\r\n..dot\r\nend\r\n");
    t.run();
    assertThat(type("showqueue example.org"))
        .containsExactly(
            "[delayed/default] " + message.id() + " Created: 1700000000",
            "  From: <a@example.com> To: <b@example.org>");
    assertThat(type("message details " + message.id()))
        .containsExactly(
            "Message: " + message.id(),
            "Message Type: full message",
            "               Created: " + date(QueueFixture.START),
            "          Next Attempt: " + date(QueueFixture.START + 1_200_000),
            "               Retries: 1",
            "          Received Via: ESMTP 127.0.0.1 (IPv4)",
            "                Sender: a@example.com",
            "             Recipient: b@example.org",
            "                  Code: 451 4.7.1 try later",
            "                  Size: 26",
            "                 Waits: back-off: retry 1; the last attempt said: 451 4.7.1 try later"
                + " (until "
                + date(QueueFixture.START + 1_200_000)
                + ")");
    assertThat(type("message details body " + message.id()))
        .containsExactly("Subject: x", "", ".dot", "end");
    assertThat(type("message details full " + message.id())).hasSize(15);
    t.method.script(new Script() {});
    t.events();
    assertThat(type("message retry " + message.id()))
        .containsExactly("Message requeued for delivery");
    assertThat(t.events()).containsExactly("D 192.0.2.1");
    t.assertEmpty();
  }

  private static String date(long millis) {
    return DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss")
        .format(Instant.ofEpochMilli(millis).atZone(ZoneId.systemDefault()));
  }

  @Test
  void failing() throws Exception {
    laterForAll();
    MailMessage first = t.mail("a@example.com", "b@example.org");
    MailMessage second = t.mail("a@example.com", "b@example.org");
    t.run();
    t.events();
    t.method.script(new Script() {});
    assertThat(type("message fail quiet " + first.id())).containsExactly("Message failed");
    assertThat(t.events()).containsExactly("P 0 1 554 manually failed.");
    assertThat(type("message fail " + second.id())).containsExactly("Message failed");
    assertThat(t.events())
        .containsExactly("R internal", "P 0 1 554 manually failed.", "D 192.0.2.1");
    t.assertEmpty();
  }

  @Test
  void wholeDomains() throws Exception {
    laterForAll();
    for (int i = 0; i < 2500; i++) {
      t.mail("", "b@example.org");
    }
    t.mail("", "b@example.net");
    t.run();
    t.events();
    t.set("suspend_delivery", "true");
    for (int i = 0; i < 500; i++) {
      t.mail("a@example.com", "b@example.org");
    }
    t.run();
    assertThat(type("fail domain example.org"))
        .containsExactly("example.org purged, 3000 messages failed.");
    assertThat(t.events().stream().filter(e -> e.equals("P 0 1 554 Message manually purged.")))
        .hasSize(2500);
    assertThat(t.queues.totalSize()).isEqualTo(501);
    assertThat(type("fail domain quiet example.com"))
        .containsExactly("example.com purged, 500 messages failed.");
    t.method.script(new Script() {});
    t.set("suspend_delivery", "false");
    assertThat(type("flush domain all")).containsExactly("all flushed.  1 messages requeued.");
    t.assertEmpty();
  }

  @Test
  void connections() throws Exception {
    t.mail("a@example.com", "b@example.org");
    t.run();
    t.clock.advance(Duration.ofMillis(1500));
    assertThat(type("show outbound"))
        .containsExactly("1: [outbound/connection_while_idle] example.org IPv4 192.0.2.1");
    assertThat(type("domain example.org"))
        .containsExactly(
            "Domain 'example.org' has 1 MXs and a TTL of 0 seconds",
            "  [0 192.0.2.1 TTL:0]",
            " =>     [192.0.2.1]:25 IPv4 (0.00ms con 0.00ms dlv)",
            "Queue:",
            "        Active:          0",
            "        Delayed:         0",
            "Deliveries:         1",
            "Failures:           0",
            "Active Connections: 1",
            "[ 1] FD:      1  IP:        192.0.2.1  State: while idle (1500.00ms)");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "message details",
        "message details 1",
        "message details all 00/00-00001-00000000",
        "message retry 00/00-00001-00000000",
        "message fail x",
        "active",
        "active -1",
        "delayed many",
        "mailq -x",
        "mailq -l",
        "showqueue",
        "showqueue a b c",
        "domain nowhere",
        "flush domain",
        "summary now"
      })
  void whatCannotBeDoneIsSaid(String line) {
    assertThatThrownBy(() -> type(line))
        .hasRootCauseInstanceOf(org.impetusmta.api.console.ConsoleException.class)
        .rootCause()
        .message()
        .isNotBlank();
  }
}
