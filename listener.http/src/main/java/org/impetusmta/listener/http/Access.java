package org.impetusmta.listener.http;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
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
 * {@code always_allow}, a user and password (Basic, RFC 7617), which are looked up once for each
 * connection. Single: the connection's event loop. Source: rest-http-listener, inbound_smtp.
 */
final class Access {
  static final String REALM = "Momentum";

  private final HttpListener listener;
  private final HttpOptions options;
  private final Client client;

  /** The field Authorization that was good, and who it is. */
  private String good = "";

  private String user = "";

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

  /** Whether a request is served. */
  sealed interface Decision {
    /**
     * @param user who the client has shown to be; empty where it need not
     */
    record Served(String user) implements Decision {}

    /**
     * @param challenge the field WWW-Authenticate; empty: none
     */
    record Refused(int status, String challenge) implements Decision {}
  }

  Access(HttpListener listener, HttpOptions options, Client client) {
    this.listener = listener;
    this.options = options;
    this.client = client;
  }

  /** Decides, at once or later on the loop. */
  void decide(@Nullable String authorization, Consumer<Decision> then) {
    if (options.alwaysDeny()) {
      then.accept(new Decision.Refused(403, ""));
      return;
    }
    Optional<InboundTls> verified =
        client
            .tls()
            .filter(InboundTls::verified)
            .filter(_ -> options.tlsVerifiedPeerIsAuthorized());
    if (verified.isPresent()) {
      then.accept(
          new Decision.Served(
              verified.get().clientCertificates().stream()
                  .findFirst()
                  .map(shown -> shown.getSubjectX500Principal().getName())
                  .orElse("")));
    } else if (!options.required()) {
      then.accept(new Decision.Served(""));
    } else if (authorization == null || options.plain().isEmpty()) {
      then.accept(refused());
    } else if (!good.isEmpty() && good.equals(authorization)) {
      then.accept(new Decision.Served(user));
    } else {
      authenticate(authorization, options.plain().get(), then);
    }
  }

  private Decision refused() {
    return options.plain().isPresent()
        ? new Decision.Refused(
            401,
            "Basic realm=\"%s\", charset=\"UTF-8\""
                .formatted(options.plain().get().realm().orElse(REALM)))
        : new Decision.Refused(403, "");
  }

  private void authenticate(
      String authorization, AuthParameters parameters, Consumer<Decision> then) {
    byte @Nullable [] response = plain(authorization);
    if (response == null) {
      then.accept(refused());
      return;
    }
    if (client.address().filter(listener.authentication()::barred).isPresent()) {
      then.accept(new Decision.Refused(429, ""));
      return;
    }
    listener
        .authentication()
        .begin(
            AuthMechanism.PLAIN,
            parameters,
            new AuthClient(
                "http",
                listener.hostname(),
                REALM,
                Set.of(AuthMechanism.PLAIN),
                client.address(),
                Optional.empty(),
                client.tls(),
                client.loop()))
        .respond(response, step -> told(step, authorization, parameters, then));
  }

  private void told(
      Step step, String authorization, AuthParameters parameters, Consumer<Decision> then) {
    if (!(step instanceof Step.Done(AuthResult result))) {
      then.accept(refused()); // PLAIN has no challenge
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
      then.accept(result.status() == AuthStatus.ERROR ? new Decision.Refused(503, "") : refused());
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
