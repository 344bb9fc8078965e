package org.impetusmta.tls;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * The certificates of a server, each with its key: the client's is the first that has the name
 * which the client asks for (RFC 6066 section 3), or the first of all. Immutable.
 */
final class NamedKeys extends X509ExtendedKeyManager {
  /** One certificate. */
  private static final class Entry {
    final String alias;
    final PrivateKey key;
    final X509Certificate[] chain;

    Entry(String alias, PrivateKey key, List<X509Certificate> chain) {
      this.alias = alias;
      this.key = key;
      this.chain = chain.toArray(X509Certificate[]::new);
    }
  }

  private final List<Entry> entries = new ArrayList<>();

  /**
   * Reads files.
   *
   * @throws IOException when one cannot be read, or a key is not that of its certificate; names the
   *     file
   */
  NamedKeys(Path certificate, Optional<Path> key, List<Path> named) throws IOException {
    add(certificate, key.orElse(certificate));
    for (Path file : named) {
      add(file, file);
    }
  }

  private void add(Path certificate, Path key) throws IOException {
    List<X509Certificate> chain = PemFile.certificates(certificate);
    PrivateKey own = PemFile.key(key);
    KeyPairs.requirePair(own, chain.getFirst().getPublicKey(), key, certificate);
    entries.add(new Entry("certificate" + entries.size(), own, chain));
  }

  private Entry wanted(@Nullable SSLSession session) {
    String name = serverName(session);
    if (!name.isEmpty()) {
      for (Entry entry : entries) {
        if (HostNames.match(entry.chain[0], List.of(name), true)) {
          return entry;
        }
      }
    }
    return entries.getFirst();
  }

  /** The name that the client asks for, in lower case; empty: none. */
  static String serverName(@Nullable SSLSession session) {
    if (session instanceof ExtendedSSLSession extended) {
      for (SNIServerName name : extended.getRequestedServerNames()) {
        if (name instanceof SNIHostName host) {
          return host.getAsciiName().toLowerCase(Locale.ROOT);
        }
      }
    }
    return "";
  }

  @Override
  public @Nullable String chooseEngineServerAlias(
      String type, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
    Entry entry = wanted(engine == null ? null : engine.getHandshakeSession());
    return fits(entry, type) ? entry.alias : null;
  }

  private static boolean fits(Entry entry, String type) {
    String algorithm = entry.key.getAlgorithm();
    return algorithm.equalsIgnoreCase(type)
        || (type.startsWith("EC") && algorithm.equals("EC"))
        || (type.equals("RSASSA-PSS") && algorithm.equals("RSASSA-PSS"))
        || (type.equals("EdDSA") && algorithm.startsWith("Ed"));
  }

  private Optional<Entry> entry(String alias) {
    return entries.stream().filter(one -> one.alias.equals(alias)).findFirst();
  }

  @Override
  public X509Certificate @Nullable [] getCertificateChain(String alias) {
    return entry(alias).map(one -> one.chain.clone()).orElse(null);
  }

  @Override
  public @Nullable PrivateKey getPrivateKey(String alias) {
    return entry(alias).map(one -> one.key).orElse(null);
  }

  @Override
  public String @Nullable [] getServerAliases(String type, Principal @Nullable [] issuers) {
    return entries.stream()
        .filter(one -> fits(one, type))
        .map(one -> one.alias)
        .toArray(String[]::new);
  }

  @Override
  public @Nullable String chooseServerAlias(
      String type, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return chooseEngineServerAlias(type, issuers, null);
  }

  @Override
  public String @Nullable [] getClientAliases(String type, Principal @Nullable [] issuers) {
    return null;
  }

  @Override
  public @Nullable String chooseClientAlias(
      String[] types, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return null;
  }
}
