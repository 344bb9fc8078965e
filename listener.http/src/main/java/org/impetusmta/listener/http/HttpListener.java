package org.impetusmta.listener.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Supplier;
import org.impetusmta.api.auth.AuthMechanism;
import org.impetusmta.api.auth.Authentication;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Scopes;
import org.impetusmta.api.config.ServerName;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.api.hook.HooksInForce;
import org.impetusmta.api.http.HttpResource;
import org.impetusmta.api.log.EventLog;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.api.module.Reconfigurable;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.api.scheduler.ThreadPool;
import org.impetusmta.net.ListenSocket;
import org.impetusmta.net.ListenSockets;
import org.impetusmta.net.ListenerKind;
import org.impetusmta.net.LoopGroups;
import org.impetusmta.tls.InboundTlsOptions;
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
 * The stanza {@code HTTP_Listener}: a socket for each {@code Listen} in it, a connection for each
 * client, and behind it what other bundles serve. Concurrent. Source: http_listener.
 */
@Module(
    name = "http_listener",
    kind = Module.Kind.LISTENER,
    description = "Answers HTTP with what bundles serve",
    singleton = "true")
@Component(factory = Module.FACTORY + "http_listener", service = Reconfigurable.class)
public final class HttpListener implements Reconfigurable {
  private static final Logger LOG = LoggerFactory.getLogger(HttpListener.class);
  private static final int DRAIN_SECONDS = 10;

  private final Services services;
  private final Directory directory;
  private final ThreadPool pool;
  private final ListenSockets sockets;
  private final IdentityHashMap<io.netty.channel.EventLoop, EventLoop> loops =
      new IdentityHashMap<>();
  private final Set<HttpConnection> connections = ConcurrentHashMap.newKeySet();

  /** Octets of bodies in memory. */
  private final AtomicLong bodies = new AtomicLong();

  private final Nonces nonces;

  private volatile Generation current;
  private volatile String hostname;
  private volatile @Nullable CountDownLatch empty;

  /** Of the core and its libraries. */
  record Services(
      Scheduler scheduler,
      ServerContexts contexts,
      Authentication authentication,
      EventLog log,
      Supplier<List<HttpResource>> resources) {}

  /** What its sockets ask. */
  private final class Kind implements ListenerKind {
    private final Function<Optional<String>, EventLoopGroup> groups;

    Kind(Function<Optional<String>, EventLoopGroup> groups) {
      this.groups = groups;
    }

    @Override
    public String stanza() {
      return Scopes.HTTP_LISTENER;
    }

    @Override
    public String protocol() {
      return "HTTP";
    }

    @Override
    public EventLoopGroup loops(Optional<String> pool) {
      return groups.apply(pool);
    }

    @Override
    public void begin(Channel accepted, ListenSocket at) {
      accepted.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
      HttpConnection.begin(HttpListener.this, accepted, at.name());
    }
  }

  /**
   * Binds and accepts.
   *
   * @throws ConfigException when a Listen is wrong or its address cannot be had
   */
  @Activate
  public HttpListener(
      Map<String, Object> properties,
      @Reference Scheduler scheduler,
      @Reference EventLoopGroup all,
      @Reference ServerContexts contexts,
      @Reference Authentication authentication,
      @Reference EventLog log,
      @Reference HooksInForce hooks,
      BundleContext bundle)
      throws ConfigException {
    this(
        ModuleStanza.of(properties),
        LoopGroups.of(bundle, all),
        new Services(scheduler, contexts, authentication, log, hooks.inForce(HttpResource.class)));
  }

  HttpListener(
      ModuleStanza stanza, Function<Optional<String>, EventLoopGroup> groups, Services services)
      throws ConfigException {
    this.services = services;
    this.directory = new Directory(services.resources());
    this.pool = services.scheduler().pool("HTTP");
    this.nonces = new Nonces(services.scheduler().clock());
    this.sockets = new ListenSockets(new Kind(groups), services.scheduler());
    this.current = stanza.generation();
    this.hostname = stanza.generation().options(ServerName.class, ScopePath.GLOBAL).name();
    for (EventLoop loop : services.scheduler().loops()) {
      loops.put(loop.unwrap(io.netty.channel.EventLoop.class), loop);
    }
    prepare(stanza);
    commit(stanza);
  }

  // ---- configuration

  @Override
  public void prepare(ModuleStanza next) throws ConfigException {
    ListenTls.check(services.contexts(), next, Scopes.HTTP_LISTENER);
    for (Stanza listen : next.stanza().children(Scopes.LISTEN)) {
      String name = listen.instance().orElse("");
      check(listen, next.generation(), name, Optional.empty());
      for (Stanza peer : ListenTls.peers(next.stanza(), listen)) {
        check(peer, next.generation(), name, ListenTls.address(peer));
      }
    }
    sockets.prepare(next);
  }

  /** Looks whether clients can authenticate where they have to. */
  private void check(Stanza at, Generation next, String listen, Optional<InetAddress> peer)
      throws ConfigException {
    ScopePath scope = new ScopePath.Receiving(Scopes.HTTP_LISTENER, listen, peer);
    HttpOptions options = next.options(HttpOptions.class, scope);
    try {
      if (options.plain().isPresent()) {
        services.authentication().check(AuthMechanism.PLAIN, options.plain().get());
      }
      if (options.digestMd5().isPresent()) {
        services.authentication().check(AuthMechanism.DIGEST_MD5, options.digestMd5().get());
      }
    } catch (ConfigException wrong) {
      throw new ConfigException(at.position() + ": " + wrong.getMessage(), wrong);
    }
    if (options.tlsVerifiedPeerIsAuthorized()) {
      InboundTlsOptions tls = next.options(InboundTlsOptions.class, scope);
      if (!tls.useSsl() || tls.tlsClientCa().isEmpty()) {
        throw new ConfigException(
            at.position()
                + ": tls_verified_peer_is_authorized = true needs use_ssl and a tls_client_ca");
      }
    } else if (options.enableAuthentication().orElse(false)
        && !options.alwaysAllow()
        && options.plain().isEmpty()
        && options.digestMd5().isEmpty()) {
      throw new ConfigException(
          at.position()
              + ": enable_authentication = true, but there are neither AuthPLAINParameters nor"
              + " AuthDigestMD5Parameters, and tls_verified_peer_is_authorized is false");
    }
  }

  @Override
  public void commit(ModuleStanza now) {
    current = now.generation();
    hostname = now.generation().options(ServerName.class, ScopePath.GLOBAL).name();
    sockets.commit(now);
  }

  @Override
  public void rollback(ModuleStanza refused) {
    sockets.rollback();
  }

  /** Stops accepting, lets the answers under way leave, closes the connections. */
  @Deactivate
  void deactivate() {
    sockets.close();
    CountDownLatch none = new CountDownLatch(1);
    empty = none;
    connections.forEach(HttpConnection::drain);
    try {
      if (!connections.isEmpty() && !none.await(DRAIN_SECONDS, TimeUnit.SECONDS)) {
        LOG.warn("{} HTTP connections were cut off", connections.size());
      }
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
    }
    connections.forEach(HttpConnection::abort);
  }

  // ---- what connections ask

  Generation generation() {
    return current;
  }

  ServerContexts contexts() {
    return services.contexts();
  }

  Authentication authentication() {
    return services.authentication();
  }

  Nonces nonces() {
    return nonces;
  }

  Directory directory() {
    return directory;
  }

  ThreadPool pool() {
    return pool;
  }

  String hostname() {
    return hostname;
  }

  long micros() {
    return LogEvent.micros(services.scheduler().clock().instant());
  }

  EventLoop loop(io.netty.channel.EventLoop netty) {
    EventLoop found = loops.get(netty);
    if (found == null) {
      throw new IllegalStateException("a connection on a loop that is not the scheduler's");
    }
    return found;
  }

  /** Tells the acctlog. */
  void account(Access.Client client, String user, boolean passed) {
    services.log().append(Access.record(micros(), client, user, passed));
  }

  /** Tells the loggers, and the paniclog where it wants to know. */
  void log(LogEvent.HttpExchange event, boolean paniclog) {
    services.log().append(event);
    if (paniclog) {
      services
          .log()
          .append(
              new LogEvent.Diagnostic(
                  event.timeMicros(), LogEvent.Level.NOTICE, "httpsrv", RequestLine.of(event)));
    }
  }

  /** Whether a body may grow by so many octets; {@link #give} gives them back. */
  boolean take(long octets) {
    if (bodies.addAndGet(octets) <= Limits.BODIES) {
      return true;
    }
    bodies.addAndGet(-octets);
    return false;
  }

  void give(long octets) {
    bodies.addAndGet(-octets);
  }

  /** Whether there are too many connections. */
  boolean crowded() {
    return connections.size() > Limits.CONNECTIONS;
  }

  void opened(HttpConnection connection) {
    connections.add(connection);
  }

  void closed(HttpConnection connection) {
    connections.remove(connection);
    CountDownLatch waiting = empty;
    if (waiting != null && connections.isEmpty()) {
      waiting.countDown();
    }
  }

  /** Where it is bound. */
  List<SocketAddress> addresses() {
    return sockets.open().stream().map(ListenSocket::boundTo).toList();
  }
}
