package org.impetusmta.credentials;

import java.nio.charset.StandardCharsets;

/**
 * Whose a password is. Immutable.
 *
 * @param host where the user logs in
 * @param facility the kind of service, {@code pgsql}
 */
public record Credential(String host, String user, String facility) {
  private static final int LONGEST = 255;

  /** Looks whether they can be names. */
  public Credential {
    check("host", host);
    check("user", user);
    check("facility", facility);
  }

  private static void check(String what, String name) {
    if (name.isEmpty()
        || name.length() > LONGEST
        || name.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException(
          what + ": expected 1 to " + LONGEST + " characters without control characters");
    }
  }

  /** What the password is bound to. */
  byte[] owner() {
    return (host + '\0' + user + '\0' + facility + '\0').getBytes(StandardCharsets.UTF_8);
  }
}
