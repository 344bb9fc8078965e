package org.impetusmta.api.auth;

/** A secret as a source keeps it. Immutable; {@code toString} tells nothing. */
public sealed interface StoredPassword {
  /** The password itself. */
  record Clear(String password) implements StoredPassword {
    @Override
    public String toString() {
      return "a password";
    }
  }

  /**
   * MD5 of {@code user:realm:password} (RFC 2617 section 3.2.2.2), as htdigest files have it.
   *
   * @param hash 32 hexadecimal digits
   */
  record Digest(String realm, String hash) implements StoredPassword {
    @Override
    public String toString() {
      return "a digest of realm " + realm;
    }
  }

  /**
   * What SCRAM needs (RFC 5802 section 3). The arrays are not to be changed.
   *
   * @param hash {@code SHA-1} or {@code SHA-256}
   */
  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  record Scram(String hash, byte[] salt, int iterations, byte[] storedKey, byte[] serverKey)
      implements StoredPassword {
    @Override
    public String toString() {
      return "keys of SCRAM-" + hash;
    }
  }
}
