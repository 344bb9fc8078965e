package org.impetusmta.listener.control;

import java.net.InetAddress;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.impetusmta.api.auth.AuthClient;
import org.impetusmta.api.auth.AuthMechanism;
import org.impetusmta.api.auth.AuthParameters;
import org.impetusmta.api.auth.AuthResult;
import org.impetusmta.api.auth.AuthStatus;
import org.impetusmta.api.auth.Authentication;
import org.impetusmta.api.auth.Authentication.Exchange;
import org.impetusmta.api.auth.Authentication.Step;
import org.impetusmta.api.console.Console;
import org.impetusmta.api.console.Operator;
import org.impetusmta.api.log.EventLog;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.scheduler.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * Who the client of one session is: the requests {@code \auth} and {@code \respond}
 * (docs/console-protocol.md) and the acctlog. Single: the session's event loop. Source:
 * control_auth, control_acct.
 */
final class ControlAuthentication {
  /** Attempts that may fail in one session. */
  static final int FAILURES = 3;

  private static final String REALM = "Momentum Console";
  private static final Console.Answer REQUIRED =
      new Console.Answer(
          false, "Authorization required for console session: connect as USER@HOST:PORT\n");
  private static final Console.Answer SYNTAX =
      new Console.Answer(false, "expected \\auth MECHANISM [BASE64] or \\respond BASE64\n");

  private final Server server;
  private final ControlAuthOptions options;
  private final Map<AuthMechanism, AuthParameters> mechanisms;
  private final Client client;
  private @Nullable Exchange exchange;
  private boolean logged;
  private boolean passed;
  private volatile String user = "";
  private int failures;

  /** What all sessions share. */
  record Server(Authentication authentication, EventLog log, Scheduler scheduler, String hostname) {
    EventLoop loop() {
      return scheduler.loops().getFirst();
    }

    /** Tells the acctlog. */
    void account(
        LogEvent.AccountingType type, String listen, String remote, String user, int result) {
      log.append(
          new LogEvent.Accounting(
              LogEvent.micros(scheduler.clock().instant()),
              type,
              listen,
              remote,
              user,
              result,
              "",
              ""));
    }
  }

  /**
   * Where the client comes from.
   *
   * @param listen as the operator wrote it
   * @param remote {@code ip:port}; empty on a Unix domain socket
   * @param systemUser the user's number, as the kernel says it; empty over TCP
   */
  record Client(
      String listen, String remote, Optional<InetAddress> address, Optional<Integer> systemUser) {}

  ControlAuthentication(Server server, ControlAuthOptions options, Client client) {
    this.server = server;
    this.options = options;
    this.mechanisms = options.mechanisms();
    this.client = client;
  }

  /** Whether the client is turned away as it comes. */
  boolean denied() {
    return options.alwaysDeny();
  }

  /** Whether nothing else is done for the client before it has shown who it is. */
  boolean required() {
    return !passed && options.required(client.address.isPresent());
  }

  /** Who types, for the console: its name is asked for where it may block. */
  Operator operator() {
    return new Operator(
        client.listen,
        client.remote,
        () -> user.isEmpty() ? client.systemUser.map(SystemUser::name).orElse("") : user,
        options.restricted(),
        options.authorization());
  }

  /** Whether it has failed often enough. */
  boolean exhausted() {
    return failures >= FAILURES;
  }

  /** The answer to any other request while it is required. */
  static Console.Answer refusal() {
    return REQUIRED;
  }

  /** Whether the request is one of those that are answered here. */
  static boolean handles(String line) {
    return isRequest(line, "\\auth") || isRequest(line, "\\respond");
  }

  private static boolean isRequest(String line, String request) {
    return line.startsWith(request)
        && (line.length() == request.length() || line.charAt(request.length()) == ' ');
  }

  /** Answers such a request, at once or later on the loop. */
  void take(String line, Consumer<Console.Answer> then) {
    String[] words = line.strip().split(" +", -1);
    if (words[0].equals("\\respond")) {
      respond(words, then);
    } else if (words.length == 1) {
      StringBuilder offered = new StringBuilder();
      if (required()) {
        mechanisms.keySet().forEach(one -> offered.append(one.sasl()).append('\n'));
      }
      then.accept(new Console.Answer(true, offered.toString()));
    } else {
      begin(words, then);
    }
  }

  private void begin(String[] words, Consumer<Console.Answer> then) {
    Optional<AuthMechanism> found = AuthMechanism.of(words[1]).filter(mechanisms::containsKey);
    if (found.isEmpty() || words.length > 3) {
      then.accept(found.isEmpty() ? refused("that mechanism is not offered") : SYNTAX);
    } else if (passed || exchange != null) {
      exchange = null;
      then.accept(refused(passed ? "already authenticated" : "cancelled"));
    } else if (client.address.filter(server.authentication::barred).isPresent()) {
      then.accept(refused("too many failed attempts, please try later"));
    } else {
      byte @Nullable [] first = words.length == 3 ? decoded(words[2]) : null;
      if (words.length == 3 && first == null) {
        then.accept(SYNTAX);
        return;
      }
      AuthParameters parameters = mechanisms.get(found.get());
      if (parameters == null) {
        throw new IllegalStateException("a mechanism without parameters");
      }
      logged = parameters.logAuthentication();
      Exchange begun =
          server.authentication.begin(
              found.get(),
              parameters,
              new AuthClient(
                  "console",
                  server.hostname,
                  REALM,
                  mechanisms.keySet(),
                  client.address,
                  Optional.empty(),
                  Optional.empty(),
                  server.loop()));
      exchange = begun;
      begun.respond(first, step -> told(step, then));
    }
  }

  private void respond(String[] words, Consumer<Console.Answer> then) {
    Exchange under = exchange;
    byte @Nullable [] response = words.length == 2 ? decoded(words[1]) : null;
    if (under == null) {
      then.accept(refused("there is no challenge"));
    } else if (response == null) {
      exchange = null;
      then.accept(words.length == 2 && words[1].equals("*") ? refused("cancelled") : SYNTAX);
    } else {
      under.respond(response, step -> told(step, then));
    }
  }

  private void told(Step step, Consumer<Console.Answer> then) {
    switch (step) {
      case Step.Challenge(byte[] octets) ->
          then.accept(
              new Console.Answer(
                  true, "challenge " + Base64.getEncoder().encodeToString(octets) + "\n"));
      case Step.Done(AuthResult result) -> {
        exchange = null;
        passed = result.status() == AuthStatus.PASS;
        user = passed ? result.user() : "";
        failures += result.status() == AuthStatus.FAIL ? 1 : 0;
        if (logged) {
          account(LogEvent.AccountingType.AUTHENTICATION, result.user(), passed ? 1 : 0);
        }
        then.accept(
            passed
                ? new Console.Answer(true, "authenticated as " + result.user() + "\n")
                : refused(
                    result.status() == AuthStatus.ERROR
                        ? "nobody can say now; the paniclog has the cause"
                        : "wrong user or password"));
      }
    }
  }

  /** The session ended because nothing came. */
  void timeout() {
    Exchange under = exchange;
    if (under != null && logged) {
      account(LogEvent.AccountingType.AUTHENTICATION_TIMEOUT, under.user().orElse(""), 0);
    }
  }

  private void account(LogEvent.AccountingType type, String user, int result) {
    server.account(type, client.listen, client.remote, user, result);
  }

  private static Console.Answer refused(String reason) {
    return new Console.Answer(false, reason + "\n");
  }

  private static byte @Nullable [] decoded(String base64) {
    try {
      return base64.equals("=") ? new byte[0] : Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }
}
