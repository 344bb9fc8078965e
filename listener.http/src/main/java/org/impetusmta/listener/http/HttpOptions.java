package org.impetusmta.listener.http;

import java.time.Duration;
import java.util.Optional;
import org.impetusmta.api.auth.AuthParameters;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Scopes;

/**
 * What an HTTP listener asks of the configuration beside its sockets and TLS, for one client's
 * scope. Immutable. Source: http_listener, config.max_request_size, rest-http-listener of the
 * manual before.
 */
@OptionSet({Scopes.HTTP_LISTENER, Scopes.LISTEN, Scopes.PEER})
record HttpOptions(
    @Option(
            value = "300",
            min = 0,
            doc =
                "Seconds within which the head of a request, 16 KiB of its body, or room for 16 KiB"
                    + " of the answer must come, until an HTTP client is cut off; 0: none")
        Duration idleTime,
    @Option(
            min = 0,
            max = Integer.MAX_VALUE,
            unit = Option.Unit.SIZE,
            scopes = {
              Scopes.HTTP_LISTENER,
              Scopes.LISTEN,
              Scopes.PEER,
              Scopes.PATHWAY,
              Scopes.PATHWAY_GROUP
            },
            doc =
                "Octets that the body of an HTTP request may have; unset: those of all requests"
                    + " together, an eighth of the heap")
        Optional<Integer> maxRequestSize,
    @Option(
            value = "false",
            scopes = {
              Scopes.HTTP_LISTENER,
              Scopes.LISTEN,
              Scopes.PEER,
              Scopes.PATHWAY,
              Scopes.PATHWAY_GROUP
            },
            doc = "Whether HTTP answers are sent without chunked transfer coding")
        boolean disableChunked,
    @Option(
            value = "false",
            scopes = {
              Scopes.HTTP_LISTENER,
              Scopes.LISTEN,
              Scopes.PEER,
              Scopes.PATHWAY,
              Scopes.PATHWAY_GROUP
            },
            doc = "Whether every HTTP request is written to the paniclog")
        boolean logRequestsToPaniclog,
    @Option(
            doc =
                "Whether HTTP clients must authenticate; unset: where there is something to"
                    + " authenticate by")
        Optional<Boolean> enableAuthentication,
    @Option(value = "false", doc = "Whether the client need not authenticate") boolean alwaysAllow,
    @Option(value = "false", doc = "Whether the client is refused, whatever else is said of it")
        boolean alwaysDeny,
    @Option(
            name = "authplainparameters",
            scopes = {Scopes.HTTP_LISTENER, Scopes.LISTEN, Scopes.PATHWAY, Scopes.PATHWAY_GROUP},
            doc = "Where passwords for HTTP's Basic authentication are looked up")
        Optional<AuthParameters> plain,
    @Option(
            name = "authdigestmd5parameters",
            scopes = {
              Scopes.HTTP_LISTENER,
              Scopes.LISTEN,
              Scopes.PEER,
              Scopes.PATHWAY,
              Scopes.PATHWAY_GROUP
            },
            doc = "Where passwords for HTTP's Digest authentication are looked up, and the realm")
        Optional<AuthParameters> digestMd5,
    @Option(
            value = "false",
            scopes = {Scopes.HTTP_LISTENER, Scopes.LISTEN, Scopes.PEER, Scopes.PATHWAY},
            doc = "Whether a client with a certificate that was verified need not authenticate")
        boolean tlsVerifiedPeerIsAuthorized) {

  /** Whether a client has to show who it is. */
  boolean required() {
    return !alwaysAllow
        && enableAuthentication.orElse(
            plain.isPresent() || digestMd5.isPresent() || tlsVerifiedPeerIsAuthorized);
  }

  /** Octets that a body may have. */
  long largest() {
    return Math.min(maxRequestSize.map(Integer::longValue).orElse(Limits.BODIES), Limits.BODIES);
  }
}
