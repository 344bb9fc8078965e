package org.impetusmta.listener.esmtp;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.impetusmta.api.auth.Authentication;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Scopes;
import org.impetusmta.api.config.ServerName;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.api.hook.HooksInForce;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.api.module.Reconfigurable;
import org.impetusmta.api.reception.Reception;
import org.impetusmta.api.reception.SmtpExtension;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.api.scheduler.ThreadPool;
import org.impetusmta.net.ListenAddress;
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
 * The stanza {@code ESMTP_Listener}: a socket for each {@code Listen} in it, a session for each
 * client. A reload keeps the sockets that stay, binds new ones before the configuration is in
 * force, so that a port that is taken refuses it, and closes those that are gone; sessions end by
 * themselves. {@code event_loop} says whose loops serve the connections of a socket, from when it
 * is bound. With {@code -n esmtp} nothing is bound. Concurrent. Source: esmtp_listener, listeners.
 */
@Module(
    name = "esmtp_listener",
    kind = Module.Kind.LISTENER,
    description = "Accepts mail by SMTP",
    singleton = "true")
@Component(factory = Module.FACTORY + "esmtp_listener", service = Reconfigurable.class)
public final class EsmtpListener implements Reconfigurable {
  private static final Logger LOG = LoggerFactory.getLogger(EsmtpListener.class);
  private static final String SKIP = "impetus.skip";
  private static final long DRAIN_SECONDS = 10;
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss Z", Locale.ENGLISH);

  private final Reception reception;
  private final Authentication authentication;
  private final Scheduler scheduler;
  private final ListenSockets sockets;
  private final ServerContexts contexts;
  private final boolean skipped;
  private final String version;
  private final ModuleVerbs moduleVerbs;
  private final IdentityHashMap<io.netty.channel.EventLoop, Loop> loops = new IdentityHashMap<>();
  private final Set<EsmtpConnection> connections = ConcurrentHashMap.newKeySet();
  private final AtomicInteger sessions = new AtomicInteger();
  private final ReentrantLock ending = new ReentrantLock();
  private final Condition ended = ending.newCondition();
  private final AtomicLong memory = new AtomicLong();

  private volatile Generation current;
  private volatile Second second = new Second(-1, "");

  /** What the sessions of one loop share: the loop, and the command line that is looked at. */
  static final class Loop {
    private final EventLoop loop;
    private final byte[] line = new byte[EsmtpConnection.LONGEST_AUTH_LINE];

    Loop(EventLoop loop) {
      this.loop = loop;
    }

    EventLoop loop() {
      return loop;
    }

    byte[] line() {
      return line;
    }
  }

  private record Second(long epochSecond, String text) {}

  /** What its sockets ask. */
  private final class Kind implements ListenerKind {
    private final Function<Optional<String>, EventLoopGroup> groups;

    Kind(Function<Optional<String>, EventLoopGroup> groups) {
      this.groups = groups;
    }

    @Override
    public String stanza() {
      return Scopes.ESMTP_LISTENER;
    }

    @Override
    public String protocol() {
      return "SMTP";
    }

    @Override
    public EventLoopGroup loops(Optional<String> pool) {
      return groups.apply(pool);
    }

    @Override
    public void begin(Channel accepted, ListenSocket at) {
      accepted.pipeline().addLast(new EsmtpConnection(EsmtpListener.this, at));
    }
  }

  /**
   * Binds and accepts.
   *
   * @throws ConfigException when a Listen is wrong or its address cannot be had
   */
  @Activate
  public EsmtpListener(
      Map<String, Object> properties,
      @Reference Reception reception,
      @Reference Authentication authentication,
      @Reference Scheduler scheduler,
      @Reference EventLoopGroup all,
      @Reference HooksInForce hooks,
      @Reference ServerContexts contexts,
      BundleContext bundle)
      throws ConfigException {
    this(
        ModuleStanza.of(properties),
        reception,
        authentication,
        scheduler,
        contexts,
        LoopGroups.of(bundle, all),
        skips(bundle.getProperty(SKIP)),
        bundle.getBundle().getVersion().toString(),
        new ModuleVerbs(hooks.inForce(SmtpExtension.class), () -> ModuleVerbs.keywords(bundle)));
  }

  EsmtpListener(
      ModuleStanza stanza,
      Reception reception,
      Authentication authentication,
      Scheduler scheduler,
      ServerContexts contexts,
      Function<Optional<String>, EventLoopGroup> groups,
      boolean skipped,
      String version,
      ModuleVerbs moduleVerbs)
      throws ConfigException {
    this.reception = reception;
    this.authentication = authentication;
    this.scheduler = scheduler;
    this.contexts = contexts;
    this.sockets = new ListenSockets(new Kind(groups), scheduler);
    this.skipped = skipped;
    this.version = version;
    this.moduleVerbs = moduleVerbs;
    this.current = stanza.generation();
    for (EventLoop loop : scheduler.loops()) {
      loops.put(loop.unwrap(io.netty.channel.EventLoop.class), new Loop(loop));
    }
    prepare(stanza);
    commit(stanza);
  }

  private static boolean skips(@Nullable String services) {
    return services != null && Arrays.asList(services.split("[\\s,]+", -1)).contains("esmtp");
  }

  // configuration

  @Override
  public void prepare(ModuleStanza next) throws ConfigException {
    moduleVerbs.refresh();
    if (skipped) {
      return;
    }
    for (Stanza listen : next.stanza().children(Scopes.LISTEN)) {
      checkExtensions(next, listen, listen.position(), Optional.empty());
      requireNotSmtpPort(next, listen);
      for (Stanza peer : ListenTls.peers(next.stanza(), listen)) {
        checkExtensions(next, listen, peer.position(), ListenTls.address(peer));
      }
    }
    ListenTls.check(contexts, next, Scopes.ESMTP_LISTENER);
    sockets.prepare(next);
  }

  /** RFC 2033 section 5. */
  private static void requireNotSmtpPort(ModuleStanza next, Stanza listen) throws ConfigException {
    String name = listen.instance().orElse("");
    if (next.generation()
            .options(
                EsmtpOptions.class,
                new ScopePath.Receiving(Scopes.ESMTP_LISTENER, name, Optional.empty()))
            .lmtp()
        && ListenAddress.parse(name) instanceof ListenAddress.Tcp tcp
        && tcp.address().getPort() == 25) {
      throw new ConfigException(
          listen.position() + ": lmtp = true on port 25, which is SMTP's; expected another port");
    }
  }

  private void checkExtensions(
      ModuleStanza next, Stanza listen, String position, Optional<InetAddress> peer)
      throws ConfigException {
    ScopePath path =
        new ScopePath.Receiving(Scopes.ESMTP_LISTENER, listen.instance().orElse(""), peer);
    Optional<List<String>> names =
        next.generation().options(EsmtpOptions.class, path).smtpExtensions();
    try {
      Extension.parse(moduleVerbs.without(names.orElse(List.of())));
      AuthOffer.check(
          names, next.generation().options(AuthenticationOptions.class, path), authentication);
    } catch (ConfigException wrong) {
      throw new ConfigException(position + ": " + wrong.getMessage(), wrong);
    }
  }

  @Override
  public void commit(ModuleStanza now) {
    current = now.generation();
    if (!skipped) {
      sockets.commit(now);
    }
  }

  @Override
  public void rollback(ModuleStanza refused) {
    sockets.rollback();
  }

  /** Stops accepting, lets sessions come to the end of their command, closes them. */
  @Deactivate
  void deactivate() {
    sockets.close();
    connections.forEach(EsmtpConnection::drain);
    ending.lock();
    try {
      long left = TimeUnit.SECONDS.toNanos(DRAIN_SECONDS);
      while (sessions.get() > 0 && left > 0) {
        left = ended.awaitNanos(left);
      }
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
    } finally {
      ending.unlock();
    }
    if (!connections.isEmpty()) {
      LOG.warn("{} SMTP sessions were cut off", connections.size());
      connections.forEach(EsmtpConnection::abort);
    }
  }

  // what sessions ask

  static ScopePath.Receiving scope(String listen, SocketAddress remote) {
    Optional<InetAddress> peer =
        remote instanceof InetSocketAddress inet
            ? Optional.ofNullable(inet.getAddress())
            : Optional.empty();
    return new ScopePath.Receiving(Scopes.ESMTP_LISTENER, listen, peer);
  }

  Reception reception() {
    return reception;
  }

  Authentication authentication() {
    return authentication;
  }

  ServerContexts tlsContexts() {
    return contexts;
  }

  String version() {
    return version;
  }

  /** RFC 5322 date and time for banners; formatted once a second. */
  String date() {
    long now = scheduler.clock().millis() / 1000;
    Second known = second;
    if (known.epochSecond != now) {
      known =
          new Second(now, DATE.format(Instant.ofEpochSecond(now).atZone(ZoneId.systemDefault())));
      second = known;
    }
    return known.text;
  }

  String hostname(Generation generation) {
    return generation.options(ServerName.class, ScopePath.GLOBAL).name();
  }

  /** Whether files were loaded since {@code pinned}. */
  boolean reloadedSince(Generation pinned) {
    return current.reloads() > pinned.reloads();
  }

  ContentReader contentReader(EsmtpOptions options, ContentReader.ServerMemory server) {
    long limit = options.maxReceptionMemory();
    return new ContentReader(
        memory,
        limit > 0 ? limit : Runtime.getRuntime().maxMemory() / 4,
        server,
        options.maxMessageSize());
  }

  BinaryContent binaryContent(EsmtpOptions options, ContentReader.ServerMemory server) {
    long limit = options.maxReceptionMemory();
    return new BinaryContent(
        memory,
        limit > 0 ? limit : Runtime.getRuntime().maxMemory() / 4,
        server,
        options.maxMessageSize());
  }

  /** Where content is converted. */
  ThreadPool conversions() {
    return scheduler.pool("CPU");
  }

  ModuleVerbs moduleVerbs() {
    return moduleVerbs;
  }

  /** The server's clock. */
  InstantSource clock() {
    return scheduler.clock();
  }

  Loop loop(io.netty.channel.EventLoop netty) {
    Loop found = loops.get(netty);
    if (found == null) {
      throw new IllegalStateException("a connection on a loop that is not the scheduler's");
    }
    return found;
  }

  /** Connections of all sockets that are open. */
  int sessions() {
    return sockets.sessions();
  }

  /** Octets that messages in reception occupy. */
  long memory() {
    return memory.get();
  }

  /** The sockets that accept. */
  List<ListenSocket> sockets() {
    return sockets.open();
  }

  void opened(EsmtpConnection connection) {
    connections.add(connection);
    sessions.incrementAndGet();
  }

  void closed(EsmtpConnection connection) {
    if (!connections.remove(connection)) {
      return;
    }
    if (sessions.decrementAndGet() == 0) {
      ending.lock();
      try {
        ended.signalAll();
      } finally {
        ending.unlock();
      }
    }
  }
}
