package org.impetusmta.tls;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** Authorities out of a file (PEM). Thread-safety: read-only; reads files. */
public final class TrustedAuthorities {
  private TrustedAuthorities() {}

  /**
   * The authorities in {@code file}; those of the Java platform where there is none.
   *
   * @throws IOException when they cannot be read; names the file
   */
  public static X509TrustManager read(Optional<Path> file) throws IOException {
    try {
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      if (file.isEmpty()) {
        factory.init((KeyStore) null);
      } else {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        int number = 0;
        for (X509Certificate authority : PemFile.certificates(file.get())) {
          store.setCertificateEntry("authority" + number++, authority);
        }
        factory.init(store);
      }
      for (TrustManager manager : factory.getTrustManagers()) {
        if (manager instanceof X509TrustManager found) {
          return found;
        }
      }
      throw new IOException("the Java platform checks no certificates");
    } catch (GeneralSecurityException e) {
      throw new IOException(file.map(Path::toString).orElse("authorities") + ": " + e, e);
    }
  }
}
