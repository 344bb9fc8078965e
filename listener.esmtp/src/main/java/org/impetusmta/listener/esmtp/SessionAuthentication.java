package org.impetusmta.listener.esmtp;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.impetusmta.api.auth.AuthClient;
import org.impetusmta.api.auth.AuthMechanism;
import org.impetusmta.api.auth.AuthParameters;
import org.impetusmta.api.auth.AuthResult;
import org.impetusmta.api.auth.AuthStatus;
import org.impetusmta.api.auth.Authentication;
import org.impetusmta.api.auth.Authentication.Exchange;
import org.impetusmta.api.auth.Authentication.Step;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.reception.Reception.Outcome;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.tls.InboundTls;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * AUTH of one session (RFC 4954): the command, the lines that answer challenges, and who may send
 * mail without. What is decoded goes to {@link Authentication}; nothing of it is logged. Single;
 * owned by the session's event loop.
 */
final class SessionAuthentication {
  private static final Logger LOG = LoggerFactory.getLogger(SessionAuthentication.class);

  /** Attempts that may fail on one connection. */
  static final int FAILURES = 3;

  private static final Reply SYNTAX = new Reply(501, "5.5.4", "AUTH needs a mechanism");
  private static final Reply NOT_OFFERED = new Reply(503, "5.5.1", "AUTH is not available");
  private static final Reply EHLO_FIRST = new Reply(503, "5.5.1", "EHLO needed");
  private static final Reply TWICE = new Reply(503, "5.5.1", "already authenticated");
  private static final Reply IN_MAIL =
      new Reply(503, "5.5.1", "AUTH is not permitted during a mail transaction");
  private static final Reply UNKNOWN =
      new Reply(504, "5.5.4", "unrecognized authentication mechanism");
  private static final Reply TLS_NEEDED =
      new Reply(538, "5.7.11", "Encryption required for requested authentication mechanism");
  private static final Reply NO_BASE64 = new Reply(501, "5.5.2", "cannot decode the response");
  private static final Reply CANCELLED = new Reply(501, "5.7.0", "Authentication cancelled");
  private static final Reply BARRED =
      new Reply(454, "4.7.0", "too many failed attempts, please try later");
  private static final Reply FAILURE = new Reply(454, "4.7.0", "Temporary authentication failure");
  private static final Reply ENOUGH =
      new Reply(421, "4.7.0", "too many failed authentication attempts");
  static final Reply REQUIRED = new Reply(530, "5.7.0", "Authentication required");
  static final Reply DENIED = new Reply(554, "5.7.1", "access denied");

  private final EsmtpSession session;
  private final AuthenticationOptions options;
  private final Set<AuthMechanism> mechanisms;
  private final EventLoop loop;
  private @Nullable Exchange exchange;
  private AuthMechanism mechanism = AuthMechanism.PLAIN;
  private boolean passed;
  private int failures;

  SessionAuthentication(EsmtpSession session, AuthenticationOptions options, EventLoop loop) {
    this.session = session;
    this.options = options;
    this.loop = loop;
    this.mechanisms = offered(session.options(), options);
    if (options.alwaysAllow() && !options.alwaysDeny()) {
      session.inbound().context().set("auth_user", "anonymous");
    }
  }

  private static Set<AuthMechanism> offered(EsmtpOptions esmtp, AuthenticationOptions options) {
    try {
      return AuthOffer.of(esmtp.smtpExtensions(), options);
    } catch (ConfigException late) {
      // the listener looks at every scope before a generation comes into force
      LOG.error("AUTH is not offered: {}", late.getMessage());
      return Set.of();
    }
  }

  /** Whether the client is turned away as it comes. */
  boolean denied() {
    return options.alwaysDeny();
  }

  /** Whether the client has to authenticate before MAIL. */
  boolean required() {
    return options.enableAuthentication().orElse(false)
        && !passed
        && !options.alwaysAllow()
        && session.inbound().context().get("can_relay").filter("true"::equals).isEmpty();
  }

  /** Those that are offered on the connection as it is now. */
  private Set<AuthMechanism> offered() {
    Set<AuthMechanism> now = EnumSet.noneOf(AuthMechanism.class);
    for (AuthMechanism one : mechanisms) {
      if (possible(one)) {
        now.add(one);
      }
    }
    return now;
  }

  /** Whether the connection as it is now has what the mechanism needs under it. */
  private boolean possible(AuthMechanism one) {
    Optional<InboundTls> tls = session.tls();
    return one.bindsChannel()
        ? tls.flatMap(InboundTls::serverEndPoint).isPresent()
        : !one.needsTls() || tls.filter(InboundTls::verified).isPresent();
  }

  /** What was said in clear text is forgotten (RFC 3207 section 4.2). */
  void forget() {
    exchange = null;
    passed = false;
  }

  /** The line of EHLO's reply. */
  Optional<String> offer() {
    Set<AuthMechanism> now = offered();
    return now.isEmpty() || passed
        ? Optional.empty()
        : Optional.of(
            "AUTH " + now.stream().map(AuthMechanism::sasl).collect(Collectors.joining(" ")));
  }

  /** Whether AUTH can be said here at all; its command lines may be long then. */
  boolean available() {
    return !mechanisms.isEmpty();
  }

  /** Whether the next line answers a challenge. */
  boolean awaitsResponse() {
    return exchange != null;
  }

  // the command

  void auth(byte[] line, int length) {
    if (mechanisms.isEmpty()) {
      session.bad(NOT_OFFERED);
    } else if (!session.greeting().extended()) {
      session.bad(EHLO_FIRST);
    } else if (passed) {
      session.bad(TWICE);
    } else if (session.mail().isOpen()) {
      session.bad(IN_MAIL);
    } else {
      named(line, length);
    }
  }

  private void named(byte[] line, int length) {
    int from = Math.min(length, 5);
    int end = from;
    while (end < length && line[end] != ' ') {
      end++;
    }
    Optional<AuthMechanism> found =
        end == from ? Optional.empty() : AuthMechanism.of(CommandLine.text(line, from, end));
    if (end == from) {
      session.bad(SYNTAX);
    } else if (found.isEmpty() || !mechanisms.contains(found.get())) {
      session.bad(UNKNOWN);
    } else if (!possible(found.get())) {
      session.bad(TLS_NEEDED);
    } else if (session
        .inbound()
        .remoteAddress()
        .filter(session.listener().authentication()::barred)
        .isPresent()) {
      session.refuse(BARRED, "auth_failures_per_address reached");
    } else {
      begin(found.get(), line, end, length);
    }
  }

  private void begin(AuthMechanism chosen, byte[] line, int at, int length) {
    byte @Nullable [] first = null;
    if (at < length) {
      Optional<byte[]> decoded =
          length - at == 2 && line[at + 1] == '='
              ? Optional.of(new byte[0])
              : decode(line, at + 1, length);
      boolean ours = chosen == AuthMechanism.CRAM_MD5 || chosen == AuthMechanism.DIGEST_MD5;
      if (decoded.isEmpty() || (decoded.get().length == 0 && length - at != 2) || ours) {
        session.bad(NO_BASE64);
        return;
      }
      first = decoded.get();
      Arrays.fill(line, 0, length, (byte) 0); // the line is the loop's, not the session's
    }
    byte @Nullable [] response = first;
    mechanism = chosen;
    session.connection().park();
    session
        .inbound()
        .preAuth(
            chosen,
            decided -> {
              if (decided.isPresent()) {
                done(before(decided.get()));
              } else {
                Exchange begun = begin(chosen);
                exchange = begun;
                begun.respond(response, this::told);
              }
            });
  }

  private Exchange begin(AuthMechanism chosen) {
    AuthParameters parameters = options.parameters(chosen).orElseThrow();
    String hostname = session.hostname();
    return session
        .listener()
        .authentication()
        .begin(
            chosen,
            parameters,
            new AuthClient(
                "smtp",
                hostname,
                hostname,
                offered(),
                session.inbound().remoteAddress(),
                Optional.of(session.inbound()),
                session.tls(),
                loop));
  }

  /** What a hook decided without credentials. */
  private static AuthResult before(AuthStatus status) {
    Reply reply =
        switch (status) {
          case PASS -> new Reply(235, "2.7.0", "Authentication successful");
          case FAIL -> new Reply(535, "5.7.8", "Authentication credentials invalid");
          case ERROR -> FAILURE;
        };
    return new AuthResult(status, "", reply, "decided before its credentials were looked at");
  }

  // the dialogue

  /** A line that answers a challenge. */
  void response(byte[] line, int length) {
    Exchange under = exchange;
    if (under == null) {
      throw new IllegalStateException("no exchange");
    }
    if (length == 1 && line[0] == '*') {
      exchange = null;
      session.refuse(CANCELLED, CANCELLED.text());
      return;
    }
    Optional<byte[]> decoded = decode(line, 0, length);
    Arrays.fill(line, 0, length, (byte) 0);
    if (decoded.isEmpty()) {
      cancel();
      session.bad(NO_BASE64);
      return;
    }
    session.connection().park();
    under.respond(decoded.get(), this::told);
  }

  /** The line was none. */
  void cancel() {
    exchange = null;
  }

  /** The client did not answer in time. */
  void timeout() {
    Exchange under = exchange;
    exchange = null;
    if (under != null && logged()) {
      session.inbound().authTimeout(session.listenName(), under.user().orElse(""));
    }
  }

  private boolean logged() {
    return options.parameters(mechanism).map(AuthParameters::logAuthentication).orElse(false);
  }

  private void told(Step step) {
    switch (step) {
      case Step.Challenge(byte[] octets) -> {
        session.connection().replyLine("334 " + Base64.getEncoder().encodeToString(octets));
        session.connection().resume();
      }
      case Step.Done(AuthResult result) -> done(result);
    }
  }

  private void done(AuthResult result) {
    exchange = null;
    boolean known = result.status() == AuthStatus.PASS && !result.user().isEmpty();
    Optional<AuthParameters> groups = options.authorization().filter(_ -> known);
    if (groups.isEmpty()) {
      known(result);
      return;
    }
    Optional<String> accounted =
        groups.get().logAuthentication() ? Optional.of(session.listenName()) : Optional.empty();
    session
        .listener()
        .authentication()
        .groups(
            groups.get(),
            result.user(),
            loop,
            answer -> {
              Optional<List<String>> found = answer.filter(SessionAuthentication::listable);
              session.inbound().grouped(result.user(), found, accounted);
              known(found.isPresent() ? result : withoutGroups(result));
            });
  }

  /** Whether names can stand in a list with commas between them. */
  private static boolean listable(List<String> groups) {
    boolean listable =
        groups.stream()
            .flatMapToInt(String::chars)
            .noneMatch(c -> c == ',' || Character.isISOControl(c));
    if (!listable) {
      LOG.error("AUTH: a group of a user has a comma or a control character in its name");
    }
    return listable;
  }

  /** Policy would judge by what it does not know. */
  private static AuthResult withoutGroups(AuthResult passed) {
    return new AuthResult(
        AuthStatus.ERROR, passed.user(), FAILURE, "its groups cannot be looked up");
  }

  /** All is known that hooks may want to know. */
  private void known(AuthResult result) {
    session
        .inbound()
        .authenticated(
            mechanism,
            result,
            logged() ? Optional.of(session.listenName()) : Optional.empty(),
            outcome -> answer(result, outcome));
  }

  private void answer(AuthResult result, Outcome outcome) {
    passed = result.status() == AuthStatus.PASS && outcome.reply().isPositive();
    boolean failed = !passed && result.status() != AuthStatus.ERROR;
    if (failed && ++failures >= FAILURES && !outcome.disconnect()) {
      session.connection().reply(outcome.reply());
      session.end(ENOUGH, ENOUGH.text());
    } else {
      session.answer(outcome);
    }
  }

  private static Optional<byte[]> decode(byte[] line, int from, int to) {
    try {
      String text = new String(line, from, to - from, StandardCharsets.ISO_8859_1);
      return Optional.of(Base64.getDecoder().decode(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
