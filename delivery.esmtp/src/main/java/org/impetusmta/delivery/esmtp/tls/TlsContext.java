package org.impetusmta.delivery.esmtp.tls;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.Collections;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.X509ExtendedTrustManager;
import org.impetusmta.tls.PemFile;
import org.impetusmta.tls.TlsSettings;

/**
 * The context of TLS connections with the same settings, and the sessions that can be resumed with
 * it, by host name and port. Concurrent.
 *
 * <p>The handshake proves that the peer has the key of its certificate. Whether the certificate is
 * good is judged behind it ({@link PeerCheck}), for resumed sessions too: so a session that began
 * where nobody asked is never taken for one that was verified.
 */
public final class TlsContext {
  private final TlsSettings settings;
  private final SslContext context;
  private final long createdMillis;
  private final AtomicInteger inUse = new AtomicInteger();

  /**
   * Makes a context; reads files.
   *
   * @throws IOException when the certificate or its key cannot be read, or the engine has nothing
   *     of what is asked for
   */
  TlsContext(TlsSettings settings, long nowMillis) throws IOException {
    this.settings = settings;
    this.createdMillis = nowMillis;
    SslContextBuilder builder =
        SslContextBuilder.forClient()
            .sslProvider(settings.boringssl() ? SslProvider.OPENSSL : SslProvider.JDK)
            .ciphers(settings.usableSuites(), SupportedCipherSuiteFilter.INSTANCE)
            .protocols(settings.protocols())
            .endpointIdentificationAlgorithm(null)
            .trustManager(new JudgedLater());
    if (settings.boringssl() && settings.groups().isPresent()) {
      builder.option(OpenSslContextOption.GROUPS, settings.groups().get().boringsslNames());
    }
    if (settings.certificate().isPresent()) {
      Path certificate = settings.certificate().get();
      builder.keyManager(
          PemFile.key(settings.key().orElse(certificate)), PemFile.certificates(certificate));
    }
    this.context = builder.build();
  }

  TlsSettings settings() {
    return settings;
  }

  long createdMillis() {
    return createdMillis;
  }

  /** Connections that use it. */
  int inUse() {
    return inUse.get();
  }

  /** A handler for a connection to {@code host}; {@link #left} when it is gone. */
  public SslHandler handler(ByteBufAllocator allocator, String host, int port) {
    SslHandler handler = context.newHandler(allocator, host, port);
    if (!settings.boringssl() && settings.groups().isPresent()) {
      SSLEngine engine = handler.engine();
      SSLParameters parameters = engine.getSSLParameters();
      parameters.setNamedGroups(settings.groups().get().jdkNames());
      engine.setSSLParameters(parameters);
    }
    inUse.incrementAndGet();
    return handler;
  }

  /** A connection with its handler is gone. */
  public void left() {
    inUse.decrementAndGet();
  }

  /** Forgets the sessions that could be resumed. */
  void forgetSessions() {
    SSLSessionContext sessions = context.sessionContext();
    Collections.list(sessions.getIds())
        .forEach(
            id -> {
              SSLSession session = sessions.getSession(id);
              if (session != null) {
                session.invalidate();
              }
            });
  }

  /** Takes every certificate. */
  private static final class JudgedLater extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {
      throw new IllegalStateException("not a server");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
      throw new IllegalStateException("not a server");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {
      throw new IllegalStateException("not a server");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {
      // see the class comment
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
      // see the class comment
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {
      // see the class comment
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
