package org.impetusmta.module.ds_ldap;

import com.unboundid.ldap.sdk.ExtendedResult;
import com.unboundid.ldap.sdk.LDAPConnection;
import com.unboundid.ldap.sdk.LDAPConnectionOptions;
import com.unboundid.ldap.sdk.LDAPException;
import com.unboundid.ldap.sdk.ResultCode;
import com.unboundid.ldap.sdk.extensions.StartTLSExtendedRequest;
import com.unboundid.util.ssl.HostNameSSLSocketVerifier;
import com.unboundid.util.ssl.JVMDefaultTrustManager;
import com.unboundid.util.ssl.PEMFileTrustManager;
import com.unboundid.util.ssl.SSLUtil;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStoreException;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import org.impetusmta.api.config.ConfigException;

/**
 * Opens connections. With TLS the server has to have a certificate of its name from an authority
 * that is trusted: those of the JVM, or those of {@code tls_ca_file}. Concurrent.
 */
final class LdapSecurity {
  private final SSLContext context;

  /**
   * @throws ConfigException where the file cannot be read
   */
  LdapSecurity(Optional<String> caFile) throws ConfigException {
    try {
      SSLUtil util =
          caFile.isPresent()
              ? new SSLUtil(new PEMFileTrustManager(Path.of(caFile.get()).toFile()))
              : new SSLUtil(JVMDefaultTrustManager.getInstance());
      context = util.createSSLContext();
    } catch (KeyStoreException | IllegalArgumentException e) {
      throw new ConfigException(
          "in ds_ldap: tls_ca_file = \"%s\": expected certificates in PEM: %s"
              .formatted(caFile.orElse(""), e.getMessage()),
          e);
    } catch (GeneralSecurityException e) {
      throw new ConfigException("in ds_ldap: TLS: " + e.getMessage(), e);
    }
  }

  /** Opens a connection that is nobody's yet. */
  LDAPConnection open(Target target) throws LDAPException {
    LDAPConnectionOptions options = new LDAPConnectionOptions();
    options.setConnectTimeoutMillis(target.connectMillis());
    options.setResponseTimeoutMillis(target.responseMillis());
    options.setFollowReferrals(target.followReferrals());
    options.setUseSynchronousMode(true); // no thread for each connection
    options.setUseKeepAlive(true);
    options.setSSLSocketVerifier(new HostNameSSLSocketVerifier(true));
    if (target.tls()) {
      return new LDAPConnection(context.getSocketFactory(), options, target.host(), target.port());
    }
    LDAPConnection connection = new LDAPConnection(options, target.host(), target.port());
    if (target.startTls()) {
      startTls(connection);
    }
    return connection;
  }

  private void startTls(LDAPConnection connection) throws LDAPException {
    try {
      ExtendedResult answer =
          connection.processExtendedOperation(new StartTLSExtendedRequest(context));
      if (!answer.getResultCode().equals(ResultCode.SUCCESS)) {
        throw new LDAPException(answer);
      }
    } catch (LDAPException e) {
      connection.close();
      throw e;
    }
  }
}
