package org.impetusmta.net;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.channel.unix.UnixChannelOption;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.api.scheduler.ThreadPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sockets that a Listen is bound to. With {@code concurrency} 0 one, on an event loop of those
 * that serve its connections. Else as many as {@code concurrency} says that share the port, each on
 * a thread of the pool {@code pool_name} that does nothing but accept; where the port cannot be
 * shared (a Unix socket, no epoll) one such thread.
 *
 * <p>Concurrent; binding and closing block.
 */
final class Binding {
  private static final Logger LOG = LoggerFactory.getLogger(Binding.class);
  private static final String POOL = "IO";

  /** Of Linux: IPPROTO_IPV6, IPV6_V6ONLY. */
  private static final IntegerUnixChannelOption IPV6_V6ONLY =
      new IntegerUnixChannelOption("IPV6_V6ONLY", 41, 26);

  private final List<Channel> channels = new ArrayList<>();
  private final @Nullable EventLoopGroup acceptors;
  private @Nullable SocketFile file;

  private Binding(@Nullable EventLoopGroup acceptors) {
    this.acceptors = acceptors;
  }

  static Binding of(
      ListenSocket socket,
      ListenerKind kind,
      Scheduler scheduler,
      ListenOptions options,
      String position)
      throws IOException, ConfigException {
    EventLoopGroup serving = kind.loops(options.eventLoop());
    boolean epoll = serving instanceof IoEventLoopGroup io && io.isIoType(EpollIoHandler.class);
    ListenAddress address = socket.address();
    requireFamily(address, epoll);
    if (address instanceof ListenAddress.Unix unix) {
      SocketFile.clear(unix.path(), position);
    }
    boolean threaded = options.concurrency() > 0;
    int count = threaded ? threads(socket, scheduler, options, epoll) : 1;
    EventLoopGroup acceptors = threaded ? acceptors(scheduler, options, count, epoll) : null;
    Binding made = new Binding(acceptors);
    try {
      Bootstrap bootstrap = bootstrap(address, options, epoll, count > 1);
      bootstrap
          .group(acceptors == null ? serving : acceptors)
          .handler(new Acceptor(socket, serving, threaded));
      while (made.channels.size() < count) {
        SocketAddress where = made.channels.isEmpty() ? local(address, epoll) : made.localAddress();
        ChannelFuture binding = bootstrap.bind(where).awaitUninterruptibly();
        if (!binding.isSuccess()) {
          Throwable cause = binding.cause();
          throw cause instanceof IOException io ? io : new IOException(String.valueOf(cause));
        }
        made.channels.add(binding.channel());
      }
      if (address instanceof ListenAddress.Unix unix) {
        made.file = SocketFile.of(unix.path());
        made.mode(options.fileMode());
      }
      return made;
    } catch (IOException | RuntimeException failed) {
      made.close();
      throw failed;
    }
  }

  private static int threads(
      ListenSocket socket, Scheduler scheduler, ListenOptions options, boolean epoll) {
    int most = pool(scheduler, options).concurrency();
    int wanted = options.concurrency();
    if (wanted > 1 && !(epoll && socket.address() instanceof ListenAddress.Tcp)) {
      LOG.warn("Listen \"{}\" accepts on one thread: several need a port and epoll", socket.name());
      return 1;
    }
    if (wanted > most) {
      LOG.warn(
          "Listen \"{}\": {} threads accept, not {}: the pool has no more",
          socket.name(),
          Math.max(1, most),
          wanted);
    }
    return Math.clamp(wanted, 1, Math.max(1, most));
  }

  private static ThreadPool pool(Scheduler scheduler, ListenOptions options) {
    return scheduler.pool(options.poolName().filter(name -> !name.isEmpty()).orElse(POOL));
  }

  private static EventLoopGroup acceptors(
      Scheduler scheduler, ListenOptions options, int count, boolean epoll) {
    return new MultiThreadIoEventLoopGroup(
        count,
        pool(scheduler, options)::occupy,
        epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
  }

  private static Bootstrap bootstrap(
      ListenAddress address, ListenOptions options, boolean epoll, boolean shared) {
    Bootstrap bootstrap =
        new Bootstrap()
            .channelFactory(() -> open(address, epoll))
            .disableResolver()
            .option(ChannelOption.AUTO_READ, false)
            .option(ChannelOption.SO_BACKLOG, options.listenBacklog());
    if (address instanceof ListenAddress.Tcp tcp) {
      bootstrap.option(ChannelOption.SO_REUSEADDR, true);
      if (options.tcpRecvBufferSize() > 0) {
        // the window is agreed on before the connection is accepted
        bootstrap.option(ChannelOption.SO_RCVBUF, options.tcpRecvBufferSize());
      }
      if (epoll && tcp.family() == ListenAddress.Family.IPV6) {
        bootstrap.option(IPV6_V6ONLY, 1);
      }
      if (shared) {
        bootstrap.option(UnixChannelOption.SO_REUSEPORT, true);
      }
    }
    return bootstrap;
  }

  /** The wildcard of IPv4 takes IPv6 clients too in a socket that is not for IPv4 alone. */
  private static ServerChannel open(ListenAddress address, boolean epoll) {
    return switch (address) {
      case ListenAddress.Tcp tcp ->
          switch (tcp.family()) {
            case IPV4 -> epoll ? new EpollServerSocketChannel(SocketProtocolFamily.INET) : ipv4();
            case IPV6 ->
                epoll
                    ? new EpollServerSocketChannel(SocketProtocolFamily.INET6)
                    : new NioServerSocketChannel();
            case ANY -> epoll ? new EpollServerSocketChannel() : new NioServerSocketChannel();
          };
      case ListenAddress.Unix _ ->
          epoll ? new EpollServerDomainSocketChannel() : new NioServerDomainSocketChannel();
    };
  }

  private static NioServerSocketChannel ipv4() {
    try {
      return new NioServerSocketChannel(ServerSocketChannel.open(StandardProtocolFamily.INET));
    } catch (IOException cause) {
      throw new ChannelException("no socket for IPv4: " + cause.getMessage(), cause);
    }
  }

  private static void requireFamily(ListenAddress address, boolean epoll) throws IOException {
    boolean allIpv6 =
        address instanceof ListenAddress.Tcp tcp
            && tcp.family() == ListenAddress.Family.IPV6
            && tcp.address().getAddress().isAnyLocalAddress();
    if (allIpv6 && !epoll) {
      throw new IOException(
          "a port for IPv6 alone needs epoll, which is not there; expected \"*:%d\" or an address"
              .formatted(((ListenAddress.Tcp) address).address().getPort()));
    }
  }

  private static SocketAddress local(ListenAddress address, boolean epoll) {
    return switch (address) {
      case ListenAddress.Tcp tcp -> tcp.address();
      case ListenAddress.Unix unix ->
          epoll
              ? new DomainSocketAddress(unix.path().toFile())
              : UnixDomainSocketAddress.of(unix.path());
    };
  }

  SocketAddress localAddress() {
    return channels.getFirst().localAddress();
  }

  List<Channel> channels() {
    return List.copyOf(channels);
  }

  /** Gives the file of a Unix socket another mode. */
  void mode(int mode) throws IOException {
    SocketFile of = file;
    if (of != null) {
      of.mode(mode);
    }
  }

  /** Has each socket look again whether connections are to be accepted. */
  void update(BooleanSupplier accepting) {
    for (Channel channel : channels) {
      if (channel.eventLoop().inEventLoop()) {
        channel.config().setAutoRead(accepting.getAsBoolean());
      } else {
        channel.eventLoop().execute(() -> channel.config().setAutoRead(accepting.getAsBoolean()));
      }
    }
  }

  void close() {
    channels.forEach(channel -> channel.close().awaitUninterruptibly());
    SocketFile of = file;
    if (of != null) {
      of.remove();
    }
    EventLoopGroup threads = acceptors;
    if (threads != null) {
      threads.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }
  }
}
