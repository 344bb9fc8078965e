package org.impetusmta.listener.control;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.auth.AuthMechanism;
import org.impetusmta.api.auth.AuthParameters;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Scopes;

/**
 * Who has to authenticate at the console, and how; whose commands need roles. Immutable. Source:
 * control_auth, control_authz.
 */
@OptionSet({Scopes.CONTROL_LISTENER, Scopes.LISTEN, Scopes.PEER})
public record ControlAuthOptions(
    @Option(
            doc =
                "Whether ec_console must authenticate; unset: over TCP where there are parameters"
                    + " for it")
        Optional<Boolean> enableAuthentication,
    @Option(value = "false", doc = "Whether the client need not authenticate") boolean alwaysAllow,
    @Option(value = "false", doc = "Whether the client is refused, whatever else is said of it")
        boolean alwaysDeny,
    @Option(name = "authloginparameters", doc = "Where passwords for LOGIN are looked up")
        Optional<AuthParameters> login,
    @Option(name = "authcrammd5parameters", doc = "Where passwords for CRAM-MD5 are looked up")
        Optional<AuthParameters> cramMd5,
    @Option(
            name = "authdigestmd5parameters",
            doc = "Where passwords for DIGEST-MD5 are looked up, and the realm")
        Optional<AuthParameters> digestMd5,
    @Option(
            doc =
                "Whether each command needs a role of the stanza Authorization; unset: where there"
                    + " are AuthorizationParameters")
        Optional<Boolean> enableAuthorization,
    @Option(
            name = "authorizationparameters",
            scopes = {Scopes.CONTROL_LISTENER, Scopes.LISTEN},
            doc = "Where the groups of a user, which are roles, are looked up")
        Optional<AuthParameters> authorization) {

  /** What can be offered, the best first. */
  Map<AuthMechanism, AuthParameters> mechanisms() {
    Map<AuthMechanism, AuthParameters> found = new LinkedHashMap<>();
    digestMd5.ifPresent(given -> found.put(AuthMechanism.DIGEST_MD5, given));
    cramMd5.ifPresent(given -> found.put(AuthMechanism.CRAM_MD5, given));
    login.ifPresent(given -> found.put(AuthMechanism.LOGIN, given));
    return found;
  }

  /** Whether what a client may do is a matter of roles. */
  boolean restricted() {
    return enableAuthorization.orElse(authorization.isPresent());
  }

  /** Whether a client has to show who it is. */
  boolean required(boolean tcp) {
    return !alwaysAllow && enableAuthentication.orElse(tcp && !mechanisms().isEmpty());
  }
}
