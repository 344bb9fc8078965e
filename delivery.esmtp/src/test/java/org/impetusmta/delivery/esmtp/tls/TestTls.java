package org.impetusmta.delivery.esmtp.tls;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.impetusmta.delivery.esmtp.tls.TlsOptions.Use;
import org.impetusmta.delivery.esmtp.tls.TlsOptions.Verify;
import org.impetusmta.tls.CipherList;
import org.impetusmta.tls.CipherSuites13;
import org.impetusmta.tls.GroupList;
import org.impetusmta.tls.PemFile;
import org.impetusmta.tls.ProtocolList;
import org.impetusmta.tls.TlsEngine;

/** Certificates, contexts and options of TLS for tests. Read-only. */
public final class TestTls {
  private TestTls() {}

  /** The file of a certificate, {@code mx.pem}, or of a key, {@code mx.key}. */
  public static Path file(String name) {
    try {
      return Path.of(
          Objects.requireNonNull(TestTls.class.getResource("/tls/" + name), name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The certificates of {@code name}, its own first. */
  public static List<X509Certificate> chain(String name) {
    try {
      return PemFile.certificates(file(name + ".pem"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A server that shows the certificate {@code name}, and would take one of the test authority. */
  public static SSLContext server(String name) {
    try {
      KeyStore own = KeyStore.getInstance(KeyStore.getDefaultType());
      own.load(null, null);
      own.setKeyEntry(
          "own",
          PemFile.key(file(name + ".key")),
          new char[0],
          chain(name).toArray(X509Certificate[]::new));
      own.setCertificateEntry("ca", chain("ca").getFirst());
      KeyManagerFactory keys =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(own, new char[0]);
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(own);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Options that trust the test authority. */
  public static Builder options(Use use) {
    return new Builder(use);
  }

  /** Options one by one. Single. */
  public static final class Builder {
    private final Use use;
    private boolean fallback = true;
    private boolean alwaysNew = true;
    private Verify verify = Verify.NO;
    private Optional<String> ca = Optional.of(file("ca.pem").toString());
    private Optional<String> certificate = Optional.empty();
    private Optional<String> key = Optional.empty();
    private String ciphers = "DEFAULT";
    private String suites13 =
        "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256";
    private String protocols = "+ALL";
    private Optional<GroupList> groups = Optional.empty();
    private boolean dhe = true;
    private TlsEngine engine = TlsEngine.OPENSSL;

    private Builder(Use use) {
      this.use = use;
    }

    public Builder fallback(boolean wanted) {
      fallback = wanted;
      return this;
    }

    public Builder alwaysNew(boolean wanted) {
      alwaysNew = wanted;
      return this;
    }

    public Builder verify(Verify wanted) {
      verify = wanted;
      return this;
    }

    public Builder ca(String file) {
      ca = Optional.of(file);
      return this;
    }

    public Builder certificate(String file, Optional<String> keyFile) {
      certificate = Optional.of(file);
      key = keyFile;
      return this;
    }

    public Builder ciphers(String list) {
      ciphers = list;
      return this;
    }

    public Builder suites13(String list) {
      suites13 = list;
      return this;
    }

    public Builder protocols(String list) {
      protocols = list;
      return this;
    }

    public Builder groups(String list) {
      groups = Optional.of(GroupList.parse(list));
      return this;
    }

    public Builder dhe(boolean wanted) {
      dhe = wanted;
      return this;
    }

    public Builder engine(TlsEngine wanted) {
      engine = wanted;
      return this;
    }

    public TlsOptions build() {
      return new TlsOptions(
          use,
          fallback,
          alwaysNew,
          verify,
          ca,
          certificate,
          key,
          CipherList.parse(ciphers),
          CipherSuites13.parse(suites13),
          ProtocolList.parse(protocols),
          groups,
          dhe,
          engine);
    }
  }
}
