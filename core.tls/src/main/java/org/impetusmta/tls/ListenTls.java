package org.impetusmta.tls;

import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Scopes;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.api.module.ModuleStanza;

/**
 * The TLS of a listener's {@code Listen} and {@code Peer} stanzas, looked at before they are in
 * force: sessions come too late to find out that a file is missing. Stateless; reads files.
 */
public final class ListenTls {
  private ListenTls() {}

  /**
   * Makes every context that the stanzas ask for.
   *
   * @param listener the name of the listener's stanza
   * @throws ConfigException where one cannot be made; with position, Listen and cause
   */
  public static void check(ServerContexts contexts, ModuleStanza next, String listener)
      throws ConfigException {
    for (Stanza listen : next.stanza().children(Scopes.LISTEN)) {
      String name = listen.instance().orElse("");
      check(contexts, next, listener, name, listen.position(), Optional.empty());
      for (Stanza peer : peers(next.stanza(), listen)) {
        check(contexts, next, listener, name, peer.position(), address(peer));
      }
    }
  }

  /** The peers that a connection to {@code listen} may be one of. */
  public static List<Stanza> peers(Stanza listener, Stanza listen) {
    List<Stanza> all = new ArrayList<>(listener.children(Scopes.PEER));
    all.addAll(listen.children(Scopes.PEER));
    return all;
  }

  /** An address in the block that names a peer. */
  public static Optional<InetAddress> address(Stanza peer) {
    String block = peer.instance().orElse("");
    int slash = block.indexOf('/');
    try {
      return Optional.of(InetAddress.ofLiteral(slash < 0 ? block : block.substring(0, slash)));
    } catch (IllegalArgumentException notAnAddress) {
      // what a peer may be called is the engine's to say
      return Optional.empty();
    }
  }

  private static void check(
      ServerContexts contexts,
      ModuleStanza next,
      String listener,
      String listen,
      String position,
      Optional<InetAddress> peer)
      throws ConfigException {
    InboundTlsOptions options =
        next.generation()
            .options(InboundTlsOptions.class, new ScopePath.Receiving(listener, listen, peer));
    if (!options.available()) {
      if (options.useSsl()) {
        throw new ConfigException(
            "%s: Listen \"%s\": use_ssl needs a tls_certificate".formatted(position, listen));
      }
      return;
    }
    try {
      contexts.check(options);
    } catch (IOException cause) {
      throw new ConfigException(
          "%s: Listen \"%s\": no TLS: %s".formatted(position, listen, cause.getMessage()), cause);
    }
  }
}
