package org.impetusmta.api.auth;

/**
 * What a client of HTTP made of a challenge of Digest authentication (RFC 7616) with {@code
 * qop=auth}. Immutable; {@code toString} tells nothing but the user.
 *
 * @param hash {@code MD5} or {@code SHA-256}
 * @param user as the client gave it
 * @param method of the request
 * @param uri what the client says that it asks for
 * @param nonce the listener's
 * @param count the client's count of requests with this nonce, as it wrote it, eight digits
 * @param clientNonce the client's own
 * @param digits the client's hash, in hexadecimal
 */
public record DigestResponse(
    String hash,
    String user,
    String realm,
    String method,
    String uri,
    String nonce,
    String count,
    String clientNonce,
    String digits) {
  @Override
  public String toString() {
    return "a response of " + user;
  }
}
