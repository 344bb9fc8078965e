package org.impetusmta.api.auth;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.scheduler.EventLoop;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The server's side of SASL (RFC 4422), for listeners; an OSGi service of the core. A listener
 * speaks its protocol's AUTH and hands the decoded octets over. Concurrent.
 */
@ProviderType
public interface Authentication {
  /**
   * Looks whether a mechanism can work with these parameters, before a configuration is in force.
   *
   * @throws ConfigException when it cannot; the message says why, without position
   */
  void check(AuthMechanism mechanism, AuthParameters parameters) throws ConfigException;

  /**
   * Whether an address has failed so often lately that it is not asked again ({@code
   * auth_failures_per_address}).
   */
  boolean barred(InetAddress address);

  /**
   * Looks whether groups can be looked up through these parameters, before a configuration is in
   * force.
   *
   * @throws ConfigException when they cannot; the message says why, without position
   */
  void checkGroups(AuthParameters parameters) throws ConfigException;

  /**
   * The groups that a user is in, in the order of the source. Blocks.
   *
   * @throws AuthException when that cannot be known now
   */
  List<String> groups(AuthParameters parameters, String user) throws AuthException;

  /**
   * The same without blocking: they are looked up in the source's thread pool; {@code then} is
   * called on the loop, once, later.
   *
   * @param then gets empty where that cannot be known now, or not in time; the log has the cause
   */
  void groups(
      AuthParameters parameters,
      String user,
      EventLoop loop,
      Consumer<Optional<List<String>>> then);

  /**
   * All groups that the source has which these parameters name. Blocks.
   *
   * @return empty where the source cannot list them
   * @throws AuthException when that cannot be known now
   */
  default List<String> allGroups(AuthParameters parameters) throws AuthException {
    return List.of();
  }

  /** Begins an exchange. */
  Exchange begin(AuthMechanism mechanism, AuthParameters parameters, AuthClient client);

  /**
   * Judges what a client of HTTP answered to a challenge: whether that is what the user's password
   * makes of it. Whether the nonce is good, and whether the client asks for what it says, is the
   * listener's to know. {@link #check} is asked about DIGEST-MD5; SHA-256 needs parameters with
   * {@code stored_cleartext}. The password is looked up in a thread pool; {@code then} is called on
   * the client's loop, once, later.
   */
  void digest(
      AuthParameters parameters, AuthClient client, DigestResponse said, Consumer<AuthResult> then);

  /** The dialogue of one attempt. Single: the client's loop. */
  @ProviderType
  interface Exchange {
    /**
     * Takes what the client said. Secrets are looked up in a thread pool; {@code then} is called on
     * the client's loop, once, later.
     *
     * @param response the decoded octets; null where the client has not said anything yet
     */
    void respond(byte @Nullable [] response, Consumer<Step> then);

    /** The name that the client has given so far. */
    Optional<String> user();
  }

  /** What the server does next. */
  sealed interface Step {
    /** Sends this and awaits a response. The array is not to be changed. */
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    record Challenge(byte[] octets) implements Step {}

    /** It is over. */
    record Done(AuthResult result) implements Step {}
  }
}
