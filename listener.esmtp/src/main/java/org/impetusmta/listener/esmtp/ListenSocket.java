package org.impetusmta.listener.esmtp;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.channel.unix.UnixChannelOption;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Stanza;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sockets of one Listen stanza: one, or several that share its port and accept on event loops
 * of their own. Concurrent.
 */
final class ListenSocket {
  private static final Logger LOG = LoggerFactory.getLogger(ListenSocket.class);

  /** Of Linux: IPPROTO_IPV6, IPV6_V6ONLY. */
  private static final IntegerUnixChannelOption IPV6_V6ONLY =
      new IntegerUnixChannelOption("IPV6_V6ONLY", 41, 26);

  /** Sessions that came in here and are open. */
  final AtomicInteger sessions = new AtomicInteger();

  private final EsmtpListener listener;
  private final ListenAddress address;
  private final String name;
  private volatile ListenOptions options;
  private volatile List<Channel> channels = List.of();

  ListenSocket(
      EsmtpListener listener, ListenAddress address, Stanza stanza, ListenOptions options) {
    this.listener = listener;
    this.address = address;
    this.name = stanza.instance().orElse("");
    this.options = options;
  }

  /** The instance name of the stanza, as scopes know it. */
  String name() {
    return name;
  }

  ListenAddress address() {
    return address;
  }

  /**
   * What connections that are accepted from here on get; a Unix socket changes its mode at once.
   */
  void options(ListenOptions now) {
    if (now.concurrency() != options.concurrency()) {
      LOG.warn("Listen \"{}\": the changed concurrency takes effect when it is bound anew", name);
    }
    boolean otherMode = now.fileMode() != options.fileMode();
    options = now;
    if (otherMode && address instanceof ListenAddress.Unix unix) {
      try {
        Files.setPosixFilePermissions(unix.path(), permissions(now.fileMode()));
      } catch (IOException cause) {
        LOG.error("the socket {} keeps its mode: {}", unix.path(), cause.toString());
      }
    }
  }

  /**
   * Takes the address; nobody is accepted before {@link #accept}.
   *
   * @throws ConfigException naming stanza, address and cause
   */
  void bind(EventLoopGroup group, String position) throws ConfigException {
    boolean epoll = group instanceof IoEventLoopGroup io && io.isIoType(EpollIoHandler.class);
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(group)
            .channelFactory(() -> open(epoll))
            .option(ChannelOption.AUTO_READ, false)
            .option(ChannelOption.SO_BACKLOG, options.listenBacklog())
            .childOption(ChannelOption.AUTO_READ, false)
            .childHandler(new Accepted());
    int acceptors = 1;
    if (address instanceof ListenAddress.Tcp tcp) {
      bootstrap.option(ChannelOption.SO_REUSEADDR, true);
      if (options.tcpRecvBufferSize() > 0) {
        // the window is agreed on before the connection is accepted
        bootstrap.option(ChannelOption.SO_RCVBUF, options.tcpRecvBufferSize());
      }
      if (epoll && tcp.family() == ListenAddress.Family.IPV6) {
        bootstrap.option(IPV6_V6ONLY, 1);
      }
      if (epoll && options.concurrency() > 1) {
        acceptors = options.concurrency();
        bootstrap.option(UnixChannelOption.SO_REUSEPORT, true);
      }
    }
    if (options.concurrency() > 1 && acceptors == 1) {
      LOG.warn("Listen \"{}\" accepts on one event loop: several need a port and epoll", name);
    }
    try {
      requireFamily(epoll);
      removeStale();
      List<Channel> bound = new ArrayList<>();
      channels = bound;
      while (bound.size() < acceptors) {
        SocketAddress where = bound.isEmpty() ? local(epoll) : bound.getFirst().localAddress();
        ChannelFuture binding = bootstrap.bind(where).awaitUninterruptibly();
        if (!binding.isSuccess()) {
          Throwable cause = binding.cause();
          close();
          throw refused(position, cause == null ? new IOException("interrupted") : cause);
        }
        bound.add(binding.channel());
      }
      channels = List.copyOf(bound);
      LOG.info("listening for SMTP on {}", name);
      if (address instanceof ListenAddress.Unix unix) {
        Files.setPosixFilePermissions(unix.path(), permissions(options.fileMode()));
      }
    } catch (IOException cause) {
      close();
      throw refused(position, cause);
    }
  }

  private ConfigException refused(String position, Throwable cause) {
    String why = String.valueOf(cause.getMessage());
    return new ConfigException(
        "%s: esmtp_listener cannot listen on \"%s\": %s".formatted(position, name, why), cause);
  }

  /** The wildcard of IPv4 takes IPv6 clients too in a socket that is not for IPv4 alone. */
  private ServerChannel open(boolean epoll) {
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

  private void requireFamily(boolean epoll) throws IOException {
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

  private SocketAddress local(boolean epoll) {
    return switch (address) {
      case ListenAddress.Tcp tcp -> tcp.address();
      case ListenAddress.Unix unix ->
          epoll
              ? new DomainSocketAddress(unix.path().toFile())
              : UnixDomainSocketAddress.of(unix.path());
    };
  }

  /** Removes the socket of a process that is gone; anything else in its place stays. */
  private void removeStale() throws IOException {
    if (!(address instanceof ListenAddress.Unix unix) || !Files.exists(unix.path())) {
      return;
    }
    Path path = unix.path();
    if (Files.isRegularFile(path) || Files.isDirectory(path)) {
      throw new IOException("there is something else");
    }
    try (SocketChannel probe = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      throw new IOException("Address already in use: " + probe.getRemoteAddress());
    } catch (ConnectException nobodyListens) {
      Files.delete(path);
    }
  }

  static Set<PosixFilePermission> permissions(int mode) {
    Set<PosixFilePermission> found = EnumSet.noneOf(PosixFilePermission.class);
    PosixFilePermission[] highToLow = PosixFilePermission.values();
    for (int i = 0; i < highToLow.length; i++) {
      if ((mode & 0400 >>> i) != 0) {
        found.add(highToLow[i]);
      }
    }
    return found;
  }

  /** Where it is bound. */
  InetSocketAddress boundTo() {
    List<Channel> bound = channels;
    if (bound.isEmpty() || !(bound.getFirst().localAddress() instanceof InetSocketAddress inet)) {
      throw new IllegalStateException(name + " is not bound to a port");
    }
    return inet;
  }

  /** Accepts clients from here on. */
  void accept() {
    channels.forEach(bound -> bound.config().setAutoRead(true));
  }

  /** Accepts nobody from here on, and gives the address up. */
  void close() {
    List<Channel> bound = channels;
    channels = List.of();
    if (bound.isEmpty()) {
      return;
    }
    bound.forEach(one -> one.close().awaitUninterruptibly());
    LOG.info("no longer listening for SMTP on {}", name);
    if (address instanceof ListenAddress.Unix unix) {
      try {
        Files.deleteIfExists(unix.path());
      } catch (IOException cause) {
        LOG.warn("the socket {} stays behind: {}", unix.path(), cause.toString());
      }
    }
  }

  private final class Accepted extends ChannelInitializer<Channel> {
    @Override
    protected void initChannel(Channel accepted) {
      ListenOptions now = options;
      if (address instanceof ListenAddress.Tcp) {
        accepted.config().setOption(ChannelOption.TCP_NODELAY, now.disableNagleAlgorithm());
        if (now.tcpRecvBufferSize() > 0) {
          accepted.config().setOption(ChannelOption.SO_RCVBUF, now.tcpRecvBufferSize());
        }
        if (now.tcpSendBufferSize() > 0) {
          accepted.config().setOption(ChannelOption.SO_SNDBUF, now.tcpSendBufferSize());
        }
      }
      accepted.pipeline().addLast(new EsmtpConnection(listener, ListenSocket.this));
    }
  }
}
