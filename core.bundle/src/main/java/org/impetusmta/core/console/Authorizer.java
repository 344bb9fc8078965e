package org.impetusmta.core.console;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.impetusmta.api.auth.AuthException;
import org.impetusmta.api.auth.AuthParameters;
import org.impetusmta.api.auth.Authentication;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Configuration;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.console.Operator;
import org.impetusmta.api.log.EventLog;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.core.config.ConfigParticipant;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who may run what: the name of a restricted operator and the groups it is in are roles; a command
 * runs where a role of the stanza {@code Authorization} allows it, and not otherwise. Every
 * decision goes to the acctlog. Blocks; concurrent. Source: control_authz, conf.ref.authorization.
 */
@Component(service = {Authorizer.class, ConfigParticipant.class})
public final class Authorizer implements ConfigParticipant {
  private static final Logger LOG = LoggerFactory.getLogger(Authorizer.class);

  private final Authentication authentication;
  private final EventLog log;
  private final Scheduler scheduler;
  private volatile Roles roles;

  /** What is said of one command. */
  enum Verdict {
    ALLOWED(1),
    REFUSED(0),
    /** It could not be found out: refused. */
    UNKNOWN(-1);

    private final int result;

    Verdict(int result) {
      this.result = result;
    }
  }

  /**
   * @throws ConfigException when a pattern is none
   */
  @Activate
  public Authorizer(
      @Reference Configuration configuration,
      @Reference Authentication authentication,
      @Reference EventLog log,
      @Reference Scheduler scheduler)
      throws ConfigException {
    this.authentication = authentication;
    this.log = log;
    this.scheduler = scheduler;
    this.roles = Roles.of(configuration.current());
  }

  /**
   * Whether the operator may run a command.
   *
   * @param command its words, single blanks between them, without {@code xml} and {@code --json}
   */
  Verdict check(Operator operator, String command) {
    if (!operator.restricted()) {
      return Verdict.ALLOWED;
    }
    String user = "";
    Verdict verdict = Verdict.UNKNOWN;
    String role = "";
    try {
      user = operator.name().get();
      Optional<String> allowing = roles.allowing(names(operator, user), command);
      verdict = allowing.isPresent() ? Verdict.ALLOWED : Verdict.REFUSED;
      role = allowing.orElse("");
    } catch (AuthException e) {
      LOG.error("console: the roles of an operator cannot be looked up: {}", e.getMessage());
    } catch (StackOverflowError e) {
      LOG.error("console: a pattern of Authorization needs more stack than there is: refused");
    } catch (RuntimeException | LinkageError e) {
      LOG.error("console: whether a command is allowed cannot be found out", e);
    }
    log.append(
        new LogEvent.Accounting(
            LogEvent.micros(scheduler.clock().instant()),
            LogEvent.AccountingType.AUTHORIZATION,
            operator.listener(),
            operator.remote(),
            user,
            verdict.result,
            command,
            role));
    return verdict;
  }

  private List<String> names(Operator operator, String user) throws AuthException {
    if (user.isEmpty()) {
      return List.of();
    }
    List<String> names = new ArrayList<>(List.of(user));
    names.addAll(rolesOf(operator, user));
    return names;
  }

  /**
   * The groups of a user.
   *
   * @throws AuthException when they cannot be looked up now
   */
  List<String> rolesOf(Operator operator, String user) throws AuthException {
    Optional<AuthParameters> source = operator.roles();
    return source.isEmpty() || user.isEmpty()
        ? List.of()
        : authentication.groups(source.get(), user);
  }

  /**
   * The roles of the configuration in force, then what groups the operator's source has beside
   * them.
   *
   * @throws AuthException when the source does not answer
   */
  List<String> names(Operator operator) throws AuthException {
    Set<String> names = new LinkedHashSet<>(roles.names());
    Optional<AuthParameters> source = operator.roles();
    if (source.isPresent()) {
      names.addAll(authentication.allGroups(source.get()));
    }
    return List.copyOf(names);
  }

  /**
   * What can be said against a generation without a running server.
   *
   * @throws ConfigException when a pattern is none
   */
  public static void check(Generation next) throws ConfigException {
    Roles.of(next);
  }

  @Override
  public void prepare(Generation next) throws ConfigException {
    check(next);
  }

  @Override
  public void commit(Generation now) {
    try {
      roles = Roles.of(now);
    } catch (ConfigException e) {
      throw new IllegalStateException("prepared, but not in force", e);
    }
  }
}
