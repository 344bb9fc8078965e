package org.impetusmta.listener.http;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.impetusmta.api.auth.AuthClient;
import org.impetusmta.api.auth.AuthMechanism;
import org.impetusmta.api.auth.AuthParameters;
import org.impetusmta.api.auth.AuthResult;
import org.impetusmta.api.auth.AuthStatus;
import org.impetusmta.api.auth.Authentication.Step;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.tls.InboundTls;
import org.jspecify.annotations.Nullable;

/**
 * Whether the requests of one connection are served: {@code always_deny}, a client certificate,
 * {@code always_allow}, a user and password: Basic (RFC 7617), looked up once for each connection,
 * or Digest (RFC 7616), looked up for each request. Single: the connection's event loop. Source:
 * rest-http-listener, inbound_smtp.
 */
final class Access {
  static final String REALM = "Momentum";

  private final HttpListener listener;
  private final HttpOptions options;
  private final Client client;

  /** The field Authorization that was good, and who it is. */
  private String good = "";

  private String user = "";

  /** Who has shown who it is by Digest on this connection, for the acctlog. */
  private String digestUser = "";

  /**
   * Where the client comes from.
   *
   * @param listen as the configuration names it
   * @param remote {@code ip:port}; empty on a Unix domain socket
   * @param tls what is known of TLS
   */
  record Client(
      String listen,
      String remote,
      Optional<InetAddress> address,
      Optional<InboundTls> tls,
      EventLoop loop) {}

  /**
   * What is asked.
   *
   * @param target as the client wrote it
   * @param authorization the field of that name; null: there is none
   */
  record Asked(String method, String target, @Nullable String authorization) {}

  /** Whether a request is served. */
  sealed interface Decision {
    /**
     * @param user who the client has shown to be; empty where it need not
     */
    record Served(String user) implements Decision {}

    /**
     * @param challenges the fields WWW-Authenticate, the best first
     */
    record Refused(int status, List<String> challenges) implements Decision {
      Refused(int status) {
        this(status, List.of());
      }
    }
  }

  Access(HttpListener listener, HttpOptions options, Client client) {
    this.listener = listener;
    this.options = options;
    this.client = client;
  }

  /** Decides, at once or later on the loop. */
  void decide(Asked asked, Consumer<Decision> then) {
    if (options.alwaysDeny()) {
      then.accept(new Decision.Refused(403));
      return;
    }
    Optional<InboundTls> verified =
        client
            .tls()
            .filter(InboundTls::verified)
            .filter(_ -> options.tlsVerifiedPeerIsAuthorized());
    String authorization = asked.authorization();
    if (verified.isPresent()) {
      then.accept(
          new Decision.Served(
              verified.get().clientCertificates().stream()
                  .findFirst()
                  .map(shown -> shown.getSubjectX500Principal().getName())
                  .orElse("")));
    } else if (!options.required()) {
      then.accept(new Decision.Served(""));
    } else if (authorization == null) {
      then.accept(refused(false));
    } else if (DigestCredentials.isDigest(authorization)) {
      digest(asked, authorization, then);
    } else {
      basic(authorization, then);
    }
  }

  private Decision refused(boolean stale) {
    List<String> challenges = new ArrayList<>();
    if (options.digestMd5().isPresent()) {
      AuthParameters parameters = options.digestMd5().get();
      String nonce = listener.nonces().make();
      for (String hash : hashes(parameters)) {
        challenges.add(
            "Digest realm=\"%s\", qop=\"auth\", algorithm=%s, nonce=\"%s\", charset=UTF-8%s"
                .formatted(
                    parameters.realm().orElse(REALM), hash, nonce, stale ? ", stale=true" : ""));
      }
    }
    if (options.plain().isPresent()) {
      challenges.add(
          "Basic realm=\"%s\", charset=\"UTF-8\""
              .formatted(options.plain().get().realm().orElse(REALM)));
    }
    return new Decision.Refused(challenges.isEmpty() ? 403 : 401, challenges);
  }

  /** What a source that has passwords can serve, or one that has their digests. */
  private static List<String> hashes(AuthParameters parameters) {
    return parameters.storedCleartext() ? List.of("SHA-256", "MD5") : List.of("MD5");
  }

  private boolean barred() {
    return client.address().filter(listener.authentication()::barred).isPresent();
  }

  private AuthClient asClient(AuthMechanism mechanism) {
    return new AuthClient(
        "http",
        listener.hostname(),
        REALM,
        Set.of(mechanism),
        client.address(),
        Optional.empty(),
        client.tls(),
        client.loop());
  }

  // Digest

  private void digest(Asked asked, String authorization, Consumer<Decision> then) {
    Optional<AuthParameters> parameters = options.digestMd5();
    Optional<DigestCredentials> read = DigestCredentials.parse(authorization);
    if (parameters.isEmpty()
        || read.isEmpty()
        || !hashes(parameters.get()).contains(read.get().hash())) {
      then.accept(refused(false));
      return;
    }
    DigestCredentials said = read.get();
    if (!said.isFor(asked.target())) {
      then.accept(new Decision.Refused(400));
    } else if (barred()) {
      then.accept(new Decision.Refused(429));
    } else if (!listener.nonces().good(said.nonce(), said.counted())) {
      then.accept(refused(true));
    } else {
      listener
          .authentication()
          .digest(
              parameters.get(),
              asClient(AuthMechanism.DIGEST_MD5),
              said.response(asked.method()),
              result -> judged(result, said, parameters.get(), then));
    }
  }

  private void judged(
      AuthResult result,
      DigestCredentials said,
      AuthParameters parameters,
      Consumer<Decision> then) {
    boolean right = result.status() == AuthStatus.PASS;
    // of two requests with the same count that were looked up at the same time one is served
    boolean passed = right && listener.nonces().use(said.nonce(), said.counted());
    boolean known = passed && result.user().equals(digestUser);
    if (parameters.logAuthentication() && !known) {
      listener.account(client, result.user(), passed);
    }
    if (passed) {
      digestUser = result.user();
      then.accept(new Decision.Served(digestUser));
    } else {
      then.accept(result.status() == AuthStatus.ERROR ? new Decision.Refused(503) : refused(right));
    }
  }

  // Basic

  private void basic(String authorization, Consumer<Decision> then) {
    if (!good.isEmpty() && good.equals(authorization)) {
      then.accept(new Decision.Served(user));
      return;
    }
    Optional<AuthParameters> parameters = options.plain();
    byte @Nullable [] response = plain(authorization);
    if (response == null || parameters.isEmpty()) {
      then.accept(refused(false));
    } else if (barred()) {
      then.accept(new Decision.Refused(429));
    } else {
      listener
          .authentication()
          .begin(AuthMechanism.PLAIN, parameters.get(), asClient(AuthMechanism.PLAIN))
          .respond(response, step -> told(step, authorization, parameters.get(), then));
    }
  }

  private void told(
      Step step, String authorization, AuthParameters parameters, Consumer<Decision> then) {
    if (!(step instanceof Step.Done(AuthResult result))) {
      then.accept(refused(false)); // PLAIN has no challenge
      return;
    }
    boolean passed = result.status() == AuthStatus.PASS;
    if (parameters.logAuthentication()) {
      listener.account(client, result.user(), passed);
    }
    if (passed) {
      good = authorization;
      user = result.user();
      then.accept(new Decision.Served(user));
    } else {
      then.accept(result.status() == AuthStatus.ERROR ? new Decision.Refused(503) : refused(false));
    }
  }

  /** What AUTH PLAIN (RFC 4616) would say; null where it is no Basic authentication. */
  private static byte @Nullable [] plain(String authorization) {
    if (!authorization.regionMatches(true, 0, "Basic ", 0, 6)) {
      return null;
    }
    String pair;
    try {
      pair =
          new String(
              Base64.getDecoder().decode(authorization.substring(6).strip()),
              StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return null;
    }
    int colon = pair.indexOf(':');
    if (colon <= 0 || pair.indexOf('\0') >= 0) {
      return null;
    }
    return ("\0" + pair.substring(0, colon) + "\0" + pair.substring(colon + 1))
        .getBytes(StandardCharsets.UTF_8);
  }

  /** What the acctlog is told. */
  static LogEvent.Accounting record(long micros, Client client, String user, boolean passed) {
    return new LogEvent.Accounting(
        micros,
        LogEvent.AccountingType.AUTHENTICATION,
        client.listen(),
        client.remote(),
        user,
        passed ? 1 : 0,
        "",
        "");
  }
}
