package org.impetusmta.core.auth;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.impetusmta.api.auth.AuthAnswer;
import org.impetusmta.api.auth.AuthClient;
import org.impetusmta.api.auth.AuthException;
import org.impetusmta.api.auth.AuthMechanism;
import org.impetusmta.api.auth.AuthParameters;
import org.impetusmta.api.auth.AuthQuery;
import org.impetusmta.api.auth.AuthResult;
import org.impetusmta.api.auth.AuthScheme;
import org.impetusmta.api.auth.AuthStatus;
import org.impetusmta.api.auth.Authentication.Step;
import org.impetusmta.api.auth.StoredPassword;
import org.impetusmta.api.message.Reply;
import org.jspecify.annotations.Nullable;

/**
 * What the mechanisms ask and say in one attempt to authenticate. Single; {@link #user} may be read
 * by any thread.
 */
final class Attempt {
  /** Octets of a name. */
  static final int LONGEST_NAME = 255;

  static final Reply PASSED = new Reply(235, "2.7.0", "Authentication successful");
  static final Reply FAILED = new Reply(535, "5.7.8", "Authentication credentials invalid");
  static final Reply ERROR = new Reply(454, "4.7.0", "Temporary authentication failure");
  private static final Reply MALFORMED = new Reply(501, "5.5.2", "cannot decode the response");

  private final AuthMechanism mechanism;
  private final AuthParameters parameters;
  private final AuthClient client;
  private final Optional<AuthScheme> scheme;
  private volatile String user = "";
  private Optional<AuthQuery.Response> response = Optional.empty();

  Attempt(
      AuthMechanism mechanism,
      AuthParameters parameters,
      AuthClient client,
      Optional<AuthScheme> scheme) {
    this.mechanism = mechanism;
    this.parameters = parameters;
    this.client = client;
    this.scheme = scheme;
  }

  AuthMechanism mechanism() {
    return mechanism;
  }

  AuthParameters parameters() {
    return parameters;
  }

  AuthClient client() {
    return client;
  }

  String realm() {
    return parameters.realm().orElse(client.realm());
  }

  /** The name that the client has given. */
  String user() {
    return user;
  }

  /** Takes note of the name. */
  void user(String name) {
    user = name;
  }

  /** Takes note of what the client made of the challenge, for sources that want to know. */
  void response(AuthQuery.Response said) {
    response = Optional.of(said);
  }

  /** Whether the source says itself if a response is right, and tells no passwords. */
  boolean sourceJudgesResponses() {
    String name = parameters.uri().map(uri -> uri.scheme()).orElse("");
    return scheme.filter(one -> !one.tellsPasswords(name) && one.judgesResponses(name)).isPresent();
  }

  /** Whether users are listed anywhere. */
  boolean hasSource() {
    return parameters.uri().isPresent();
  }

  List<StoredPassword> passwords() throws AuthException {
    return source().passwords(query());
  }

  AuthAnswer authenticate(String secret) throws AuthException {
    return source().authenticate(query(), secret);
  }

  private AuthQuery query() {
    return new AuthQuery(mechanism, parameters, user, realm(), client.connection(), response);
  }

  private AuthScheme source() throws AuthException {
    return scheme.orElseThrow(
        () ->
            new AuthException(
                "nothing loaded looks passwords up for "
                    + parameters.uri().map(uri -> uri.scheme() + "://").orElse("no uri")));
  }

  // what an attempt comes to

  Step passed() {
    return new Step.Done(new AuthResult(AuthStatus.PASS, user, PASSED, ""));
  }

  Step failed(String reason) {
    return new Step.Done(new AuthResult(AuthStatus.FAIL, user, FAILED, reason));
  }

  /** What the client sent is not what the mechanism says. */
  Step malformed(String reason) {
    return new Step.Done(new AuthResult(AuthStatus.FAIL, user, MALFORMED, reason));
  }

  Step error(String reason) {
    return new Step.Done(new AuthResult(AuthStatus.ERROR, user, ERROR, reason));
  }

  /** What a source said of a password. */
  Step answered(AuthAnswer answer) {
    answer.user().ifPresent(name -> user = name);
    Reply usual =
        switch (answer.status()) {
          case PASS -> PASSED;
          case FAIL -> FAILED;
          case ERROR -> ERROR;
        };
    // a source may choose words, not turn a refusal into an acceptance
    Reply reply =
        answer.reply().filter(own -> own.code() / 100 == usual.code() / 100).orElse(usual);
    String reason = answer.status() == AuthStatus.PASS ? "" : "wrong user or password";
    return new Step.Done(new AuthResult(answer.status(), user, reply, reason));
  }

  /** UTF-8 without NUL; null when it is not that. */
  static @Nullable String text(byte[] octets, int from, int to) {
    try {
      String text =
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(octets, from, to - from))
              .toString();
      return text.indexOf(0) < 0 ? text : null;
    } catch (CharacterCodingException e) {
      return null;
    }
  }

  /** Whether it can be a name: neither empty nor too long, without control characters. */
  static boolean isName(String name) {
    return !name.isEmpty()
        && name.length() <= LONGEST_NAME
        && name.chars().noneMatch(Character::isISOControl);
  }
}
