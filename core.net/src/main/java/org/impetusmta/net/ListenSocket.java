package org.impetusmta.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Scopes;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.api.scheduler.Scheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One Listen: its bound sockets and the connections that come in there. What is accepted gets the
 * options in force, waits for a PROXY header where one is due, then becomes a session.
 *
 * <p>Concurrent; binding and closing block.
 */
public final class ListenSocket {
  private static final Logger LOG = LoggerFactory.getLogger(ListenSocket.class);

  /** How long nobody is accepted after the system could not give a connection. */
  private static final Duration PAUSE = Duration.ofSeconds(1);

  private final ListenerKind kind;
  private final Scheduler scheduler;
  private final ListenAddress address;
  private final String name;
  private final AtomicInteger sessions = new AtomicInteger();
  private final AtomicInteger all;

  /** Accepted connections that no event loop has taken yet. */
  private final AtomicInteger waiting = new AtomicInteger();

  /** Connections whose PROXY header is not complete. */
  private final Set<Channel> unnamed = ConcurrentHashMap.newKeySet();

  private volatile Manners manners;
  private volatile @Nullable Binding binding;
  private volatile boolean accepting;
  private volatile boolean full;
  private volatile boolean pausing;

  /**
   * How it treats those who connect.
   *
   * @param byPeer whether a Peer may say something of its own
   * @param proxy where none does
   */
  private record Manners(
      ListenOptions options, Generation generation, boolean byPeer, ProxyOptions proxy) {
    ProxyOptions proxy(ListenSocket at, SocketAddress remote) {
      return byPeer
          ? generation.options(ProxyOptions.class, at.kind.scope(at.name, remote))
          : proxy;
    }
  }

  /**
   * @param all counts the connections of all sockets of the listener
   */
  ListenSocket(
      ListenerKind kind,
      Scheduler scheduler,
      AtomicInteger all,
      ListenAddress address,
      Stanza listen,
      ListenOptions options,
      ModuleStanza listener) {
    this.kind = kind;
    this.scheduler = scheduler;
    this.all = all;
    this.address = address;
    this.name = listen.instance().orElse("");
    this.manners = manners(listen, options, listener);
  }

  private Manners manners(Stanza listen, ListenOptions options, ModuleStanza listener) {
    boolean byPeer =
        !listen.children(Scopes.PEER).isEmpty()
            || !listener.stanza().children(Scopes.PEER).isEmpty();
    ScopePath own = new ScopePath.Receiving(kind.stanza(), name, Optional.empty());
    return new Manners(
        options,
        listener.generation(),
        byPeer,
        listener.generation().options(ProxyOptions.class, own));
  }

  /** The instance name of the stanza, as scopes know it. */
  public String name() {
    return name;
  }

  /** Where it listens, as the configuration says it. */
  public ListenAddress address() {
    return address;
  }

  /** Where it is bound: with the port that the system chose for port 0. */
  public SocketAddress boundTo() {
    Binding bound = binding;
    if (bound == null) {
      throw new IllegalStateException(name + " is not bound");
    }
    return bound.localAddress();
  }

  /** Connections that came in here and stand, those that wait for their PROXY header too. */
  public int sessions() {
    return sessions.get();
  }

  /**
   * Takes the address; nobody is accepted before {@link #accept}.
   *
   * @throws ConfigException naming stanza, address and cause
   */
  void bind(String position) throws ConfigException {
    try {
      binding = Binding.of(this, kind, scheduler, manners.options(), position);
      LOG.info("listening for {} on {}", kind.protocol(), name);
    } catch (IOException cause) {
      throw new ConfigException(
          "%s: %s cannot listen on \"%s\": %s"
              .formatted(position, kind.stanza(), name, cause.getMessage()),
          cause);
    }
  }

  /** Connections that are accepted from here on get these; a Unix socket gets its mode at once. */
  void follow(Stanza listen, ListenOptions now, ModuleStanza listener) {
    ListenOptions before = manners.options();
    manners = manners(listen, now, listener);
    Binding bound = binding;
    if (now.concurrency() != before.concurrency() || !now.poolName().equals(before.poolName())) {
      LOG.warn(
          "Listen \"{}\": the changed concurrency or pool_name takes effect when it is bound anew",
          name);
    }
    if (bound != null && now.fileMode() != before.fileMode()) {
      try {
        bound.mode(now.fileMode());
      } catch (IOException cause) {
        LOG.error("the socket {} keeps its mode: {}", name, cause.toString());
      }
    }
    full = false;
    update();
  }

  /** Accepts clients from here on. */
  void accept() {
    accepting = true;
    update();
  }

  /** Accepts nobody from here on, and gives the address up. */
  void close() {
    accepting = false;
    Binding bound = binding;
    binding = null;
    if (bound != null) {
      bound.close();
      LOG.info("no longer listening for {} on {}", kind.protocol(), name);
    }
    for (Channel client : unnamed) {
      if (client.isRegistered()) {
        client.close();
      }
    }
  }

  private void update() {
    Binding bound = binding;
    if (bound != null) {
      bound.update(() -> accepting && !full && !pausing);
    }
  }

  // what the accepting thread tells

  int eventsPerIter() {
    return manners.options().eventsPerIter();
  }

  /** A connection was accepted and waits for its event loop. */
  void accepted(Channel child) {
    sessions.incrementAndGet();
    all.incrementAndGet();
    int queued = waiting.incrementAndGet();
    int most = manners.options().acceptQueueBacklog();
    if (most > 0 && queued >= most) {
      full = true;
      if (waiting.get() < most) {
        full = false; // they were taken in the meantime, which nobody tells again
      }
      update();
    }
    child
        .closeFuture()
        .addListener(
            done -> {
              sessions.decrementAndGet();
              all.decrementAndGet();
            });
  }

  /** Gives a connection to its event loop. */
  void register(Channel child, EventLoop loop) {
    prepare(child);
    loop.register(child)
        .addListener(
            done -> {
              taken();
              if (!done.isSuccess()) {
                LOG.warn("Listen \"{}\": a connection is lost: {}", name, done.cause().toString());
                child.unsafe().closeForcibly();
              } else if (!accepting && unnamed.contains(child)) {
                child.close();
              }
            });
  }

  private void taken() {
    int left = waiting.decrementAndGet();
    if (full && left < Math.max(1, manners.options().acceptQueueBacklog())) {
      full = false;
      update();
    }
  }

  private void prepare(Channel child) {
    ListenOptions now = manners.options();
    child.config().setAutoRead(false);
    if (address instanceof ListenAddress.Tcp) {
      child.config().setOption(ChannelOption.TCP_NODELAY, now.disableNagleAlgorithm());
      if (now.tcpRecvBufferSize() > 0) {
        child.config().setOption(ChannelOption.SO_RCVBUF, now.tcpRecvBufferSize());
      }
      if (now.tcpSendBufferSize() > 0) {
        child.config().setOption(ChannelOption.SO_SNDBUF, now.tcpSendBufferSize());
      }
    }
    ProxyOptions proxy = manners.proxy(this, child.remoteAddress());
    if (!proxy.proxyProtocol()) {
      kind.begin(child, this);
      return;
    }
    unnamed.add(child);
    child.closeFuture().addListener(done -> unnamed.remove(child));
    child.pipeline().addLast(new ProxyProtocol(name, proxy.proxyProtocolTimeout(), this::named));
  }

  private void named(ChannelHandlerContext at) {
    unnamed.remove(at.channel());
    kind.begin(at.channel(), this);
  }

  /** The system has no connection to give: no file descriptor is left, most likely. */
  void failed(Throwable cause, EventLoop loop) {
    if (!pausing) {
      pausing = true;
      LOG.error(
          "Listen \"{}\": cannot accept, trying again in {} s: {}",
          name,
          PAUSE.toSeconds(),
          cause.toString());
      update();
      loop.schedule(
          () -> {
            pausing = false;
            update();
          },
          PAUSE.toMillis(),
          TimeUnit.MILLISECONDS);
    }
  }

  /** The bound channels, for tests. */
  List<Channel> channels() {
    Binding bound = binding;
    return bound == null ? List.of() : bound.channels();
  }
}
