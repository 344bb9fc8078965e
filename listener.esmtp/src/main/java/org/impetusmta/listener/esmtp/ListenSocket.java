package org.impetusmta.listener.esmtp;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Stanza;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The socket of one Listen stanza. Concurrent. */
final class ListenSocket {
  private static final Logger LOG = LoggerFactory.getLogger(ListenSocket.class);

  /** Sessions that came in here and are open. */
  final AtomicInteger sessions = new AtomicInteger();

  private final EsmtpListener listener;
  private final ListenAddress address;
  private final String name;
  private volatile ListenOptions options;
  private @Nullable Channel channel;

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

  /** What connections that are accepted from here on get. */
  void options(ListenOptions now) {
    options = now;
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
            .channel(type(epoll))
            .option(ChannelOption.AUTO_READ, false)
            .option(ChannelOption.SO_BACKLOG, options.listenBacklog())
            .childOption(ChannelOption.AUTO_READ, false)
            .childHandler(new Accepted());
    if (address instanceof ListenAddress.Tcp) {
      bootstrap.option(ChannelOption.SO_REUSEADDR, true);
      if (options.tcpRecvBufferSize() > 0) {
        // the window is agreed on before the connection is accepted
        bootstrap.option(ChannelOption.SO_RCVBUF, options.tcpRecvBufferSize());
      }
    }
    try {
      removeStale();
      ChannelFuture bound = bootstrap.bind(local(epoll)).awaitUninterruptibly();
      if (!bound.isSuccess()) {
        Throwable cause = bound.cause();
        throw refused(position, cause == null ? new IOException("interrupted") : cause);
      }
      channel = bound.channel();
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

  private Class<? extends ServerChannel> type(boolean epoll) {
    return switch (address) {
      case ListenAddress.Tcp tcp ->
          epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
      case ListenAddress.Unix unix ->
          epoll ? EpollServerDomainSocketChannel.class : NioServerDomainSocketChannel.class;
    };
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
    Channel bound = channel;
    if (bound == null || !(bound.localAddress() instanceof InetSocketAddress inet)) {
      throw new IllegalStateException(name + " is not bound to a port");
    }
    return inet;
  }

  /** Accepts clients from here on. */
  void accept() {
    Channel bound = channel;
    if (bound != null) {
      bound.config().setAutoRead(true);
    }
  }

  /** Accepts nobody from here on, and gives the address up. */
  void close() {
    Channel bound = channel;
    channel = null;
    if (bound == null) {
      return;
    }
    bound.close().awaitUninterruptibly();
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
