package org.impetusmta.module.ds_ldap;

import com.unboundid.ldap.sdk.LDAPURL;
import java.util.Optional;

/**
 * Where a connection goes and who it is: connections of equal targets stand in for one another.
 * Immutable; never printed with its password.
 *
 * @param bindName empty: nobody
 * @param connectMillis until it is there
 * @param responseMillis until an answer is there
 */
record Target(
    boolean tls,
    boolean startTls,
    String host,
    int port,
    String bindName,
    String bindPassword,
    boolean followReferrals,
    int connectMillis,
    int responseMillis) {
  static final int LDAP = LDAPURL.DEFAULT_LDAP_PORT;
  static final int LDAPS = LDAPURL.DEFAULT_LDAPS_PORT;

  /** Who it binds as, if anybody. */
  Optional<String> bind() {
    return bindName.isEmpty() ? Optional.empty() : Optional.of(bindName);
  }

  @Override
  public String toString() {
    return (tls ? "ldaps://" : "ldap://") + host + ":" + port;
  }
}
