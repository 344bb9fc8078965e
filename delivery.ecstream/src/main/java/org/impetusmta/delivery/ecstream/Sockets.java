package org.impetusmta.delivery.ecstream;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.InetSocketAddress;
import java.time.Duration;

/** Opens TCP connections on a given loop, of the kind that the loop serves: epoll or NIO. */
final class Sockets {
  private Sockets() {}

  /** that refuses a body halfway says why before it hangs up. */
  static ChannelFuture connect(
      EventLoop loop, InetSocketAddress address, Duration timeout, ChannelHandler handler) {
    return new Bootstrap()
        .group(loop)
        .channelFactory(factory(loop))
        .disableResolver()
        .option(
            ChannelOption.CONNECT_TIMEOUT_MILLIS,
            Math.clamp(timeout.toMillis(), 1, Integer.MAX_VALUE))
        .option(ChannelOption.TCP_NODELAY, true)
        .handler(handler)
        .connect(address);
  }

  private static ChannelFactory<Channel> factory(EventLoop loop) {
    return loop instanceof IoEventLoop io && io.isIoType(EpollIoHandler.class)
        ? EpollSocketChannel::new
        : NioSocketChannel::new;
  }
}
