package org.impetusmta.net;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.Errors;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;

/** Opens TCP connections on a given loop, of the kind that the loop serves: epoll or NIO. */
public final class Sockets {
  private Sockets() {}

  /**
   * Begins to connect. Replies are read even after a write has failed (AUTO_CLOSE off): a server
   * that refuses a body halfway says why before it hangs up.
   */
  public static ChannelFuture connect(
      EventLoop loop,
      Optional<InetAddress> source,
      InetSocketAddress address,
      Duration timeout,
      ChannelHandler handler) {
    Bootstrap bootstrap =
        new Bootstrap()
            .group(loop)
            .channelFactory(factory(loop))
            .disableResolver()
            .option(
                ChannelOption.CONNECT_TIMEOUT_MILLIS,
                Math.clamp(timeout.toMillis(), 1, Integer.MAX_VALUE))
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.AUTO_CLOSE, false)
            .handler(handler);
    source.ifPresent(
        local -> {
          if (epoll(loop)) {
            // ports are taken when the peer is known: one source may have any number of peers
            bootstrap.option(EpollChannelOption.IP_BIND_ADDRESS_NO_PORT, true);
          }
          bootstrap.localAddress(new InetSocketAddress(local, 0));
        });
    return bootstrap.connect(address);
  }

  /** Whether what went wrong was the source address, before anything was asked of the peer. */
  public static boolean notBound(Throwable cause) {
    return cause instanceof BindException
        // NIO says whom it wanted to reach, in an exception of its own
        || cause.getCause() instanceof BindException
        || (cause instanceof Errors.NativeIoException
            && String.valueOf(cause.getMessage()).startsWith("bind("));
  }

  private static ChannelFactory<Channel> factory(EventLoop loop) {
    return epoll(loop) ? EpollSocketChannel::new : NioSocketChannel::new;
  }

  private static boolean epoll(EventLoop loop) {
    return loop instanceof IoEventLoop io && io.isIoType(EpollIoHandler.class);
  }
}
