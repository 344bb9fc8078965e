package org.impetusmta.module.ac_auth;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.impetusmta.api.auth.AuthAnswer;
import org.impetusmta.api.auth.AuthException;
import org.impetusmta.api.auth.AuthMechanism;
import org.impetusmta.api.auth.AuthQuery;
import org.impetusmta.api.auth.AuthScheme;
import org.impetusmta.api.auth.AuthStatus;
import org.impetusmta.api.hook.AcAuthLogAuthFailure;
import org.impetusmta.api.hook.AcAuthPerformAuth;
import org.impetusmta.api.hook.HooksInForce;
import org.impetusmta.api.hook.RunsIn;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.reception.AcceptConstruct;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.scheduler.Scheduler;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The scheme {@code ac_auth://}: policy judges user and password by the hook {@link
 * AcAuthPerformAuth}; each implementation is asked on the session's loop until one answers. A wrong
 * password is told to {@link AcAuthLogAuthFailure}. Concurrent. Source: modules.ac_auth.
 */
@Module(
    name = "ac_auth",
    kind = Module.Kind.AUTH,
    description = "Authentication by policy",
    singleton = "true")
@Component(factory = Module.FACTORY + "ac_auth", service = AuthScheme.class)
@RunsIn("IO")
public final class AcAuth implements AuthScheme {
  private static final Logger LOG = LoggerFactory.getLogger(AcAuth.class);

  /** Less than the core waits for a source, so that it is this that says what is missing. */
  private static final Duration PATIENCE = Duration.ofSeconds(55);

  private final Supplier<List<AcAuthPerformAuth>> judges;
  private final Supplier<List<AcAuthLogAuthFailure>> told;
  private final EventLoop other;
  private final Duration patience;

  @Activate
  public AcAuth(@Reference HooksInForce hooks, @Reference Scheduler scheduler) {
    this(
        hooks.inForce(AcAuthPerformAuth.class),
        hooks.inForce(AcAuthLogAuthFailure.class),
        scheduler.loops().getFirst(),
        PATIENCE);
  }

  /**
   * @param other where those are judged who have no SMTP session
   */
  AcAuth(
      Supplier<List<AcAuthPerformAuth>> judges,
      Supplier<List<AcAuthLogAuthFailure>> told,
      EventLoop other,
      Duration patience) {
    this.judges = judges;
    this.told = told;
    this.other = other;
    this.patience = patience;
  }

  @Override
  public Set<String> schemes() {
    return Set.of("ac_auth");
  }

  @Override
  public boolean knowsGroups(String scheme) {
    return false;
  }

  @Override
  public AuthAnswer authenticate(AuthQuery query, String secret) throws AuthException {
    if (query.mechanism() == AuthMechanism.OAUTHBEARER) {
      throw new AuthException("ac_auth:// judges passwords, no tokens");
    }
    Question question = new Question(query.user(), secret, query.connection());
    question.loop.execute(question::begin);
    try {
      Optional<AuthAnswer> answer = question.answer.get(patience.toNanos(), TimeUnit.NANOSECONDS);
      return answer.orElseThrow(() -> new AuthException("no module answers ac_auth_perform_auth"));
    } catch (ExecutionException e) {
      throw new AuthException("a module failed in ac_auth_perform_auth: " + e.getCause(), e);
    } catch (TimeoutException e) {
      throw new AuthException("a module owes its answer to ac_auth_perform_auth", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AuthException("interrupted", e);
    }
  }

  /** One user and password. Single: its loop, but for the answer. */
  private final class Question {
    private final String user;
    private final String password;
    private final Optional<AcceptConstruct> connection;
    private final EventLoop loop;
    private final CompletableFuture<Optional<AuthAnswer>> answer = new CompletableFuture<>();

    Question(String user, String password, Optional<AcceptConstruct> connection) {
      this.user = user;
      this.password = password;
      this.connection = connection;
      this.loop = connection.map(AcceptConstruct::loop).orElse(other);
    }

    void begin() {
      ask(judges.get(), 0);
    }

    @SuppressWarnings("CatchingUnchecked")
    private void ask(List<AcAuthPerformAuth> hooks, int index) {
      if (answer.isDone()) {
        return;
      }
      if (index == hooks.size()) {
        answer.complete(Optional.empty());
        return;
      }
      CompletionStage<Optional<AuthAnswer>> said;
      try {
        said = hooks.get(index).acAuthPerformAuth(user, password, connection);
      } catch (Exception | LinkageError | StackOverflowError | AssertionError e) {
        answer.completeExceptionally(e);
        return;
      }
      said.whenComplete(
          (found, failure) -> {
            if (failure != null) {
              answer.completeExceptionally(failure);
            } else if (found.isEmpty()) {
              loop.execute(() -> ask(hooks, index + 1));
            } else {
              loop.execute(() -> judged(found.get()));
            }
          });
    }

    @SuppressWarnings("CatchingUnchecked")
    private void judged(AuthAnswer found) {
      if (found.status() == AuthStatus.FAIL) {
        for (AcAuthLogAuthFailure hook : told.get()) {
          try {
            hook.acAuthLogAuthFailure(user, connection, found.reply());
          } catch (Exception | LinkageError | StackOverflowError | AssertionError e) {
            LOG.error("a module failed in ac_auth_log_auth_failure", e);
          }
        }
      }
      answer.complete(Optional.of(found));
    }
  }
}
