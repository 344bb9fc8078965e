package org.impetusmta.tls;

import java.security.KeyStore;
import java.security.Provider;
import java.security.Security;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.KeyManagerFactorySpi;
import javax.net.ssl.ManagerFactoryParameters;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * A factory that gives out one key manager: what Netty wants to keep certificates in BoringSSL's
 * form for more than a handshake. Immutable.
 */
final class FixedKeys extends KeyManagerFactory {
  FixedKeys(X509ExtendedKeyManager keys) {
    super(new Given(keys), provider(), "given");
  }

  private static Provider provider() {
    return Security.getProviders()[0]; // a name for who asks; nothing of it is used
  }

  private static final class Given extends KeyManagerFactorySpi {
    private final X509ExtendedKeyManager keys;

    Given(X509ExtendedKeyManager keys) {
      this.keys = keys;
    }

    @Override
    protected void engineInit(@Nullable KeyStore store, char @Nullable [] password) {
      // the keys are there
    }

    @Override
    protected void engineInit(@Nullable ManagerFactoryParameters parameters) {
      // the keys are there
    }

    @Override
    protected KeyManager[] engineGetKeyManagers() {
      return new KeyManager[] {keys};
    }
  }
}
