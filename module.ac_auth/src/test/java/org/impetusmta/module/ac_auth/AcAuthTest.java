package org.impetusmta.module.ac_auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.impetusmta.api.auth.AuthAnswer;
import org.impetusmta.api.auth.AuthException;
import org.impetusmta.api.auth.AuthMechanism;
import org.impetusmta.api.auth.AuthParameters;
import org.impetusmta.api.auth.AuthQuery;
import org.impetusmta.api.auth.AuthStatus;
import org.impetusmta.api.hook.AcAuthLogAuthFailure;
import org.impetusmta.api.hook.AcAuthPerformAuth;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.testkit.net.TestLoops;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who is asked, where, and what answers come to. */
class AcAuthTest {
  private final TestLoops loops = new TestLoops(1, false);
  private final EventLoop loop = loops.loops().getFirst();
  private final List<AcAuthPerformAuth> judges = new CopyOnWriteArrayList<>();
  private final List<AcAuthLogAuthFailure> loggers = new CopyOnWriteArrayList<>();
  private final List<String> told = new CopyOnWriteArrayList<>();

  @AfterEach
  void close() {
    loops.close();
  }

  private AuthAnswer ask(Duration patience) throws AuthException {
    AcAuth module =
        new AcAuth(() -> List.copyOf(judges), () -> List.copyOf(loggers), loop, patience);
    assertThat(module.schemes()).containsExactly("ac_auth");
    assertThat(module.knowsGroups("ac_auth")).isFalse();
    return module.authenticate(
        new AuthQuery(
            AuthMechanism.PLAIN,
            AuthParameters.parse(Map.of("uri", "ac_auth://")),
            "Test User",
            "",
            Optional.empty()),
        "test2006");
  }

  private AuthAnswer ask() throws AuthException {
    return ask(Duration.ofSeconds(30));
  }

  private static CompletionStage<Optional<AuthAnswer>> now(AuthAnswer answer) {
    return CompletableFuture.completedStage(Optional.of(answer));
  }

  private void nobody() {
    judges.add((user, password, connection) -> CompletableFuture.completedStage(Optional.empty()));
  }

  @Test
  void theFirstThatAnswersCounts() throws Exception {
    nobody();
    judges.add(
        (user, password, connection) -> {
          told.add(user + "/" + password + "/" + connection + "/" + loop.inEventLoop());
          return now(AuthAnswer.PASS);
        });
    judges.add((user, password, connection) -> now(AuthAnswer.FAIL));
    assertThat(ask().status()).isEqualTo(AuthStatus.PASS);
    assertThat(told).containsExactly("Test User/test2006/Optional.empty/true");
  }

  @Test
  void anAnswerMayComeLaterOnAnyThread() throws Exception {
    judges.add(
        (user, password, connection) -> {
          CompletableFuture<Optional<AuthAnswer>> later = new CompletableFuture<>();
          Thread.ofVirtual().start(() -> later.complete(Optional.empty()));
          return later;
        });
    judges.add(
        (user, password, connection) -> {
          told.add("in loop " + loop.inEventLoop());
          return now(AuthAnswer.PASS);
        });
    assertThat(ask().status()).isEqualTo(AuthStatus.PASS);
    assertThat(told).containsExactly("in loop true");
  }

  @Test
  void failuresAreTold() throws Exception {
    Reply reply = new Reply(531, "", "Get out of town");
    judges.add(
        (user, password, connection) ->
            now(new AuthAnswer(AuthStatus.FAIL, Optional.empty(), Optional.of(reply))));
    loggers.add(
        (user, connection, response) -> {
          throw new IllegalStateException("on purpose");
        });
    loggers.add(
        (user, connection, response) ->
            told.add(user + ": " + response.map(Reply::toString).orElse("")));
    assertThat(ask().reply()).contains(reply);
    assertThat(told).containsExactly("Test User: 531 Get out of town");
  }

  @Test
  void successesAreNot() throws Exception {
    judges.add((user, password, connection) -> now(AuthAnswer.PASS));
    loggers.add((user, connection, response) -> told.add(user));
    ask();
    assertThat(told).isEmpty();
  }

  @Test
  void nobodyAnswers() {
    assertThatThrownBy(this::ask)
        .isInstanceOf(AuthException.class)
        .hasMessageContaining("no module answers");
    nobody();
    assertThatThrownBy(this::ask).isInstanceOf(AuthException.class);
  }

  @Test
  void whoeverFailsLetsNobodyIn() {
    judges.add(
        (user, password, connection) -> {
          throw new IllegalStateException("on purpose");
        });
    judges.add((user, password, connection) -> now(AuthAnswer.PASS));
    assertThatThrownBy(this::ask).isInstanceOf(AuthException.class).hasMessageContaining("failed");
    judges.set(
        0,
        (user, password, connection) ->
            CompletableFuture.failedStage(new IllegalStateException("on purpose")));
    assertThatThrownBy(this::ask).isInstanceOf(AuthException.class).hasMessageContaining("failed");
  }

  @Test
  void whoeverOwesItsAnswerLetsNobodyIn() {
    judges.add((user, password, connection) -> new CompletableFuture<>());
    assertThatThrownBy(() -> ask(Duration.ofMillis(1)))
        .isInstanceOf(AuthException.class)
        .hasMessageContaining("owes");
  }
}
