package org.impetusmta.module.smtp_cbv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.dns.DnsAnswer.Status;
import org.impetusmta.api.hook.Verdict;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.policy.RecipientProbe;
import org.impetusmta.api.reception.Transaction;
import org.impetusmta.testkit.ManualClock;
import org.impetusmta.testkit.policy.StandInConnection;
import org.impetusmta.testkit.policy.StandInDns;
import org.impetusmta.testkit.queue.TestScheduler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SmtpCbvTest {
  private final ManualClock clock = new ManualClock(1_000_000);
  private final TestScheduler scheduler = new TestScheduler(clock, 1);
  private final StandInDns dns = new StandInDns();
  private final List<String> asked = new ArrayList<>();
  private final Map<String, RecipientProbe.Answer> answers = new HashMap<>();
  private CompletableFuture<Void> gate = CompletableFuture.completedFuture(null);
  private final RecipientProbe probe =
      (from, to, host, port, timeout) -> {
        asked.add(from + ">" + to + "@" + host + ":" + port);
        return gate.thenApply(
            _ ->
                answers.getOrDefault(
                    host, new RecipientProbe.Answer(false, Optional.empty(), "nobody answers")));
      };

  private SmtpCbv module(SmtpCbv.Phase phase, String mailfrom, Map<String, String> map)
      throws ConfigException {
    return new SmtpCbv(
        new SmtpCbv.Options(
            phase,
            Optional.ofNullable(mailfrom.isEmpty() ? null : mailfrom),
            map,
            25,
            Duration.ofSeconds(30)),
        "cbv1",
        dns,
        probe,
        scheduler);
  }

  private Transaction transaction(String sender) {
    return new StandInConnection(scheduler.loops().getFirst(), "192.0.2.1").transaction(sender);
  }

  private static void server(Map<String, RecipientProbe.Answer> of, String host, int code) {
    of.put(
        host, new RecipientProbe.Answer(code == 250, Optional.of(new Reply(code, "", "")), "fail"));
  }

  private String verify(SmtpCbv module, String sender) {
    Transaction transaction = transaction(sender);
    Verdict verdict = module.validateMailfrom(transaction);
    scheduler.run();
    if (verdict instanceof Verdict.Suspend later) {
      assertThat(later.verdict().toCompletableFuture()).isCompletedWithValue(Verdict.CONTINUE);
    } else {
      assertThat(verdict).isEqualTo(Verdict.CONTINUE);
    }
    return transaction.context().get("smtp_cbv_result").orElse("-");
  }

  @ParameterizedTest
  @CsvSource({
    "a@good.example,pass",
    "a@bad.example,error",
    "a@greylist.example,transient",
    "a@dead.example,transient",
    "a@half.example,pass",
    "a@implicit.example,pass",
    "a@none.example,error",
    "a@nullmx.example,error",
    "a@servfail.example,transient",
    "a@[192.0.2.80],pass",
    "a@[IPv6:2001:db8::80],pass",
    "'',-",
    "postmaster,-"
  })
  void the_senders_host_is_asked(String sender, String result) throws Exception {
    dns.mx("good.example", 10, "mx.good.example")
        .mx("bad.example", 10, "mx.bad.example")
        .mx("greylist.example", 10, "mx.grey.example")
        .mx("dead.example", 10, "mx.dead.example")
        .mx("half.example", 20, "mx.good.example")
        .mx("half.example", 10, "mx.dead.example")
        .address("implicit.example", "192.0.2.9")
        .mx("nullmx.example", 0, ".")
        .fails("servfail.example", Status.TEMPORARY);
    server(answers, "mx.good.example", 250);
    server(answers, "mx.bad.example", 550);
    server(answers, "mx.grey.example", 451);
    server(answers, "implicit.example", 250);
    server(answers, "192.0.2.80", 250);
    server(answers, "2001:db8::80", 250);
    assertThat(verify(module(SmtpCbv.Phase.MAILFROM, "", Map.of()), sender)).isEqualTo(result);
  }

  @Test
  void a_result_is_kept_and_asked_for_once() throws Exception {
    SmtpCbv module = module(SmtpCbv.Phase.MAILFROM, "", Map.of());
    dns.mx("good.example", 10, "mx.good.example");
    server(answers, "mx.good.example", 250);
    gate = new CompletableFuture<>();
    Transaction first = transaction("a@good.example");
    Transaction second = transaction("a@GOOD.example");
    module.validateMailfrom(first);
    module.validateMailfrom(second);
    scheduler.run();
    assertThat(first.context().get("smtp_cbv_result")).isEmpty();
    gate.complete(null);
    scheduler.run();
    assertThat(first.context().get("smtp_cbv_result")).contains("pass");
    assertThat(second.context().get("smtp_cbv_result")).contains("pass");
    assertThat(verify(module, "a@good.example")).isEqualTo("pass");
    assertThat(asked).containsExactly(">a@good.example@mx.good.example:25");
    clock.advance(Duration.ofHours(2));
    verify(module, "a@good.example");
    assertThat(asked).hasSize(2);
    assertThat(module.figures().entries()).isEqualTo(1);
    assertThat(module.figures().expired()).isEqualTo(1);
  }

  @Test
  void the_map_says_whose_host_is_asked_for_a_domain() throws Exception {
    dns.mx("yahoo.com", 10, "mx.yahoo.com");
    server(answers, "mx.yahoo.com", 250);
    SmtpCbv module =
        module(SmtpCbv.Phase.MAILFROM, "probe@us.example", Map.of("Yahoo.net", "yahoo.com"));
    assertThat(verify(module, "a@yahoo.net")).isEqualTo("pass");
    assertThat(asked).containsExactly("probe@us.example>a@yahoo.net@mx.yahoo.com:25");
  }

  @Test
  void callbacks_do_not_call_each_other() throws Exception {
    SmtpCbv module = module(SmtpCbv.Phase.MAILFROM, "probe@us.example", Map.of());
    assertThat(verify(module, "probe@US.example")).isEqualTo("-");
    assertThat(verify(module, "")).isEqualTo("-");
    assertThat(asked).isEmpty();
  }

  @Test
  void in_phase_rcptto_the_first_recipient_asks() throws Exception {
    dns.mx("good.example", 10, "mx.good.example");
    server(answers, "mx.good.example", 250);
    SmtpCbv module = module(SmtpCbv.Phase.RCPTTO, "", Map.of());
    Transaction transaction = transaction("a@good.example");
    assertThat(module.validateMailfrom(transaction)).isEqualTo(Verdict.CONTINUE);
    Address recipient = Address.of("r@us.example");
    assertThat(module.validateRcptto(recipient, transaction)).isInstanceOf(Verdict.Suspend.class);
    scheduler.run();
    assertThat(transaction.context().get("smtp_cbv_result")).contains("pass");
    assertThat(module.validateRcptto(recipient, transaction)).isEqualTo(Verdict.CONTINUE);
    assertThat(asked).hasSize(1);
  }

  @Test
  void a_sender_of_questions_is_an_address() {
    assertThatThrownBy(() -> module(SmtpCbv.Phase.MAILFROM, "probe", Map.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessage("smtp_cbv \"cbv1\": mailfrom = \"probe\", expected an address or \"\"");
  }
}
