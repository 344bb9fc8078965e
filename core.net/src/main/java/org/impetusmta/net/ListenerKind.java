package org.impetusmta.net;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.util.Optional;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Stanza;

/** What one kind of listener is, for its {@link ListenSockets}. Implementations are concurrent. */
public interface ListenerKind {
  /** The name of its stanza, {@code esmtp_listener}. */
  String stanza();

  /** What is spoken, for the log. */
  String protocol();

  /** What the relative path of a socket is relative to; empty: paths are absolute. */
  default Optional<Path> home() {
    return Optional.empty();
  }

  /**
   * Looks at a Listen before it is bound.
   *
   * @throws ConfigException where one of that address cannot be; the position is put in front
   */
  default void check(Stanza listen, ListenAddress address) throws ConfigException {}

  /** The event loops of a pool; of all pools where none is named. */
  EventLoopGroup loops(Optional<String> pool);

  /**
   * Adds the handlers of a session. What they see begins with {@code channelActive}; nothing is
   * read before they ask for it. Called on any thread, before or after the channel is registered.
   */
  void begin(Channel accepted, ListenSocket at);

  /** The socket is closed for good, since the configuration names it no more or all ends. */
  default void closed(ListenSocket socket) {}

  /** The scope of a client. */
  default ScopePath.Receiving scope(String listen, SocketAddress remote) {
    Optional<InetAddress> peer =
        remote instanceof InetSocketAddress inet
            ? Optional.ofNullable(inet.getAddress())
            : Optional.empty();
    return new ScopePath.Receiving(stanza(), listen, peer);
  }
}
