package org.impetusmta.listener.esmtp;

import java.util.Optional;
import org.impetusmta.api.auth.AuthMechanism;
import org.impetusmta.api.auth.AuthParameters;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Scopes;

/** Who has to authenticate and how, for one session's scope. Immutable. Source: inbound_smtp. */
@OptionSet({
  Scopes.ESMTP_LISTENER,
  Scopes.LISTEN,
  Scopes.PEER,
  Scopes.PATHWAY,
  Scopes.PATHWAY_GROUP
})
record AuthenticationOptions(
    @Option(
            doc =
                "Whether clients must authenticate before MAIL; unset: who does may relay; false:"
                    + " AUTH is not offered")
        Optional<Boolean> enableAuthentication,
    @Option(
            value = "false",
            doc =
                "Whether the client need not authenticate; it is the user anonymous, and may relay"
                    + " no more than before")
        boolean alwaysAllow,
    @Option(value = "false", doc = "Whether the client is refused, whatever else is said of it")
        boolean alwaysDeny,
    @Option(
            name = "authplainparameters",
            scopes = {Scopes.ESMTP_LISTENER, Scopes.LISTEN, Scopes.PATHWAY, Scopes.PATHWAY_GROUP},
            doc = "Where passwords for AUTH PLAIN are looked up")
        Optional<AuthParameters> plain,
    @Option(name = "authloginparameters", doc = "Where passwords for AUTH LOGIN are looked up")
        Optional<AuthParameters> login,
    @Option(name = "authcrammd5parameters", doc = "Where passwords for AUTH CRAM-MD5 are looked up")
        Optional<AuthParameters> cramMd5,
    @Option(
            name = "authdigestmd5parameters",
            doc = "Where passwords for AUTH DIGEST-MD5 are looked up, and the realm")
        Optional<AuthParameters> digestMd5,
    @Option(
            name = "authscramparameters",
            doc = "Where passwords for AUTH SCRAM-SHA-1 and SCRAM-SHA-256 are looked up")
        Optional<AuthParameters> scram,
    @Option(
            name = "authexternalparameters",
            doc =
                "Where the users are listed that AUTH EXTERNAL lets in by their client"
                    + " certificates; without a uri all that were verified")
        Optional<AuthParameters> external,
    @Option(name = "authoauthbearerparameters", doc = "Who judges the tokens of AUTH OAUTHBEARER")
        Optional<AuthParameters> oauthBearer,
    @Option(
            name = "authorizationparameters",
            scopes = {Scopes.ESMTP_LISTENER, Scopes.LISTEN},
            doc =
                "Where the groups of a user that AUTH let in are looked up, for policy:"
                    + " auth_groups of the connection")
        Optional<AuthParameters> authorization) {

  /** The parameters of a mechanism, where it has any. */
  Optional<AuthParameters> parameters(AuthMechanism mechanism) {
    return switch (mechanism) {
      case PLAIN -> plain;
      case LOGIN -> login;
      case CRAM_MD5 -> cramMd5;
      case DIGEST_MD5 -> digestMd5;
      case SCRAM_SHA_1, SCRAM_SHA_1_PLUS, SCRAM_SHA_256, SCRAM_SHA_256_PLUS -> scram;
      case EXTERNAL -> external;
      case OAUTHBEARER -> oauthBearer;
    };
  }
}
