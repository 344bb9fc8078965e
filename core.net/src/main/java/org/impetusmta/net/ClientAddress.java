package org.impetusmta.net;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/**
 * Who the client of a connection is: the one that a PROXY header named, else who connected.
 * Concurrent.
 */
public final class ClientAddress {
  private static final AttributeKey<InetSocketAddress> NAMED =
      AttributeKey.valueOf(ClientAddress.class, "named");

  private ClientAddress() {}

  /** The address of the client. */
  public static SocketAddress of(Channel channel) {
    if (channel.hasAttr(NAMED)) {
      InetSocketAddress named = channel.attr(NAMED).get();
      if (named != null) {
        return named;
      }
    }
    return channel.remoteAddress();
  }

  static void set(Channel channel, InetSocketAddress client) {
    channel.attr(NAMED).set(client);
  }
}
