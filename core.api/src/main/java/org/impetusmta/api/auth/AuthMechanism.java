package org.impetusmta.api.auth;

import java.util.Arrays;
import java.util.Optional;

/** The SASL mechanisms that listeners can offer (RFC 4422). */
public enum AuthMechanism {
  /** RFC 4616. */
  PLAIN("PLAIN", true),
  LOGIN("LOGIN", true),
  /** RFC 2195. */
  CRAM_MD5("CRAM-MD5", false),
  /** RFC 2831. */
  DIGEST_MD5("DIGEST-MD5", false),
  /** RFC 5802. */
  SCRAM_SHA_1("SCRAM-SHA-1", false),
  SCRAM_SHA_1_PLUS("SCRAM-SHA-1-PLUS", false),
  /** RFC 7677. */
  SCRAM_SHA_256("SCRAM-SHA-256", false),
  SCRAM_SHA_256_PLUS("SCRAM-SHA-256-PLUS", false),
  /** A client certificate (RFC 4422 appendix A). */
  EXTERNAL("EXTERNAL", false),
  /** A bearer token (RFC 7628). */
  OAUTHBEARER("OAUTHBEARER", true);

  private final String sasl;
  private final boolean tellsSecret;

  AuthMechanism(String sasl, boolean tellsSecret) {
    this.sasl = sasl;
    this.tellsSecret = tellsSecret;
  }

  /** Its name on the wire. */
  public String sasl() {
    return sasl;
  }

  /** Whether the client sends the password itself, so that any source can check it. */
  public boolean tellsSecret() {
    return tellsSecret;
  }

  /** Whether it is bound to the TLS connection that it runs on (RFC 5056). */
  public boolean bindsChannel() {
    return this == SCRAM_SHA_1_PLUS || this == SCRAM_SHA_256_PLUS;
  }

  /** Whether it needs TLS under it. */
  public boolean needsTls() {
    return this == EXTERNAL || bindsChannel();
  }

  /** The mechanism of that name, in whatever case. */
  public static Optional<AuthMechanism> of(String sasl) {
    return Arrays.stream(values()).filter(one -> one.sasl.equalsIgnoreCase(sasl)).findFirst();
  }
}
