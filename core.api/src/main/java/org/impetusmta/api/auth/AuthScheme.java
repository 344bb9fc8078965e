package org.impetusmta.api.auth;

import java.util.List;
import java.util.Set;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Looks passwords and groups up for the URIs of some schemes, {@code uri = "ds://…"} in {@code
 * AuthLoginParameters}; {@code file}, {@code digest}, {@code scram} and {@code groups} are built
 * in. Register it as a service of a module and annotate it with {@link
 * org.impetusmta.api.hook.RunsIn}: all methods but {@link #schemes}, {@link #tellsPasswords},
 * {@link #judgesResponses} and {@link #knowsGroups} may block. Concurrent.
 */
@ConsumerType
public interface AuthScheme {
  /** In lower case. */
  Set<String> schemes();

  /**
   * Whether {@link #passwords} answers. Where not, only mechanisms whose clients send the password
   * can be configured with the scheme.
   */
  default boolean tellsPasswords(String scheme) {
    return false;
  }

  /**
   * Whether {@link #authenticate} can be asked about the response of CRAM-MD5, which it finds in
   * {@link AuthQuery#response}, where {@link #passwords} does not answer.
   */
  default boolean judgesResponses(String scheme) {
    return false;
  }

  /**
   * Whether {@link #groups} answers. Where not, {@code AuthorizationParameters} cannot be
   * configured with the scheme.
   */
  default boolean knowsGroups(String scheme) {
    return true;
  }

  /**
   * Whether {@code secret}, a password or a bearer token, is the user's.
   *
   * @throws AuthException when that cannot be known now: the client is told to come back
   */
  AuthAnswer authenticate(AuthQuery query, String secret) throws AuthException;

  /** What is stored of the user; empty where there is no such user. */
  default List<StoredPassword> passwords(AuthQuery query) throws AuthException {
    throw new AuthException("the scheme tells no passwords");
  }

  /** The groups that a user is in. */
  default List<String> groups(AuthQuery query) throws AuthException {
    throw new AuthException("the scheme knows no groups");
  }

  /**
   * All groups that there are.
   *
   * @return empty where the scheme cannot list them
   */
  default List<String> allGroups(String scheme) throws AuthException {
    return List.of();
  }
}
