package org.impetusmta.core.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.hook.ValidateSetBinding;
import org.impetusmta.api.hook.Verdict;
import org.impetusmta.core.message.MailMessage;
import org.impetusmta.core.queue.console.BindingActiveCommand;
import org.impetusmta.core.queue.console.BindingDelayedCommand;
import org.impetusmta.core.queue.console.BindingFailDomainCommand;
import org.impetusmta.core.queue.console.BindingFailDomainQuietCommand;
import org.impetusmta.core.queue.console.BindingFlushDomainCommand;
import org.impetusmta.core.queue.console.BindingSummaryCommand;
import org.impetusmta.core.queue.console.DelayCommand;
import org.impetusmta.core.queue.console.FailAllCommand;
import org.impetusmta.core.queue.console.FailAllQuietCommand;
import org.impetusmta.core.queue.console.FailDomainCommand;
import org.impetusmta.core.queue.console.FailDomainQuietCommand;
import org.impetusmta.core.queue.console.RebindCommand;
import org.impetusmta.core.queue.console.RerouteQueueCommand;
import org.impetusmta.testkit.console.Typed;
import org.junit.jupiter.api.Test;

/** What an operator does to much mail at once, beside the examples of the manual. */
class QueueWorkTest {
  private final QueueFixture t = new QueueFixture();
  private final BindingConsole bindings = new BindingConsole(t.queues);

  private List<String> type(ConsoleCommand command, String words) throws Exception {
    Typed typed = Typed.line(words);
    Optional<ConsoleException> refused =
        t.scheduler.pump(
            () -> {
              try {
                command.run(typed);
                return Optional.empty();
              } catch (ConsoleException e) {
                return Optional.of(e);
              }
            });
    t.run();
    if (refused.isPresent()) {
      throw refused.get();
    }
    return typed.lines();
  }

  private void hold() {
    t.set("suspend_delivery", "true");
  }

  private MailMessage mail(String to, String campaign) {
    MailMessage message =
        t.message(
            "a@example.com",
            to,
            "X-Pick: " + campaign + "\r\nX-Folded: one\r\n two\r\n\r\nX-Pick: no\r\n");
    message.context().set("campaign", campaign);
    t.store(message);
    return message;
  }

  private void someMail() {
    hold();
    for (int i = 0; i < 6; i++) {
      mail("b@example.org", i < 2 ? "summer" : "winter");
      mail("b@example.net", i < 3 ? "summer" : "winter");
    }
    t.run();
  }

  @Test
  void failByFilter() throws Exception {
    someMail();
    FailDomainQuietCommand quiet = new FailDomainQuietCommand(t.domains, t.work);
    assertThat(type(quiet, "--meta campaign summer example.org"))
        .containsExactly("example.org purged. 2 messages failed.");
    assertThat(type(new FailAllQuietCommand(t.work), "--header x-pick summer 550 no longer wanted"))
        .containsExactly("All domains purged. 3 messages failed.");
    assertThat(t.events())
        .filteredOn(event -> event.contains("no longer wanted"))
        .hasSize(3)
        .allMatch(event -> event.equals("P 0 0 550 no longer wanted"));
    assertThat(t.queues.totalSize()).isEqualTo(7);
    assertThatThrownBy(() -> type(new FailAllCommand(t.work), "554 all of it"))
        .isInstanceOf(ConsoleException.class);
    assertThatThrownBy(() -> type(quiet, "--meta a b --header c d example.org"))
        .isInstanceOf(ConsoleException.class)
        .hasMessageContaining("one filter only");
    // a folded line counts for itself
    assertThat(type(new FailAllCommand(t.work), "--header X-Folded two"))
        .containsExactly("All domains purged. 7 messages failed.");
    assertThat(t.queues.queues()).anyMatch(queue -> queue.domain().equals("example.com"));
  }

  @Test
  void aDryRunOnlyLists() throws Exception {
    someMail();
    List<String> lines =
        type(
            new FailDomainCommand(t.domains, t.work),
            "--meta campaign summer example.net --dry-run");
    assertThat(lines).hasSize(4);
    assertThat(lines.getFirst())
        .endsWith("domain=example.net from=<a@example.com> to=<b@example.net>");
    assertThat(lines.getLast()).isEqualTo("[dry-run] example.net: 3 messages would be failed.");
    for (int i = 0; i < 30; i++) {
      mail("b@example.info", "autumn");
    }
    t.run();
    assertThat(type(new RerouteQueueCommand(t.work), "--dry-run all example.biz"))
        .hasSize(26)
        .endsWith(
            "[dry-run] all -> example.biz: 42 messages would be moved. (Showing first 25; 17 more"
                + " not listed.)");
    assertThat(t.queues.totalSize()).isEqualTo(42);
  }

  @Test
  void rerouteInXml() throws Exception {
    someMail();
    assertThat(typeXml("--dry-run --meta campaign summer all new.example"))
        .containsExactly(
            "<RerouteQueue><From>all</From><To>new.example</To><DryRun>1</DryRun>"
                + "<MessagesMatched>5</MessagesMatched></RerouteQueue>");
    assertThat(typeXml("a<&b> new.example"))
        .containsExactly(
            "<RerouteQueue><From>a&lt;&amp;b&gt;</From><To>new.example</To>"
                + "<MessagesRerouted>0</MessagesRerouted></RerouteQueue>");
    assertThat(typeXml("example.org new.example"))
        .containsExactly(
            "<RerouteQueue><From>example.org</From><To>new.example</To>"
                + "<MessagesRerouted>6</MessagesRerouted></RerouteQueue>");
  }

  private List<String> typeXml(String words) throws Exception {
    RerouteQueueCommand command = new RerouteQueueCommand(t.work);
    assertThat(command.hasXml()).isTrue();
    Typed typed = Typed.line(words).behindXml();
    t.scheduler.pump(
        () -> {
          command.run(typed);
          return true;
        });
    t.run();
    return typed.lines();
  }

  @Test
  void rerouteSurvivesARestart() throws Exception {
    someMail();
    assertThat(
            type(new RerouteQueueCommand(t.work), "--meta campaign summer example.org new.example"))
        .containsExactly("Moved 2 messages from 'example.org' to 'new.example'");
    assertThat(t.queue("new.example").activeSize()).isEqualTo(2);
    assertThat(t.queue("example.org").activeSize()).isEqualTo(4);
    QueueFixture later = new QueueFixture(t.spool, false);
    later.queues.spoolIn();
    later.run();
    assertThat(later.queue("new.example").activeSize()).isEqualTo(2);
    assertThat(later.queue("example.org").activeSize()).isEqualTo(4);
    t.set("suspend_delivery", "false");
    t.assertEmpty();
  }

  @Test
  void rebindAsksPolicyOnceMoreAndSurvivesARestart() throws Exception {
    t.configuration.binding("g", "one").binding("", "two");
    someMail();
    t.hooks.add(
        ValidateSetBinding.class,
        message -> {
          boolean summer = message.context().get("campaign").orElse("").equals("summer");
          assertThat(message.body().length()).isPositive();
          message.setBinding("default", summer ? "one" : "default");
          return Verdict.CONTINUE;
        });
    // some of it without its body and dictionaries
    t.queue("example.org").trim();
    t.set("max_resident_active_queue", "1");
    assertThat(type(new RebindCommand(bindings, t.work), "all example.org"))
        .containsExactly("Rebound 6 messages.");
    assertThat(type(new RebindCommand(bindings, t.work), "default"))
        .containsExactly("Rebound 10 messages.");
    assertThat(bindings.domains("one").stream().mapToLong(d -> d.active()).sum()).isEqualTo(5);
    QueueFixture later = new QueueFixture(t.spool, false);
    later.configuration.binding("g", "one");
    later.queues.spoolIn();
    later.run();
    assertThat(
            later.queues.queues().stream()
                .filter(queue -> queue.binding().equals("one") && queue.bindingGroup().equals("g"))
                .mapToInt(MailQueue::activeSize)
                .sum())
        .isEqualTo(5);
    t.set("suspend_delivery", "false");
    t.assertEmpty();
  }

  @Test
  void delayedMailIsDueWhenTheOperatorSays() throws Exception {
    someMail();
    DelayCommand delay = new DelayCommand(bindings, t.work);
    assertThat(type(delay, "300 --domain example.org --header X-Pick summer"))
        .containsExactly("Delayed 2 messages.");
    assertThat(type(delay, "300 --domain example.com"))
        .containsExactly("No messages for example.com found.");
    assertThatThrownBy(() -> type(delay, "300")).isInstanceOf(ConsoleException.class);
    assertThatThrownBy(() -> type(delay, "0 --domain a")).isInstanceOf(ConsoleException.class);
    assertThatThrownBy(() -> type(delay, "9 --binding unknown"))
        .isInstanceOf(ConsoleException.class);
    t.set("suspend_delivery", "false");
    assertThat(t.queues.totalSize()).isEqualTo(2);
    assertThat(t.queue("example.org").delayedSize()).isEqualTo(2);
    t.advance(Duration.ofSeconds(299));
    assertThat(t.queues.totalSize()).isEqualTo(2);
    t.advance(Duration.ofSeconds(30));
    t.assertEmpty();
  }

  @Test
  void bindingCommands() throws Exception {
    t.configuration.binding("g", "one").binding("g", "two");
    t.mail("a@example.com", "b@example.org");
    t.run();
    someMail();
    assertThat(type(new BindingActiveCommand(bindings), "default 5"))
        .containsExactly(
            "Domain:                    example.net  C:  0  A:      6  D:     0  S:     0",
            "Domain:                    example.org  C:  0  A:      6  D:     0  S:     1",
            "                                Total:  C:   0  A:     12  D:     0  S:      1");
    assertThat(type(new BindingDelayedCommand(bindings), "one 0")).hasSize(1);
    assertThatThrownBy(() -> type(new BindingDelayedCommand(bindings), "x 0"))
        .hasMessage("Binding 'x' is not known");
    BindingSummaryCommand summary = new BindingSummaryCommand(bindings, t.console);
    assertThat(type(summary, ""))
        .filteredOn(line -> line.startsWith("Summary"))
        .containsExactly(
            "Summary Statistics For Binding default",
            "Summary Statistics For Binding one",
            "Summary Statistics For Binding two");
    assertThat(type(summary, "0"))
        .contains(
            "        Active Queue Size:     12",
            "        Successfully Delivered Messages:      1",
            "        Received Messages:     13");
    assertThat(type(summary, "group:g"))
        .contains(
            "Summary Statistics For Binding one in Binding Group g",
            "********************************************",
            "Summary Statistics For Binding Group g",
            "        Incore Messages:      0");
    assertThat(type(new BindingFlushDomainCommand(bindings, t.domains), "default example.org"))
        .containsExactly("example.org flushed.  0 messages requeued.");
    assertThat(type(new BindingFailDomainCommand(bindings, t.work), "one all"))
        .containsExactly("All domains purged.  0 messages failed.");
    assertThat(
            type(
                new BindingFailDomainQuietCommand(bindings, t.work),
                "default example.org 554 Administratively failed by Bob"))
        .containsExactly("example.org purged, 6 messages failed.");
    assertThat(t.events()).contains("P 0 0 554 Administratively failed by Bob");
  }
}
