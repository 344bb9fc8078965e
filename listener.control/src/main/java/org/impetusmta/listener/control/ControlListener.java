package org.impetusmta.listener.control;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.impetusmta.api.auth.AuthMechanism;
import org.impetusmta.api.auth.AuthParameters;
import org.impetusmta.api.auth.Authentication;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Scopes;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.api.console.Console;
import org.impetusmta.api.log.EventLog;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.api.module.Reconfigurable;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.net.ClientAddress;
import org.impetusmta.net.ListenAddress;
import org.impetusmta.net.ListenSocket;
import org.impetusmta.net.ListenSockets;
import org.impetusmta.net.ListenerKind;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code Control_Listener}: accepts {@code ec_console} on Unix domain sockets and loopback TCP
 * ports and has the console run what it sends. A reload keeps the sockets, and their sessions, that
 * the next generation still names. Concurrent. Source: control_listener; the protocol is in
 * docs/console-protocol.md.
 */
@Module(
    name = "control_listener",
    kind = Module.Kind.LISTENER,
    singleton = "true",
    description = "Accepts ec_console on Unix domain sockets and loopback ports")
@Component(factory = Module.FACTORY + "control_listener", service = Reconfigurable.class)
public final class ControlListener implements Reconfigurable {
  private static final Logger LOG = LoggerFactory.getLogger(ControlListener.class);

  /**
   * What stands for the client of a Unix domain socket where Peers are looked at (control_authz).
   */
  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

  private static final Path HOSTNAME = Path.of("/proc/sys/kernel/hostname");

  private final ControlSession.Server server;
  private final ControlAuthentication.Server authentication;
  private volatile Generation current;

  /** The generation that is looked at. */
  private Generation looking;

  private final ListenSockets sockets;
  private final Map<ListenSocket, EndPoint> endPoints = new ConcurrentHashMap<>();
  private volatile String farewell = "";
  private volatile ControlOptions options;

  /** What its sockets ask. */
  private final class Kind implements ListenerKind {
    private final Path home;
    private final EventLoop loop;

    Kind(Path home, EventLoop loop) {
      this.home = home;
      this.loop = loop;
    }

    @Override
    public String stanza() {
      return Scopes.CONTROL_LISTENER;
    }

    @Override
    public String protocol() {
      return "ec_console";
    }

    @Override
    public Optional<Path> home() {
      return Optional.of(home);
    }

    /** Where sessions are not authenticated, TCP is for loopback addresses only. */
    @Override
    public void check(Stanza listen, ListenAddress address) throws ConfigException {
      if (address instanceof ListenAddress.Tcp tcp
          && !tcp.address().getAddress().isLoopbackAddress()
          && !auth(looking, listen.instance().orElse(""), Optional.empty()).required(true)) {
        throw new ConfigException(
            ("Listen \"%s\": control sessions are not authenticated there (enable_authentication),"
                    + " so they are accepted on Unix domain sockets and loopback addresses only")
                .formatted(listen.instance().orElse("")));
      }
    }

    @Override
    public EventLoopGroup loops(Optional<String> pool) {
      return loop;
    }

    @Override
    public void begin(Channel accepted, ListenSocket at) {
      SocketAddress remote = ClientAddress.of(accepted);
      Optional<InetAddress> address =
          remote instanceof InetSocketAddress inet
              ? Optional.ofNullable(inet.getAddress())
              : Optional.empty();
      ControlAuthOptions auth = auth(current, at.name(), Optional.of(address.orElse(LOOPBACK)));
      // a proxy on this machine may speak for a client that is not
      if (remote instanceof InetSocketAddress client
          && address.filter(InetAddress::isLoopbackAddress).isEmpty()
          && !auth.required(true)
          && !auth.alwaysAllow()) {
        LOG.warn("Listen \"{}\": {} is no loopback address: refused", at.name(), client);
        accepted.close();
        return;
      }
      EndPoint endPoint =
          endPoints.computeIfAbsent(at, _ -> new EndPoint(at.name(), options.timeout()));
      accepted.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
      Optional<Integer> systemUser = address.isEmpty() ? SystemUser.of(accepted) : Optional.empty();
      ControlAuthentication.Client client =
          new ControlAuthentication.Client(at.name(), text(remote), address, systemUser);
      accepted
          .pipeline()
          .addLast(
              new ControlSession(
                  server, endPoint, new ControlAuthentication(authentication, auth, client)));
      if (systemUser.isPresent() && !auth.required(false)) {
        tellSystemUser(systemUser.get(), at.name());
      }
    }

    @Override
    public void closed(ListenSocket socket) {
      EndPoint gone = endPoints.remove(socket);
      if (gone != null) {
        gone.leave(
            farewell.isEmpty() ? "the configuration no longer names " + socket.name() : farewell);
      }
    }
  }

  /**
   * @throws ConfigException when the stanza is wrong or a socket cannot be had
   */
  @Activate
  public ControlListener(
      Map<String, Object> properties,
      BundleContext context,
      @Reference Console console,
      @Reference Authentication authentication,
      @Reference EventLog log,
      @Reference Scheduler scheduler)
      throws ConfigException {
    this(
        ModuleStanza.of(properties),
        context.getBundle().getVersion().toString(),
        Path.of(System.getProperty("impetus.home", "")),
        console,
        authentication,
        log,
        scheduler);
  }

  ControlListener(
      ModuleStanza stanza,
      String version,
      Path home,
      Console console,
      Authentication sasl,
      EventLog log,
      Scheduler scheduler)
      throws ConfigException {
    current = stanza.generation();
    looking = current;
    authentication = new ControlAuthentication.Server(sasl, log, scheduler, hostname());
    options = options(stanza);
    sockets =
        new ListenSockets(
            new Kind(home, scheduler.loops().getFirst().unwrap(EventLoop.class)), scheduler);
    server =
        new ControlSession.Server(
            console, scheduler.pool("Console"), "%s %s".formatted(hostname(), version));
    prepare(stanza);
    commit(stanza);
  }

  private static String hostname() {
    try {
      String name =
          Files.isReadable(HOSTNAME)
              ? Files.readString(HOSTNAME).strip()
              : InetAddress.getLocalHost().getHostName();
      return name.isEmpty() ? "localhost" : name;
    } catch (IOException e) {
      LOG.debug("this machine has no name", e);
      return "localhost";
    }
  }

  private static ControlAuthOptions auth(
      Generation generation, String listen, Optional<InetAddress> address) {
    return generation.options(
        ControlAuthOptions.class,
        new ScopePath.Receiving(Scopes.CONTROL_LISTENER, listen, address));
  }

  private static String text(SocketAddress remote) {
    if (remote instanceof InetSocketAddress inet && inet.getAddress() != null) {
      String ip = inet.getAddress().getHostAddress();
      return ip.contains(":") ? "[" + ip + "]:" + inet.getPort() : ip + ":" + inet.getPort();
    }
    return "";
  }

  /** The kernel has authenticated who comes by a Unix domain socket (control_auth). */
  private void tellSystemUser(int uid, String listen) {
    server
        .pool()
        .execute(
            () ->
                authentication.account(
                    LogEvent.AccountingType.AUTHENTICATION, listen, "", SystemUser.name(uid), 1));
  }

  /**
   * Looks at every scope of a Listen.
   *
   * @throws ConfigException when a mechanism cannot work, or is needed and there is none
   */
  private void check(ModuleStanza next, Stanza listen) throws ConfigException {
    String name = listen.instance().orElse("");
    ControlAuthOptions own = auth(next.generation(), name, Optional.empty());
    check(listen, own);
    if (own.restricted() && name.indexOf('/') < 0 && !own.required(true)) {
      LOG.warn(
          "Listen \"{}\": commands need roles there (enable_authorization), but who types is not"
              + " known (enable_authentication): none is allowed",
          name);
    }
    List<Stanza> peers = new ArrayList<>(next.stanza().children(Scopes.PEER));
    peers.addAll(listen.children(Scopes.PEER));
    for (Stanza peer : peers) {
      String block = peer.instance().orElse("").split("/", 2)[0];
      try {
        check(peer, auth(next.generation(), name, Optional.of(InetAddress.ofLiteral(block))));
      } catch (IllegalArgumentException notAnAddress) {
        // what a peer may be called is the engine's to say
      }
    }
  }

  private void check(Stanza at, ControlAuthOptions options) throws ConfigException {
    try {
      for (Map.Entry<AuthMechanism, AuthParameters> one : options.mechanisms().entrySet()) {
        authentication.authentication().check(one.getKey(), one.getValue());
      }
    } catch (ConfigException wrong) {
      throw new ConfigException(at.position() + ": " + wrong.getMessage(), wrong);
    }
    if (options.restricted() && options.authorization().isPresent()) {
      try {
        authentication.authentication().checkGroups(options.authorization().get());
      } catch (ConfigException wrong) {
        throw new ConfigException(at.position() + ": " + wrong.getMessage(), wrong);
      }
    }
    if (options.enableAuthentication().orElse(false) && options.mechanisms().isEmpty()) {
      throw new ConfigException(
          at.position()
              + ": enable_authentication = true, but there are no AuthDigestMD5Parameters,"
              + " AuthCramMD5Parameters or AuthLoginParameters");
    }
  }

  private static ControlOptions options(ModuleStanza stanza) {
    return stanza
        .generation()
        .options(
            ControlOptions.class,
            new ScopePath.Receiving(Scopes.CONTROL_LISTENER, "", Optional.empty()));
  }

  @Override
  public synchronized void prepare(ModuleStanza next) throws ConfigException {
    for (Stanza listen : next.stanza().children(Scopes.LISTEN)) {
      check(next, listen);
    }
    looking = next.generation();
    sockets.prepare(next);
  }

  @Override
  public synchronized void commit(ModuleStanza now) {
    current = now.generation();
    options = options(now);
    endPoints.values().forEach(endPoint -> endPoint.timeout(options.timeout()));
    sockets.commit(now);
    if (sockets.open().isEmpty()) {
      LOG.warn("no Control_Listener has a Listen that is enabled: ec_console cannot connect");
    }
  }

  @Override
  public synchronized void rollback(ModuleStanza refused) {
    sockets.rollback();
  }

  @Deactivate
  synchronized void stop() {
    farewell = "the control listener stops";
    sockets.close();
  }

  /** Where it listens now. */
  List<SocketAddress> localAddresses() {
    return sockets.open().stream().map(ListenSocket::boundTo).toList();
  }
}
