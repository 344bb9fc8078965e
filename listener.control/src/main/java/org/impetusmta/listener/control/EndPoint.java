package org.impetusmta.listener.control;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.impetusmta.api.config.ConfigException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One socket that is listened on, and its sessions. It is bound without accepting, so that a taken
 * port refuses a configuration; {@link #open} lets clients in. Concurrent; binding and closing
 * block and belong on no event loop.
 */
final class EndPoint {
  private static final Logger LOG = LoggerFactory.getLogger(EndPoint.class);

  private final ControlAddress address;
  private final Channel channel;
  private final Optional<SocketFile> file;
  private final Set<ControlSession> sessions;
  private volatile ControlOptions options;

  private EndPoint(
      ControlAddress address,
      Channel channel,
      Optional<SocketFile> file,
      Set<ControlSession> sessions,
      ControlOptions options) {
    this.address = address;
    this.channel = channel;
    this.file = file;
    this.sessions = sessions;
    this.options = options;
  }

  /**
   * Binds, without accepting yet.
   *
   * @param where what messages begin with
   */
  static EndPoint bind(
      ControlAddress address,
      ControlOptions options,
      String where,
      EventLoop loop,
      ControlSession.Server server)
      throws ConfigException {
    Transport transport = Transport.of(loop);
    SocketAddress local =
        switch (address) {
          case ControlAddress.Tcp tcp -> tcp.address();
          case ControlAddress.Unix unix -> {
            SocketFile.clear(unix.path(), where);
            yield transport.unixAddress().apply(unix.path());
          }
        };
    Set<ControlSession> sessions = ConcurrentHashMap.newKeySet();
    Accept accept = new Accept(server, sessions);
    ChannelFuture bound =
        new ServerBootstrap()
            .group(loop)
            .channel(address instanceof ControlAddress.Tcp ? transport.tcp() : transport.unix())
            .option(ChannelOption.AUTO_READ, false)
            .option(ChannelOption.SO_BACKLOG, options.listenBacklog())
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childHandler(accept)
            .bind(local)
            .awaitUninterruptibly();
    if (bound.cause() != null) {
      throw new ConfigException(
          "%s: cannot listen on %s: %s"
              .formatted(where, address.text(), bound.cause().getMessage()),
          bound.cause());
    }
    Optional<SocketFile> file = Optional.empty();
    try {
      if (address instanceof ControlAddress.Unix unix) {
        file = Optional.of(SocketFile.of(unix.path()));
        file.get().mode(options.fileMode());
      }
    } catch (IOException e) {
      bound.channel().close().awaitUninterruptibly();
      file.ifPresent(SocketFile::remove);
      throw new ConfigException(where + ": file_mode of " + address.text() + ": " + e, e);
    }
    EndPoint made = new EndPoint(address, bound.channel(), file, sessions, options);
    accept.endPoint = made;
    return made;
  }

  /** Lets clients in. */
  void open() {
    channel.config().setAutoRead(true);
    LOG.info("listening for ec_console on {}", address.text());
  }

  /** Other options for the same socket. */
  void options(ControlOptions now) {
    if (now.fileMode() != options.fileMode()) {
      file.ifPresent(
          socket -> {
            try {
              socket.mode(now.fileMode());
            } catch (IOException e) {
              LOG.error("file_mode of {} cannot be changed", address.text(), e);
            }
          });
    }
    options = now;
  }

  /** After how much idle time a session ends; zero: never. */
  Duration timeout() {
    return options.timeout();
  }

  /** As the operator wrote it. */
  String name() {
    return address.text();
  }

  /** Where it is bound. */
  SocketAddress localAddress() {
    return channel.localAddress();
  }

  /**
   * Stops listening and removes the socket's file. Sessions end once they have been answered; this
   * does not wait for them, since one of them may have asked for it.
   */
  void close(String reason) {
    channel.close().awaitUninterruptibly();
    file.ifPresent(SocketFile::remove);
    sessions.forEach(session -> session.leave(reason));
  }

  /** Gives each client a session. */
  @ChannelHandler.Sharable
  private static final class Accept extends ChannelInitializer<Channel> {
    private final ControlSession.Server server;
    private final Set<ControlSession> sessions;
    private volatile @Nullable EndPoint endPoint;

    Accept(ControlSession.Server server, Set<ControlSession> sessions) {
      this.server = server;
      this.sessions = sessions;
    }

    @Override
    protected void initChannel(Channel channel) {
      EndPoint to = endPoint;
      if (to == null) {
        channel.close();
        return;
      }
      channel.pipeline().addLast(new ControlSession(server, to, sessions));
    }
  }
}
