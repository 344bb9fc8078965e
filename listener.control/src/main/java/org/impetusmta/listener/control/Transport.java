package org.impetusmta.listener.control;

import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.function.Function;

/**
 * The channel classes that an event loop can carry: epoll's, or else NIO's. Immutable.
 *
 * @param unixAddress makes a path the address that {@code unix} binds to
 */
record Transport(
    Class<? extends ServerChannel> tcp,
    Class<? extends ServerChannel> unix,
    Function<Path, SocketAddress> unixAddress) {
  private static final Transport NIO =
      new Transport(
          NioServerSocketChannel.class,
          NioServerDomainSocketChannel.class,
          UnixDomainSocketAddress::of);

  static Transport of(EventLoop loop) {
    return loop instanceof IoEventLoop io && io.isIoType(EpollIoHandler.class) ? epoll() : NIO;
  }

  private static Transport epoll() {
    return new Transport(
        EpollServerSocketChannel.class,
        EpollServerDomainSocketChannel.class,
        path -> new DomainSocketAddress(path.toFile()));
  }
}
