package org.impetusmta.module.conntrol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.hook.Verdict;
import org.impetusmta.api.message.Reply;
import org.impetusmta.testkit.ManualClock;
import org.impetusmta.testkit.policy.StandInConnection;
import org.impetusmta.testkit.queue.TestScheduler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ConntrolTest {
  private final TestScheduler scheduler = new TestScheduler(new ManualClock(1_000_000), 1);
  private final StandInConnection connection =
      new StandInConnection(scheduler.loops().getFirst(), "192.0.2.1");

  private static Conntrol module(String banner, int pause, String ratware) throws ConfigException {
    return new Conntrol(
        new Conntrol.Options(
            Optional.ofNullable(banner.isEmpty() ? null : banner),
            Duration.ofSeconds(pause),
            Optional.ofNullable(ratware.isEmpty() ? null : ratware)),
        "f:1: in conntrol: ");
  }

  private static CompletableFuture<Verdict> owed(Verdict verdict) {
    assertThat(verdict).isInstanceOf(Verdict.Suspend.class);
    return ((Verdict.Suspend) verdict).verdict().toCompletableFuture();
  }

  @Test
  void the_banner_comes_when_the_pause_is_over() throws Exception {
    Conntrol module = module("220-Welcome to Momentum!\\r\\n", 2, "");
    CompletableFuture<Verdict> verdict = owed(module.validateConnect(connection));
    scheduler.advance(Duration.ofMillis(1999));
    assertThat(verdict).isNotDone();
    scheduler.advance(Duration.ofMillis(1));
    assertThat(verdict).isCompletedWithValue(Verdict.CONTINUE);
    assertThat(connection.banner()).containsExactly("220-Welcome to Momentum!");
    assertThat(connection.context().asMap()).isEmpty();
  }

  @Test
  void who_speaks_early_is_told_so_at_once_and_leaves() throws Exception {
    Conntrol module = module("", 2, "421 my.host.name service denied\\r\\n");
    CompletableFuture<Verdict> verdict = owed(module.validateConnect(connection));
    connection.talkEarly();
    assertThat(verdict)
        .isCompletedWithValue(
            new Verdict.Refuse(new Reply(421, "", "my.host.name service denied"), true));
    assertThat(connection.context().asMap()).isEqualTo(Map.of("early_talker", "yes"));
  }

  @Test
  void without_disconnect_ratware_policy_is_told_and_the_pause_goes_on() throws Exception {
    CompletableFuture<Verdict> verdict = owed(module("", 2, "").validateConnect(connection));
    connection.talkEarly();
    assertThat(verdict).isNotDone();
    scheduler.advance(Duration.ofSeconds(2));
    assertThat(verdict).isCompletedWithValue(Verdict.CONTINUE);
    assertThat(connection.context().asMap()).isEqualTo(Map.of("early_talker", "yes"));
  }

  @Test
  void replies_of_several_lines_are_replies() throws Exception {
    Conntrol module = module("", 1, "554-5.7.1 go\r\n554 5.7.1 away\r\n");
    CompletableFuture<Verdict> verdict = owed(module.validateConnect(connection));
    connection.talkEarly();
    assertThat(verdict)
        .isCompletedWithValue(new Verdict.Refuse(new Reply(554, "5.7.1", "go\n5.7.1 away"), true));
  }

  @ParameterizedTest
  @CsvSource({
    "500,conntrol_unrecognized_commands",
    "501,conntrol_bad_commands",
    "504,conntrol_bad_commands",
    "553,conntrol_bad_commands",
    "555,conntrol_bad_commands",
    "503,",
    "421,",
    "554,"
  })
  void what_the_client_gets_wrong_is_counted(int code, String variable) throws Exception {
    Conntrol module = module("", 0, "");
    assertThat(module.validateConnect(connection)).isEqualTo(Verdict.CONTINUE);
    module.smtpCommandRefused(new Reply(code, "", "x"), connection);
    module.smtpCommandRefused(new Reply(code, "", "x"), connection);
    assertThat(connection.context().asMap())
        .isEqualTo(variable == null ? Map.of() : Map.of(variable, "2"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Welcome", "250 hi", "220 a\r\n220 b", "220-a\r\n221 b", "220 \u0007"})
  void a_banner_is_lines_of_220(String banner) {
    assertThatThrownBy(() -> module(banner, 1, ""))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("f:1: in conntrol: banner = ")
        .hasMessageContaining("expected 220");
  }

  @ParameterizedTest
  @ValueSource(strings = {"go away", "220 hi", "421-a", "421-a\r\n554 b", "42", "421x y"})
  void disconnect_ratware_is_a_reply(String reply) {
    assertThatThrownBy(() -> module("", 1, reply))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("f:1: in conntrol: disconnect_ratware = ")
        .hasMessageContaining("expected an SMTP reply");
  }
}
