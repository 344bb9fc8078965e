package org.impetusmta.listener.esmtp;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.impetusmta.tls.PemFile;
import org.jspecify.annotations.Nullable;

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

  /**
   * A client that takes every server, and shows the certificate {@code name}, whichever authorities
   * the server names.
   */
  static SSLContext client(String name) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(
          name.isEmpty() ? new KeyManager[0] : new KeyManager[] {new Shows(name)},
          new TrustManager[] {new TakesAll()},
          null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final class Shows extends X509ExtendedKeyManager {
    private final X509Certificate[] chain;
    private final PrivateKey key;

    Shows(String name) throws IOException {
      chain = PemFile.certificates(file(name + ".pem")).toArray(X509Certificate[]::new);
      key = PemFile.key(file(name + ".key"));
    }

    @Override
    public String chooseClientAlias(
        String[] types, Principal @Nullable [] issuers, @Nullable Socket socket) {
      return "own";
    }

    @Override
    public String chooseEngineClientAlias(
        String[] types, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
      return "own";
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
      return chain;
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
      return key;
    }

    @Override
    public String[] getClientAliases(String type, Principal @Nullable [] issuers) {
      return new String[] {"own"};
    }

    @Override
    public String @Nullable [] getServerAliases(String type, Principal @Nullable [] issuers) {
      return null;
    }

    @Override
    public @Nullable String chooseServerAlias(
        String type, Principal @Nullable [] issuers, @Nullable Socket socket) {
      return null;
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
