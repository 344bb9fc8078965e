package org.impetusmta.core.reception;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.impetusmta.api.auth.AuthMechanism;
import org.impetusmta.api.auth.AuthResult;
import org.impetusmta.api.auth.AuthStatus;
import org.impetusmta.api.hook.PreEsmtpAuth;
import org.impetusmta.api.hook.ValidateAuth;
import org.impetusmta.api.hook.Verdict;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Context;
import org.impetusmta.api.reception.Reception.Outcome;
import org.impetusmta.core.hook.HookList;
import org.jspecify.annotations.Nullable;

/**
 * What AUTH does to a session: its hooks, its keys in the connection dictionary, the acctlog, and
 * that who passed may relay. Single; owned by the session's loop.
 */
final class InboundAuthentication {
  private static final String GROUPS = "auth_groups";

  private final InboundConversation session;
  private final Context context;
  private boolean authenticated;

  InboundAuthentication(InboundConversation session) {
    this.session = session;
    this.context = session.context();
  }

  /** Whether the client has authenticated. */
  boolean authenticated() {
    return authenticated;
  }

  /** What was shown in clear text counts no more behind STARTTLS (RFC 3207 section 4.2). */
  void forget(boolean trusted) {
    if (context.get("auth_name").isPresent()) {
      context.remove("auth_name");
      context.remove("auth_status");
      context.remove("auth_user");
      context.remove(GROUPS);
    }
    if (authenticated && !trusted) {
      context.remove("can_relay");
    }
    authenticated = false;
  }

  void preAuth(AuthMechanism mechanism, Consumer<Optional<AuthStatus>> then) {
    HookList<PreEsmtpAuth> hooks = session.reception.hooks.preEsmtpAuth();
    if (hooks.isEmpty()) {
      then.accept(Optional.empty());
      return;
    }
    // hooks of another kind than verdicts on the same walk; set in a pool, read back on the loop
    AtomicReference<@Nullable AuthStatus> answer = new AtomicReference<>();
    Consumer<Decision> walked =
        decision -> {
          Optional<AuthStatus> decided = Optional.ofNullable(answer.get());
          then.accept(
              decision instanceof Decision.Refused failed && decided.isEmpty()
                  ? failedHook(failed)
                  : decided);
        };
    Decision decision =
        session.phases.run(
            "pre_esmtp_auth",
            hooks,
            false,
            hook -> {
              Optional<AuthStatus> decided = hook.preEsmtpAuth(mechanism, session);
              decided.ifPresent(answer::set);
              return decided.isPresent() ? Verdict.DONE : Verdict.CONTINUE;
            },
            walked);
    if (decision != null) {
      walked.accept(decision);
    }
  }

  /** A hook that throws lets nobody in, and keeps nobody out for good. */
  private Optional<AuthStatus> failedHook(Decision.Refused failed) {
    session.answers.log(failed.module(), failed.reply(), failed.reason(), Map.of());
    return Optional.of(AuthStatus.ERROR);
  }

  void grouped(String user, Optional<List<String>> groups, Optional<String> listener) {
    String names = String.join(",", groups.orElse(List.of()));
    if (groups.isPresent()) {
      context.set(GROUPS, names);
    } else {
      context.remove(GROUPS);
    }
    listener.ifPresent(
        at ->
            account(
                LogEvent.AccountingType.AUTHORIZATION,
                at,
                user,
                groups.isPresent() ? 1 : -1,
                "AUTH",
                names));
  }

  void authenticated(
      AuthMechanism mechanism,
      AuthResult result,
      Optional<String> listener,
      Consumer<Outcome> then) {
    context.set("auth_name", mechanism.sasl());
    context.set("auth_status", result.status().text());
    if (result.user().isEmpty()) {
      context.remove("auth_user");
    } else {
      context.set("auth_user", result.user());
    }
    if (result.status() != AuthStatus.PASS) {
      context.remove(GROUPS);
    }
    HookList<ValidateAuth> hooks = session.reception.hooks.validateAuth();
    Decision decision =
        hooks.isEmpty()
            ? Decision.PASSED
            : session.phases.run(
                "validate_auth",
                hooks,
                false,
                hook -> hook.validateAuth(result.status(), session),
                later -> decided(result, listener, later, then));
    if (decision != null) {
      decided(result, listener, decision, then);
    }
  }

  private void decided(
      AuthResult result, Optional<String> listener, Decision decision, Consumer<Outcome> then) {
    Outcome outcome =
        switch (decision) {
          case Decision.Refused refused -> {
            session.answers.log(refused.module(), refused.reply(), refused.reason(), Map.of());
            if (result.status() == AuthStatus.PASS) {
              context.set("auth_status", AuthStatus.FAIL.text());
              context.remove(GROUPS);
            }
            yield new Outcome(refused.reply(), refused.disconnect());
          }
          case Decision.Passed passed -> outcome(result);
          case Decision.Discarded never -> new Outcome(PhaseRunner.FAILED, false);
        };
    listener.ifPresent(
        at ->
            account(
                LogEvent.AccountingType.AUTHENTICATION,
                at,
                result.user(),
                authenticated ? 1 : 0,
                "",
                ""));
    session.answers.tell(outcome, then);
  }

  private Outcome outcome(AuthResult result) {
    if (result.status() == AuthStatus.PASS) {
      authenticated = true;
      context.set("can_relay", "true");
    } else {
      session.answers.log("core", result.reply(), result.reason(), Map.of());
    }
    return new Outcome(result.reply(), false);
  }

  void timeout(String listener, String user) {
    account(LogEvent.AccountingType.AUTHENTICATION_TIMEOUT, listener, user, 0, "", "");
  }

  private void account(
      LogEvent.AccountingType type,
      String listener,
      String user,
      int result,
      String command,
      String role) {
    session.reception.log.append(
        new LogEvent.Accounting(
            session.nowMicros(),
            type,
            listener,
            session.remoteAddress().isPresent() ? session.remote() : "",
            user,
            result,
            command,
            role));
  }
}
