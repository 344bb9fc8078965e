package org.impetusmta.module.smtp_rcptto_proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.policy.RecipientProbe.Answer;
import org.impetusmta.testkit.ManualClock;
import org.impetusmta.testkit.mx.FakeMx;
import org.impetusmta.testkit.mx.FakeMx.At;
import org.impetusmta.testkit.peers.Postfix;
import org.impetusmta.testkit.policy.StandInDns;
import org.impetusmta.testkit.queue.TestScheduler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SmtpRcpttoProxyTest {
  private static final Address FROM = Address.of("foo@foo.example");
  private static final Address TO = Address.of("bar@bar.example");

  private final StandInDns dns = new StandInDns();
  private final TestScheduler scheduler = new TestScheduler(new ManualClock(1_000_000), 1);
  private final SmtpRcpttoProxy module = new SmtpRcpttoProxy(dns, scheduler, "mta.example");

  private Answer ask(String host, int port, Address from, Address to) {
    CompletionStage<Answer> answer = module.query(from, to, host, port, Duration.ofSeconds(20));
    scheduler.run();
    return answer.toCompletableFuture().join();
  }

  @Test
  void a_recipient_that_the_server_takes_is_accepted_and_no_mail_is_sent() throws Exception {
    try (FakeMx server = FakeMx.offering().start()) {
      Answer answer = ask("127.0.0.1", server.address().getPort(), FROM, TO);
      assertThat(answer.accepted()).isTrue();
      assertThat(answer.error()).isEmpty();
      assertThat(server.commands())
          .startsWith(
              "EHLO mta.example", "MAIL FROM:<foo@foo.example>", "RCPT TO:<bar@bar.example>")
          .doesNotContain("DATA");
      assertThat(server.received()).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({"BANNER,554", "EHLO,421", "MAIL,550", "RCPT,550", "RCPT,451"})
  void what_the_server_refuses_fails_without_a_word_why(At point, int code) throws Exception {
    try (FakeMx server = FakeMx.offering().on(point, FakeMx.say(code + " secret")).start()) {
      Answer answer = ask("127.0.0.1", server.address().getPort(), FROM, TO);
      assertThat(answer.accepted()).isFalse();
      assertThat(answer.error()).isEqualTo("fail");
      assertThat(answer.reply().orElseThrow().code()).isEqualTo(code);
    }
  }

  @Test
  void addresses_of_a_host_are_tried_in_turn() throws Exception {
    try (FakeMx server = FakeMx.offering().start()) {
      // nobody listens at the first one
      dns.address("mx.example", "127.0.0.99", "127.0.0.1");
      assertThat(ask("mx.example", server.address().getPort(), Address.NULL, TO).accepted())
          .isTrue();
      assertThat(server.commands()).contains("MAIL FROM:<>");
    }
    assertThat(ask("none.example", 25, FROM, TO).error()).isEqualTo("none.example has no address");
  }

  @Test
  void a_server_that_never_speaks_fails_in_time() throws Exception {
    try (FakeMx server = FakeMx.offering().on(At.BANNER, FakeMx.stall()).start()) {
      CompletionStage<Answer> answer =
          module.query(FROM, TO, "127.0.0.1", server.address().getPort(), Duration.ofMillis(50));
      scheduler.run();
      assertThat(answer.toCompletableFuture().join().accepted()).isFalse();
      assertThat(answer.toCompletableFuture().join().reply()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"a@b>\r\nDATA", "a b@c", "a@b> SIZE=1", "a@b\u0000", "<a@b", ""})
  void nothing_of_an_address_becomes_a_command(String text) throws Exception {
    try (FakeMx server = FakeMx.offering().start()) {
      Answer answer = ask("127.0.0.1", server.address().getPort(), FROM, Address.of(text));
      assertThat(answer.accepted()).isFalse();
      assertThat(server.connections()).isZero();
    }
  }

  @Test
  void one_server_does_not_get_more_questions_than_it_may() throws Exception {
    List<CompletionStage<Answer>> answers = new ArrayList<>();
    for (int i = 0; i <= SmtpRcpttoProxy.MOST_OF_SERVER; i++) {
      answers.add(module.query(FROM, TO, "127.0.0.99", 1, Duration.ofSeconds(5)));
    }
    assertThat(answers.getLast().toCompletableFuture().join().error())
        .isEqualTo("too many questions are under way");
    scheduler.run();
    assertThat(answers.getFirst().toCompletableFuture()).isCompleted();
    CompletionStage<Answer> later = module.query(FROM, TO, "127.0.0.99", 1, Duration.ofSeconds(5));
    scheduler.run();
    assertThat(later.toCompletableFuture().join().error()).doesNotContain("too many");
  }

  @Test
  void a_real_postfix_tells_whom_it_knows() throws Exception {
    try (Postfix postfix = Postfix.launch("known@destination.example=a/", "")) {
      int port = postfix.port();
      assertThat(ask("127.0.0.1", port, Address.NULL, Address.of("known@destination.example")))
          .matches(Answer::accepted);
      Answer unknown =
          ask("127.0.0.1", port, Address.NULL, Address.of("nobody@destination.example"));
      assertThat(unknown.accepted()).isFalse();
      assertThat(unknown.reply().orElseThrow().code()).isEqualTo(550);
      assertThat(
              ask("127.0.0.1", port, FROM, Address.of("x@elsewhere.example"))
                  .reply()
                  .orElseThrow()
                  .code())
          .isEqualTo(554);
    }
  }
}
