package org.impetusmta.listener.esmtp;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.impetusmta.tls.PemFile;

/** Certificates and contexts of TLS for tests. Read-only. */
final class TestTls {
  private static final Path FILES = Path.of("src/test/resources/tls").toAbsolutePath();

  private TestTls() {}

  static Path file(String name) {
    return FILES.resolve(name);
  }

  /**
   * Makes names of options' files paths; {@code tls_certificate} becomes a copy that can be
   * renewed.
   */
  static void resolve(Map<String, String> values) throws IOException {
    for (String option : new String[] {"tls_key", "tls_client_ca", "tls_dhparams_file"}) {
      values.computeIfPresent(option, (key, name) -> file(name).toString());
    }
    values.computeIfPresent(
        "tls_sni_certificates",
        (key, names) ->
            Arrays.stream(names.split(" ", -1))
                .map(name -> file(name).toString())
                .collect(Collectors.joining(" ")));
    String name = values.getOrDefault("tls_certificate", "none");
    if (!name.equals("none")) {
      Path copy = Files.createTempFile("certificate", ".pem");
      copy.toFile().deleteOnExit();
      renew(copy, name);
      values.put("tls_certificate", copy.toString());
    }
  }

  /** Puts certificate and key {@code name} in the place of {@code file}. */
  static void renew(Path file, String name) throws IOException {
    Path beside = Files.createTempFile(file.getParent(), "renewed", ".pem");
    Files.writeString(
        beside, Files.readString(file(name + ".pem")) + Files.readString(file(name + ".key")));
    Files.move(beside, file, StandardCopyOption.REPLACE_EXISTING);
  }

  /** A client that takes every server, and shows the certificate {@code name}. */
  static SSLContext client(String name) {
    try {
      KeyStore own = KeyStore.getInstance(KeyStore.getDefaultType());
      own.load(null, null);
      if (!name.isEmpty()) {
        own.setKeyEntry(
            "own",
            PemFile.key(file(name + ".key")),
            new char[0],
            PemFile.certificates(file(name + ".pem")).toArray(X509Certificate[]::new));
      }
      KeyManagerFactory keys =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(own, new char[0]);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), new TrustManager[] {new TakesAll()}, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final class TakesAll extends X509ExtendedTrustManager {
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
