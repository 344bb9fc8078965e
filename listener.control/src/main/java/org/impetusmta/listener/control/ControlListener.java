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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Scopes;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.api.console.Console;
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
  private static final Path HOSTNAME = Path.of("/proc/sys/kernel/hostname");

  private final ControlSession.Server server;
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

    /** As long as sessions are not authenticated, TCP is for loopback addresses only. */
    @Override
    public void check(Stanza listen, ListenAddress address) throws ConfigException {
      if (address instanceof ListenAddress.Tcp tcp
          && !tcp.address().getAddress().isLoopbackAddress()) {
        throw new ConfigException(
            ("Listen \"%s\": control sessions are not authenticated, so they are accepted on Unix"
                    + " domain sockets and loopback addresses only")
                .formatted(listen.instance().orElse("")));
      }
    }

    @Override
    public EventLoopGroup loops(Optional<String> pool) {
      return loop;
    }

    @Override
    public void begin(Channel accepted, ListenSocket at) {
      // a proxy on this machine may speak for a client that is not
      if (ClientAddress.of(accepted) instanceof InetSocketAddress client
          && !client.getAddress().isLoopbackAddress()) {
        LOG.warn("Listen \"{}\": {} is no loopback address: refused", at.name(), client);
        accepted.close();
        return;
      }
      EndPoint endPoint =
          endPoints.computeIfAbsent(at, _ -> new EndPoint(at.name(), options.timeout()));
      accepted.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
      accepted.pipeline().addLast(new ControlSession(server, endPoint));
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
      @Reference Scheduler scheduler)
      throws ConfigException {
    this(
        ModuleStanza.of(properties),
        context.getBundle().getVersion().toString(),
        Path.of(System.getProperty("impetus.home", "")),
        console,
        scheduler);
  }

  ControlListener(
      ModuleStanza stanza, String version, Path home, Console console, Scheduler scheduler)
      throws ConfigException {
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

  private static ControlOptions options(ModuleStanza stanza) {
    return stanza
        .generation()
        .options(
            ControlOptions.class,
            new ScopePath.Receiving(Scopes.CONTROL_LISTENER, "", Optional.empty()));
  }

  @Override
  public synchronized void prepare(ModuleStanza next) throws ConfigException {
    sockets.prepare(next);
  }

  @Override
  public synchronized void commit(ModuleStanza now) {
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
