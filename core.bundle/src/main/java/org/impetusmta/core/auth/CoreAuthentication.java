package org.impetusmta.core.auth;

import java.net.InetAddress;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.impetusmta.api.auth.AuthClient;
import org.impetusmta.api.auth.AuthException;
import org.impetusmta.api.auth.AuthMechanism;
import org.impetusmta.api.auth.AuthParameters;
import org.impetusmta.api.auth.AuthQuery;
import org.impetusmta.api.auth.AuthResult;
import org.impetusmta.api.auth.AuthScheme;
import org.impetusmta.api.auth.AuthStatus;
import org.impetusmta.api.auth.Authentication;
import org.impetusmta.api.auth.DigestResponse;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Configuration;
import org.impetusmta.api.config.Rate;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.api.scheduler.ThreadPool;
import org.impetusmta.core.hook.HookEntry;
import org.impetusmta.core.hook.HookList;
import org.impetusmta.core.hook.Hooks;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Authentication for all listeners. Each step of an exchange runs in the pool of the scheme that is
 * asked, IO for those that are built in, and comes back to the client's loop; a source that does
 * not answer within {@link Question#PATIENCE} counts as one that cannot. Concurrent.
 */
@Component(service = Authentication.class)
public final class CoreAuthentication implements Authentication {
  private static final Logger LOG = LoggerFactory.getLogger(CoreAuthentication.class);

  private final Configuration configuration;
  private final Scheduler scheduler;
  private final HookList<AuthScheme> inForce;
  private final PasswordFiles files = new PasswordFiles();
  private final FailedAttempts failures;
  private final SecureRandom random = new SecureRandom();
  private final byte[] pepper;

  /** Schemes of modules, those that a configuration brings which is not in force yet among them. */
  private final List<AuthScheme> there = new CopyOnWriteArrayList<>();

  @Activate
  public CoreAuthentication(
      @Reference Configuration configuration,
      @Reference Scheduler scheduler,
      @Reference Hooks hooks) {
    this.configuration = configuration;
    this.scheduler = scheduler;
    this.inForce = hooks.list(AuthScheme.class);
    this.failures = new FailedAttempts(scheduler.clock());
    this.pepper = octets(32);
  }

  private byte[] octets(int count) {
    byte[] octets = new byte[count];
    random.nextBytes(octets);
    return octets;
  }

  @Override
  public void check(AuthMechanism mechanism, AuthParameters parameters) throws ConfigException {
    if (parameters.uri().isEmpty()) {
      if (mechanism != AuthMechanism.EXTERNAL) {
        throw new ConfigException("AUTH " + mechanism.sasl() + " needs a uri");
      }
      return;
    }
    String scheme = parameters.uri().get().scheme();
    Optional<AuthScheme> found =
        files.schemes().contains(scheme)
            ? Optional.of(files)
            : there.stream().filter(one -> one.schemes().contains(scheme)).findFirst();
    if (found.isEmpty()) {
      Set<String> known = new TreeSet<>(files.schemes());
      there.forEach(one -> known.addAll(one.schemes()));
      throw new ConfigException(
          "found the uri %s, expected one of the schemes %s"
              .formatted(parameters.uri().get(), String.join(", ", known)));
    }
    if (found.get() == files && !parameters.uri().get().rest().startsWith("/")) {
      throw new ConfigException(
          "the uri %s names no file by its whole path, %s:///…"
              .formatted(parameters.uri().get(), scheme));
    }
    checkFits(mechanism, found.get(), scheme);
  }

  @Override
  public void checkGroups(AuthParameters parameters) throws ConfigException {
    if (parameters.uri().isEmpty()) {
      throw new ConfigException("AuthorizationParameters needs a uri");
    }
    String scheme = parameters.uri().get().scheme();
    Set<String> known = new TreeSet<>(Set.of("groups"));
    for (AuthScheme one : there) {
      one.schemes().stream().filter(one::knowsGroups).forEach(known::add);
    }
    if (!known.contains(scheme)) {
      throw new ConfigException(
          "AuthorizationParameters: found the uri %s, expected one of the schemes %s"
              .formatted(parameters.uri().get(), String.join(", ", known)));
    }
    if (scheme.equals("groups") && !parameters.uri().get().rest().startsWith("/")) {
      throw new ConfigException(
          "AuthorizationParameters: the uri %s names no file by its whole path, groups:///…"
              .formatted(parameters.uri().get()));
    }
  }

  @Override
  public List<String> groups(AuthParameters parameters, String user) throws AuthException {
    String scheme = parameters.uri().map(uri -> uri.scheme()).orElse("");
    return groupsFrom(scheme)
        .groups(
            new AuthQuery(
                AuthMechanism.PLAIN,
                parameters,
                user,
                parameters.realm().orElse(""),
                Optional.empty()));
  }

  @Override
  public void groups(
      AuthParameters parameters,
      String user,
      EventLoop loop,
      Consumer<Optional<List<String>>> then) {
    Question.ask(
        source(parameters).pool(),
        loop,
        () -> groupsOrNone(parameters, user),
        _ -> Optional.empty(),
        then);
  }

  @SuppressWarnings("CatchingUnchecked")
  private Optional<List<String>> groupsOrNone(AuthParameters parameters, String user) {
    try {
      return Optional.of(groups(parameters, user));
    } catch (AuthException e) {
      LOG.error("AUTH: the groups of a user: {}", e.getMessage());
    } catch (Exception | LinkageError | StackOverflowError | AssertionError e) {
      LOG.error("AUTH: the groups of a user", e);
    }
    return Optional.empty();
  }

  @Override
  public List<String> allGroups(AuthParameters parameters) throws AuthException {
    String scheme = parameters.uri().map(uri -> uri.scheme()).orElse("");
    return groupsFrom(scheme).allGroups(scheme);
  }

  private AuthScheme groupsFrom(String scheme) throws AuthException {
    if (files.schemes().contains(scheme)) {
      return files;
    }
    for (HookEntry<AuthScheme> entry : inForce.entries()) {
      if (entry.hook().schemes().contains(scheme)) {
        return entry.hook();
      }
    }
    throw new AuthException("nobody knows the scheme " + scheme);
  }

  private static void checkFits(AuthMechanism mechanism, AuthScheme found, String scheme)
      throws ConfigException {
    boolean fits =
        switch (scheme) {
          case "file" -> mechanism != AuthMechanism.OAUTHBEARER;
          case "digest" ->
              mechanism == AuthMechanism.PLAIN
                  || mechanism == AuthMechanism.LOGIN
                  || mechanism == AuthMechanism.DIGEST_MD5
                  || mechanism == AuthMechanism.EXTERNAL;
          case "scram" ->
              mechanism != AuthMechanism.OAUTHBEARER
                  && mechanism != AuthMechanism.CRAM_MD5
                  && mechanism != AuthMechanism.DIGEST_MD5;
          case "groups" -> false;
          default ->
              mechanism.tellsSecret()
                  || found.tellsPasswords(scheme)
                  || (mechanism == AuthMechanism.CRAM_MD5 && found.judgesResponses(scheme));
        };
    if (!fits) {
      throw new ConfigException(
          "AUTH %s cannot work with what %s:// keeps".formatted(mechanism.sasl(), scheme));
    }
  }

  @Override
  public boolean barred(InetAddress address) {
    return failures.barred(address, limit());
  }

  private Rate limit() {
    return configuration
        .current()
        .options(AuthLimits.class, ScopePath.GLOBAL)
        .authFailuresPerAddress();
  }

  /**
   * Who looks something up, and where.
   *
   * @param scheme empty where nobody is loaded that does
   */
  private record Source(Optional<AuthScheme> scheme, ThreadPool pool) {}

  private Source source(AuthParameters parameters) {
    String scheme = parameters.uri().map(uri -> uri.scheme()).orElse("");
    ThreadPool pool = scheduler.pool("IO");
    if (files.schemes().contains(scheme)) {
      return new Source(Optional.of(files), pool);
    }
    for (HookEntry<AuthScheme> entry : inForce.entries()) {
      if (entry.hook().schemes().contains(scheme)) {
        ThreadPool own = entry.pool();
        return new Source(Optional.of(entry.hook()), own == null ? pool : own);
      }
    }
    return new Source(Optional.empty(), pool);
  }

  @Override
  public Exchange begin(AuthMechanism mechanism, AuthParameters parameters, AuthClient client) {
    Source source = source(parameters);
    Attempt attempt = new Attempt(mechanism, parameters, client, source.scheme());
    return new Dialogue(attempt, mechanism(attempt), source.pool());
  }

  @Override
  public void digest(
      AuthParameters parameters,
      AuthClient client,
      DigestResponse said,
      Consumer<AuthResult> then) {
    Source source = source(parameters);
    Attempt attempt = new Attempt(AuthMechanism.DIGEST_MD5, parameters, client, source.scheme());
    new Dialogue(attempt, new HttpDigest(attempt, said), source.pool())
        .respond(
            null,
            step ->
                then.accept(
                    step instanceof Step.Done(AuthResult result)
                        ? result
                        : new AuthResult(
                            AuthStatus.ERROR, said.user(), Attempt.ERROR, "a second challenge")));
  }

  private Mechanism mechanism(Attempt attempt) {
    return switch (attempt.mechanism()) {
      case PLAIN -> new Plain(attempt);
      case LOGIN -> new Login(attempt);
      case CRAM_MD5 -> new CramMd5(attempt, nonce());
      case DIGEST_MD5 -> new DigestMd5(attempt, nonce());
      case SCRAM_SHA_1, SCRAM_SHA_1_PLUS, SCRAM_SHA_256, SCRAM_SHA_256_PLUS ->
          new Scram(attempt, nonce(), octets(16), pepper);
      case EXTERNAL -> new External(attempt);
      case OAUTHBEARER -> new OAuthBearer(attempt);
    };
  }

  private String nonce() {
    return HexFormat.of().formatHex(octets(18));
  }

  /** One attempt. Single: the client's loop. */
  private final class Dialogue implements Exchange {
    private final Attempt attempt;
    private final Mechanism mechanism;
    private final ThreadPool pool;

    Dialogue(Attempt attempt, Mechanism mechanism, ThreadPool pool) {
      this.attempt = attempt;
      this.mechanism = mechanism;
      this.pool = pool;
    }

    @Override
    public Optional<String> user() {
      return Optional.of(attempt.user()).filter(user -> !user.isEmpty());
    }

    @Override
    public void respond(byte @Nullable [] response, Consumer<Step> then) {
      Question.ask(
          pool,
          attempt.client().loop(),
          () -> take(response),
          attempt::error,
          step -> {
            if (step instanceof Step.Done(var result) && result.status() == AuthStatus.FAIL) {
              attempt.client().address().ifPresent(address -> failures.failed(address, limit()));
            }
            then.accept(step);
          });
    }

    @SuppressWarnings("CatchingUnchecked")
    private Step take(byte @Nullable [] response) {
      try {
        return mechanism.step(response);
      } catch (AuthException e) {
        LOG.error("AUTH {}: {}", attempt.mechanism().sasl(), e.getMessage());
        return attempt.error(String.valueOf(e.getMessage()));
      } catch (Exception | LinkageError | StackOverflowError | AssertionError e) {
        LOG.error("AUTH {} failed", attempt.mechanism().sasl(), e);
        return attempt.error("internal error");
      }
    }
  }

  @Reference(
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC,
      unbind = "went")
  void came(AuthScheme scheme) {
    there.add(scheme);
  }

  void went(AuthScheme scheme) {
    there.remove(scheme);
  }
}
