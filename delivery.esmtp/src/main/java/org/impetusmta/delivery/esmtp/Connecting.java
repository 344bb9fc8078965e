package org.impetusmta.delivery.esmtp;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import java.time.Duration;
import org.impetusmta.api.delivery.Delivery;
import org.impetusmta.net.Sockets;

/**
 * How the TCP connection of a delivery is made: straight to the host, or by way of a proxy. What a
 * proxy wants to hear first is said by handlers in front of {@code dialogue}, which sees {@code
 * channelActive} when the line to the host stands. Concurrent.
 */
@FunctionalInterface
interface Connecting {
  /** Straight to {@link Delivery#address}. */
  Connecting DIRECT =
      (delivery, timeout, dialogue) ->
          Sockets.connect(
              delivery.loop().unwrap(io.netty.channel.EventLoop.class),
              delivery.sourceAddress(),
              delivery.address(),
              timeout,
              dialogue);

  /**
   * Begins to connect, on the delivery's loop.
   *
   * @param dialogue the handler at the end of the pipeline
   * @return done when the connection stands; failed with the cause otherwise
   */
  ChannelFuture connect(Delivery delivery, Duration timeout, ChannelHandler dialogue);
}
