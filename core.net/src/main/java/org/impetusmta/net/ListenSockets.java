package org.impetusmta.net;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Scopes;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.api.scheduler.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * The sockets of one listener: one for each Listen that is enabled. A change of the configuration
 * keeps those that stay, binds new ones before it is in force, so that a port that is taken refuses
 * it, and closes those that are gone or disabled; sessions that came in there go on.
 *
 * <p>Concurrent; changes are made by one thread at a time and may block. Source: listeners.
 */
public final class ListenSockets {
  private final ListenerKind kind;
  private final Scheduler scheduler;
  private final AtomicInteger sessions = new AtomicInteger();

  /** Written by the thread that commits, one commit at a time. */
  private volatile Map<ListenAddress, ListenSocket> sockets = Map.of();

  private @Nullable Prepared prepared;

  private record Wanted(Stanza stanza, ListenOptions options) {}

  private record Prepared(
      Map<ListenAddress, Wanted> wanted, Map<ListenAddress, ListenSocket> bound) {}

  public ListenSockets(ListenerKind kind, Scheduler scheduler) {
    this.kind = kind;
    this.scheduler = scheduler;
  }

  /**
   * Binds what is new; nobody is accepted there yet.
   *
   * @throws ConfigException when a Listen is wrong or its address cannot be had
   */
  public void prepare(ModuleStanza next) throws ConfigException {
    rollback();
    Map<ListenAddress, Wanted> wanted = wanted(next);
    Prepared ready = new Prepared(wanted, new LinkedHashMap<>());
    try {
      for (Map.Entry<ListenAddress, Wanted> one : wanted.entrySet()) {
        if (!sockets.containsKey(one.getKey())) {
          Stanza listen = one.getValue().stanza();
          ListenSocket socket =
              new ListenSocket(
                  kind, scheduler, sessions, one.getKey(), listen, one.getValue().options(), next);
          ready.bound().put(one.getKey(), socket);
          socket.bind(listen.position());
        }
      }
    } catch (ConfigException | RuntimeException refused) {
      ready.bound().values().forEach(ListenSocket::close);
      throw refused;
    }
    prepared = ready;
  }

  private Map<ListenAddress, Wanted> wanted(ModuleStanza next) throws ConfigException {
    Map<ListenAddress, Wanted> wanted = new LinkedHashMap<>();
    for (Stanza listen : next.stanza().children(Scopes.LISTEN)) {
      String name = listen.instance().orElse("");
      ListenAddress address;
      try {
        address = ListenAddress.parse(name, kind.home());
        kind.check(listen, address);
      } catch (ConfigException wrong) {
        throw new ConfigException(listen.position() + ": " + wrong.getMessage(), wrong);
      }
      ListenOptions options =
          next.generation()
              .options(
                  ListenOptions.class,
                  new ScopePath.Receiving(kind.stanza(), name, Optional.empty()));
      if (options.enable() && wanted.putIfAbsent(address, new Wanted(listen, options)) != null) {
        throw new ConfigException(
            listen.position() + ": Listen \"" + name + "\": there is one already");
      }
    }
    return wanted;
  }

  /** Accepts at what was prepared, once the server may; closes what is wanted no more. */
  public void commit(ModuleStanza now) {
    Prepared ready = prepared;
    if (ready == null) {
      throw new IllegalStateException("commit without prepare");
    }
    prepared = null;
    Map<ListenAddress, ListenSocket> next = new LinkedHashMap<>();
    ready
        .wanted()
        .forEach(
            (address, wanted) -> {
              ListenSocket kept = sockets.get(address);
              ListenSocket socket = kept != null ? kept : ready.bound().get(address);
              if (socket != null) {
                socket.follow(wanted.stanza(), wanted.options(), now);
                next.put(address, socket);
              }
            });
    Map<ListenAddress, ListenSocket> before = sockets;
    sockets = next;
    before.forEach(
        (address, socket) -> {
          if (!next.containsKey(address)) {
            socket.close();
            kind.closed(socket);
          }
        });
    scheduler.whenServing(() -> ready.bound().values().forEach(ListenSocket::accept));
  }

  /** Gives up what was prepared. */
  public void rollback() {
    Prepared given = prepared;
    prepared = null;
    if (given != null) {
      given.bound().values().forEach(ListenSocket::close);
    }
  }

  /** Accepts nobody any more; sessions go on. */
  public void close() {
    rollback();
    Map<ListenAddress, ListenSocket> before = sockets;
    sockets = Map.of();
    before
        .values()
        .forEach(
            socket -> {
              socket.close();
              kind.closed(socket);
            });
  }

  /** The sockets that are bound, in the order of the configuration. */
  public List<ListenSocket> open() {
    return List.copyOf(sockets.values());
  }

  /** Connections that came in at any of them and stand. */
  public int sessions() {
    return sessions.get();
  }
}
