package org.impetusmta.listener.ecstream;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Scopes;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.api.module.Reconfigurable;
import org.impetusmta.api.reception.Reception;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.scheduler.Scheduler;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stanza {@code ECStream_Listener}: a TCP socket for each {@code Listen} in it, a session for
 * each client. A reload keeps the sockets that stay, binds new ones before the configuration is in
 * force, and closes those that are gone. Concurrent. Source: ecstream_listener.
 */
@Module(
    name = "ecstream_listener",
    kind = Module.Kind.LISTENER,
    description = "Accepts mail by ECStream",
    singleton = "true")
@Component(factory = Module.FACTORY + "ecstream_listener", service = Reconfigurable.class)
public final class EcStreamListener implements Reconfigurable {
  private static final Logger LOG = LoggerFactory.getLogger(EcStreamListener.class);
  private static final String NAME = "ecstream_listener";
  private static final int DRAIN_SECONDS = 10;

  private final Reception reception;
  private final EventLoopGroup group;
  private final Scheduler scheduler;
  private final IdentityHashMap<io.netty.channel.EventLoop, EventLoop> loops =
      new IdentityHashMap<>();
  private final Set<EcStreamConnection> connections = ConcurrentHashMap.newKeySet();

  /** Written by the thread that commits, one commit at a time. */
  private volatile Map<InetSocketAddress, Channel> sockets = Map.of();

  private @Nullable Prepared prepared;
  private volatile long reloads;
  private volatile @Nullable CountDownLatch empty;

  private record Prepared(
      Map<InetSocketAddress, Stanza> wanted, Map<InetSocketAddress, Channel> bound) {}

  /**
   * Binds and accepts.
   *
   * @throws ConfigException when a Listen is wrong or its address cannot be had
   */
  @Activate
  public EcStreamListener(
      Map<String, Object> properties,
      @Reference Reception reception,
      @Reference Scheduler scheduler,
      @Reference EventLoopGroup group)
      throws ConfigException {
    this(ModuleStanza.of(properties), reception, scheduler, group);
  }

  EcStreamListener(
      ModuleStanza stanza, Reception reception, Scheduler scheduler, EventLoopGroup group)
      throws ConfigException {
    this.reception = reception;
    this.scheduler = scheduler;
    this.group = group;
    for (EventLoop loop : scheduler.loops()) {
      loops.put(loop.unwrap(io.netty.channel.EventLoop.class), loop);
    }
    prepare(stanza);
    commit(stanza);
  }

  // ---- configuration

  @Override
  public void prepare(ModuleStanza next) throws ConfigException {
    Map<InetSocketAddress, Stanza> wanted = new LinkedHashMap<>();
    for (Stanza listen : next.stanza().children(Scopes.LISTEN)) {
      String name = listen.instance().orElse("");
      InetSocketAddress address = address(name, listen.position());
      ListenOptions options = next.generation().options(ListenOptions.class, scope(name, null));
      if (options.enable() && wanted.putIfAbsent(address, listen) != null) {
        throw new ConfigException(
            listen.position() + ": Listen \"" + name + "\": there is one already");
      }
    }
    Prepared ready = new Prepared(wanted, new LinkedHashMap<>());
    try {
      for (Map.Entry<InetSocketAddress, Stanza> one : wanted.entrySet()) {
        if (!sockets.containsKey(one.getKey())) {
          ready.bound().put(one.getKey(), bind(one.getKey(), one.getValue(), next));
        }
      }
    } catch (ConfigException refused) {
      ready.bound().values().forEach(Channel::close);
      throw refused;
    }
    prepared = ready;
  }

  /** {@code :1825}, {@code *:1825}, {@code 127.0.0.1:1825} or {@code [::1]:1825}. */
  static InetSocketAddress address(String text, String position) throws ConfigException {
    int colon = text.lastIndexOf(':');
    String host = colon < 0 ? "" : text.substring(0, colon);
    String port = text.substring(colon + 1);
    if (colon >= 0 && port.matches("\\d{1,5}") && Integer.parseInt(port) <= 65535) {
      int number = Integer.parseInt(port);
      if (host.isEmpty() || host.equals("*")) {
        return new InetSocketAddress(number);
      }
      boolean bracketed = host.startsWith("[") && host.endsWith("]");
      try {
        if (bracketed || host.indexOf(':') < 0) {
          return new InetSocketAddress(
              InetAddress.ofLiteral(bracketed ? host.substring(1, host.length() - 1) : host),
              number);
        }
      } catch (IllegalArgumentException notAnAddress) {
        LOG.debug("{}: {}", text, notAnAddress.toString());
      }
    }
    throw new ConfigException(
        "%s: Listen \"%s\": expected ADDRESS:PORT, [IPV6]:PORT or :PORT (a Unix socket is for ESMTP)"
            .formatted(position, text));
  }

  private Channel bind(InetSocketAddress address, Stanza listen, ModuleStanza next)
      throws ConfigException {
    String name = listen.instance().orElse("");
    boolean epoll = group instanceof IoEventLoopGroup io && io.isIoType(EpollIoHandler.class);
    ChannelFuture binding =
        new ServerBootstrap()
            .group(group)
            .channelFactory(
                () -> epoll ? new EpollServerSocketChannel() : new NioServerSocketChannel())
            .option(ChannelOption.AUTO_READ, false)
            .option(ChannelOption.SO_REUSEADDR, true)
            .option(
                ChannelOption.SO_BACKLOG,
                next.generation().options(ListenOptions.class, scope(name, null)).listenBacklog())
            .childOption(ChannelOption.AUTO_READ, false)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel accepted) {
                    accepted
                        .pipeline()
                        .addLast(new EcStreamConnection(EcStreamListener.this, name));
                  }
                })
            .bind(address)
            .awaitUninterruptibly();
    if (!binding.isSuccess()) {
      Throwable cause = binding.cause();
      throw new ConfigException(
          "%s: ecstream_listener cannot listen on \"%s\": %s"
              .formatted(listen.position(), name, cause == null ? "" : cause.getMessage()));
    }
    LOG.info("listening for ECStream on {}", name);
    return binding.channel();
  }

  @Override
  public void commit(ModuleStanza now) {
    Prepared ready = prepared;
    if (ready == null) {
      throw new IllegalStateException("commit without prepare");
    }
    prepared = null;
    reloads = now.generation().reloads();
    Map<InetSocketAddress, Channel> next = new LinkedHashMap<>();
    for (InetSocketAddress address : ready.wanted().keySet()) {
      Channel kept = sockets.get(address);
      Channel channel = kept == null ? ready.bound().get(address) : kept;
      if (channel != null) {
        next.put(address, channel);
      }
    }
    Map<InetSocketAddress, Channel> before = sockets;
    sockets = next;
    before.forEach(
        (address, channel) -> {
          if (!next.containsKey(address)) {
            channel.close().awaitUninterruptibly();
          }
        });
    scheduler.whenServing(
        () -> ready.bound().values().forEach(channel -> channel.config().setAutoRead(true)));
  }

  @Override
  public void rollback(ModuleStanza refused) {
    Prepared given = prepared;
    prepared = null;
    if (given != null) {
      given.bound().values().forEach(Channel::close);
    }
  }

  /** Stops accepting, lets sessions finish the message under way, closes them. */
  @Deactivate
  void deactivate() {
    Map<InetSocketAddress, Channel> before = sockets;
    sockets = Map.of();
    before.values().forEach(channel -> channel.close().awaitUninterruptibly());
    CountDownLatch none = new CountDownLatch(1);
    empty = none;
    connections.forEach(EcStreamConnection::drain);
    try {
      if (!connections.isEmpty() && !none.await(DRAIN_SECONDS, TimeUnit.SECONDS)) {
        LOG.warn("{} ECStream sessions were cut off", connections.size());
      }
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
    }
    connections.forEach(EcStreamConnection::abort);
  }

  // ---- what sessions ask

  static ScopePath.Receiving scope(String listen, @Nullable SocketAddress remote) {
    Optional<InetAddress> peer =
        remote instanceof InetSocketAddress inet
            ? Optional.ofNullable(inet.getAddress())
            : Optional.empty();
    return new ScopePath.Receiving(NAME, listen, peer);
  }

  Reception reception() {
    return reception;
  }

  long reloads() {
    return reloads;
  }

  EventLoop loop(io.netty.channel.EventLoop netty) {
    EventLoop found = loops.get(netty);
    if (found == null) {
      throw new IllegalStateException("a connection on a loop that is not the scheduler's");
    }
    return found;
  }

  /** Where it is bound. */
  List<SocketAddress> addresses() {
    return sockets.values().stream().map(Channel::localAddress).toList();
  }

  void opened(EcStreamConnection connection) {
    connections.add(connection);
  }

  void closed(EcStreamConnection connection) {
    connections.remove(connection);
    CountDownLatch waiting = empty;
    if (waiting != null && connections.isEmpty()) {
      waiting.countDown();
    }
  }
}
