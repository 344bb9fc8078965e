package org.impetusmta.api.delivery;

/**
 * What a client proves with to a next host who it is (RFC 4954). Immutable; {@link #toString} does
 * not tell the secret.
 *
 * @param secret the password, or the bearer token of XOAUTH2
 */
public record Credentials(Mechanism mechanism, String user, String secret) {
  /** SASL mechanisms. */
  public enum Mechanism {
    /** RFC 4616. */
    PLAIN("PLAIN"),
    LOGIN("LOGIN"),
    /** RFC 2195. */
    CRAM_MD5("CRAM-MD5"),
    /** A bearer token (RFC 6750) as large mailbox providers take it. */
    XOAUTH2("XOAUTH2");

    private final String sasl;

    Mechanism(String sasl) {
      this.sasl = sasl;
    }

    /** Its name on the wire. */
    public String sasl() {
      return sasl;
    }
  }

  public Credentials {
    if (user.indexOf(0) >= 0 || secret.indexOf(0) >= 0) {
      throw new IllegalArgumentException("NUL in credentials");
    }
  }

  @Override
  public String toString() {
    return mechanism.sasl() + " as " + user;
  }
}
