package org.impetusmta.module.smtp_auth_proxy;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * What STARTTLS to the other server is worth. Immutable.
 *
 * @param verify whether its certificate has to be of a known authority and for its name
 */
record ProxyTls(Mode mode, boolean verify, SSLContext context) {

  /** When it is used. */
  public enum Mode {
    FALSE,
    IFAVAILABLE,
    REQUIRED
  }

  static ProxyTls of(Mode mode, boolean verify) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, verify ? null : new TrustManager[] {new Anybody()}, null);
      return new ProxyTls(mode, verify, context);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Java has no TLS", e);
    }
  }

  /** Encryption without knowing with whom: still better than none. */
  private static final class Anybody extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
