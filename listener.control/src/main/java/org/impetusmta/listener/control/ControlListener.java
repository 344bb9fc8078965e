package org.impetusmta.listener.control;

import io.netty.channel.EventLoop;
import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Scopes;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.api.console.Console;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.api.module.Reconfigurable;
import org.impetusmta.api.scheduler.Scheduler;
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

  private final EventLoop loop;
  private final ControlSession.Server server;
  private final Path home;
  private final Scheduler scheduler;
  private final Map<ControlAddress, EndPoint> endPoints = new LinkedHashMap<>();
  private final Map<ControlAddress, EndPoint> prepared = new LinkedHashMap<>();

  /** What one {@code Listen} asks for. */
  private record Wanted(ControlOptions options, String where) {}

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
    this.home = home;
    this.scheduler = scheduler;
    loop = scheduler.loops().getFirst().unwrap(EventLoop.class);
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

  @Override
  public synchronized void prepare(ModuleStanza next) throws ConfigException {
    release();
    for (Map.Entry<ControlAddress, Wanted> entry : wanted(next).entrySet()) {
      if (!endPoints.containsKey(entry.getKey())) {
        try {
          prepared.put(
              entry.getKey(),
              EndPoint.bind(
                  entry.getKey(),
                  entry.getValue().options(),
                  entry.getValue().where(),
                  loop,
                  server));
        } catch (ConfigException e) {
          release();
          throw e;
        }
      }
    }
  }

  @Override
  public synchronized void commit(ModuleStanza now) {
    Map<ControlAddress, Wanted> wanted;
    try {
      wanted = wanted(now);
    } catch (ConfigException e) {
      // prepare has read the same stanza
      throw new IllegalStateException("committed what was not prepared", e);
    }
    List<EndPoint> gone = new ArrayList<>();
    endPoints
        .entrySet()
        .removeIf(
            entry -> {
              Wanted stays = wanted.get(entry.getKey());
              if (stays == null) {
                gone.add(entry.getValue());
              } else {
                entry.getValue().options(stays.options());
              }
              return stays == null;
            });
    gone.forEach(
        endPoint -> endPoint.close("the configuration no longer names " + endPoint.name()));
    List<EndPoint> made = List.copyOf(prepared.values());
    scheduler.whenServing(() -> made.forEach(EndPoint::open));
    endPoints.putAll(prepared);
    prepared.clear();
    if (endPoints.isEmpty()) {
      LOG.warn("no Control_Listener has a Listen that is enabled: ec_console cannot connect");
    }
  }

  @Override
  public synchronized void rollback(ModuleStanza refused) {
    release();
  }

  private void release() {
    prepared.values().forEach(endPoint -> endPoint.close("refused"));
    prepared.clear();
  }

  @Deactivate
  synchronized void stop() {
    release();
    endPoints.values().forEach(endPoint -> endPoint.close("the control listener stops"));
    endPoints.clear();
  }

  /** Where it listens now. */
  synchronized List<SocketAddress> localAddresses() {
    return endPoints.values().stream().map(EndPoint::localAddress).toList();
  }

  private Map<ControlAddress, Wanted> wanted(ModuleStanza next) throws ConfigException {
    Map<ControlAddress, Wanted> wanted = new LinkedHashMap<>();
    for (Stanza listen : next.stanza().children(Scopes.LISTEN)) {
      String name =
          listen
              .instance()
              .orElseThrow(
                  () ->
                      new ConfigException(
                          listen.position()
                              + ": in control_listener: Listen needs a path or an address:"
                              + " Listen \"/tmp/2025\" {}"));
      ControlAddress address = ControlAddress.parse(name, listen.position(), home);
      ControlOptions options =
          next.generation()
              .options(
                  ControlOptions.class,
                  new ScopePath.Receiving(Scopes.CONTROL_LISTENER, name, Optional.empty()));
      if (!options.enable()) {
        continue;
      }
      if (wanted.put(address, new Wanted(options, listen.position())) != null) {
        throw new ConfigException(
            listen.position() + ": in control_listener: Listen \"" + name + "\" is said twice");
      }
    }
    return wanted;
  }
}
