package org.impetusmta.listener.ecstream;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Scopes;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.api.module.Reconfigurable;
import org.impetusmta.api.reception.Reception;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.net.ListenSocket;
import org.impetusmta.net.ListenSockets;
import org.impetusmta.net.ListenerKind;
import org.impetusmta.net.LoopGroups;
import org.impetusmta.tls.ListenTls;
import org.impetusmta.tls.ServerContexts;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stanza {@code ECStream_Listener}: a socket for each {@code Listen} in it, a session for each
 * client. Concurrent. Source: ecstream_listener.
 */
@Module(
    name = "ecstream_listener",
    kind = Module.Kind.LISTENER,
    description = "Accepts mail by ECStream",
    singleton = "true")
@Component(factory = Module.FACTORY + "ecstream_listener", service = Reconfigurable.class)
public final class EcStreamListener implements Reconfigurable {
  private static final Logger LOG = LoggerFactory.getLogger(EcStreamListener.class);
  private static final int DRAIN_SECONDS = 10;

  private final Reception reception;
  private final ServerContexts contexts;
  private final ListenSockets sockets;
  private final IdentityHashMap<io.netty.channel.EventLoop, EventLoop> loops =
      new IdentityHashMap<>();
  private final Set<EcStreamConnection> connections = ConcurrentHashMap.newKeySet();

  private volatile long reloads;
  private volatile @Nullable CountDownLatch empty;

  /** What its sockets ask. */
  private final class Kind implements ListenerKind {
    private final Function<Optional<String>, EventLoopGroup> groups;

    Kind(Function<Optional<String>, EventLoopGroup> groups) {
      this.groups = groups;
    }

    @Override
    public String stanza() {
      return Scopes.ECSTREAM_LISTENER;
    }

    @Override
    public String protocol() {
      return "ECStream";
    }

    @Override
    public EventLoopGroup loops(Optional<String> pool) {
      return groups.apply(pool);
    }

    @Override
    public void begin(Channel accepted, ListenSocket at) {
      accepted.pipeline().addLast(new EcStreamConnection(EcStreamListener.this, at.name()));
    }
  }

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
      @Reference EventLoopGroup all,
      @Reference ServerContexts contexts,
      BundleContext bundle)
      throws ConfigException {
    this(ModuleStanza.of(properties), reception, scheduler, LoopGroups.of(bundle, all), contexts);
  }

  EcStreamListener(
      ModuleStanza stanza,
      Reception reception,
      Scheduler scheduler,
      Function<Optional<String>, EventLoopGroup> groups,
      ServerContexts contexts)
      throws ConfigException {
    this.reception = reception;
    this.contexts = contexts;
    this.sockets = new ListenSockets(new Kind(groups), scheduler);
    for (EventLoop loop : scheduler.loops()) {
      loops.put(loop.unwrap(io.netty.channel.EventLoop.class), loop);
    }
    prepare(stanza);
    commit(stanza);
  }

  // ---- configuration

  @Override
  public void prepare(ModuleStanza next) throws ConfigException {
    ListenTls.check(contexts, next, Scopes.ECSTREAM_LISTENER);
    sockets.prepare(next);
  }

  @Override
  public void commit(ModuleStanza now) {
    reloads = now.generation().reloads();
    sockets.commit(now);
  }

  @Override
  public void rollback(ModuleStanza refused) {
    sockets.rollback();
  }

  /** Stops accepting, lets sessions finish the message under way, closes them. */
  @Deactivate
  void deactivate() {
    sockets.close();
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
    return new ScopePath.Receiving(Scopes.ECSTREAM_LISTENER, listen, peer);
  }

  Reception reception() {
    return reception;
  }

  ServerContexts contexts() {
    return contexts;
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
    return sockets.open().stream().map(ListenSocket::boundTo).toList();
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
