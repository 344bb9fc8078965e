package org.impetusmta.core.net;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SingleThreadEventLoop;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Scopes;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.core.config.option.Words;

/**
 * The event loops: a pool for each EventLoop stanza, one pool with a loop for each processor where
 * there is none. They are made once, from the generation that the server started with. Concurrent.
 * Source: multi_event_loops.
 */
final class LoopPools {
  /** The pool that there is without a stanza, and the name of a stanza without one. */
  static final String DEFAULT = "loop";

  private final Map<String, List<EventLoop>> pools = new LinkedHashMap<>();
  private final List<EventLoop> all = new ArrayList<>();
  private final List<EventLoop> owners;
  private final List<EventLoopGroup> groups = new ArrayList<>();
  private final boolean written;
  private volatile int mostTimers;

  /**
   * @param io what carries the loops
   */
  LoopPools(Generation first, IoHandlerFactory io) {
    follow(first);
    Map<String, Integer> wanted = new LinkedHashMap<>();
    for (Stanza stanza : first.stanzas(Scopes.EVENTLOOP)) {
      int said = first.options(LoopOptions.class, new ScopePath.Within(stanza)).concurrency();
      wanted.put(stanza.instance().orElse(DEFAULT), said > 0 ? said : processors());
    }
    written = !wanted.isEmpty();
    if (wanted.isEmpty()) {
      wanted.put(DEFAULT, processors());
    }
    wanted.forEach((name, count) -> make(name, count, io));
    owners =
        first
            .options(LoopOptions.Owners.class, ScopePath.GLOBAL)
            .pool()
            .map(name -> pools.getOrDefault(name, all))
            .orElse(all);
  }

  /** Takes over what a generation changes while the loops run. */
  void follow(Generation now) {
    mostTimers = now.options(LoopOptions.Turns.class, ScopePath.GLOBAL).maxTimedEventsPerIter();
  }

  private static int processors() {
    return Runtime.getRuntime().availableProcessors();
  }

  private void make(String name, int count, IoHandlerFactory io) {
    EventLoopGroup group = new MultiThreadIoEventLoopGroup(count, new Threads(name), io);
    List<EventLoop> loops = new ArrayList<>();
    for (EventExecutor executor : group) {
      loops.add(
          new NettyEventLoop(
              all.size() + loops.size(), (SingleThreadEventLoop) executor, () -> mostTimers));
    }
    all.addAll(loops);
    pools.put(name, List.copyOf(loops));
    groups.add(group);
  }

  /** Threads that have the name of their pool and a number. */
  private static final class Threads extends DefaultThreadFactory {
    private final String pool;
    private final AtomicInteger made = new AtomicInteger();

    Threads(String pool) {
      super(pool, true);
      this.pool = pool;
    }

    @Override
    protected Thread newThread(Runnable run, String name) {
      return super.newThread(run, pool + "-" + made.getAndIncrement());
    }
  }

  /** The loops of every pool, by index. */
  List<EventLoop> all() {
    return List.copyOf(all);
  }

  /** The loops that own queues and connections. */
  List<EventLoop> owners() {
    return owners;
  }

  /** The loops of a pool; empty where there is none of that name. */
  List<EventLoop> of(String pool) {
    return pools.getOrDefault(pool, List.of());
  }

  Set<String> names() {
    return pools.keySet();
  }

  /** The loops of one pool, or of all for an empty name, as Netty wants them. */
  EventLoopGroup group(String pool) {
    List<EventLoop> loops = pool.isEmpty() ? all : of(pool);
    return new LoopGroup(loops.stream().map(loop -> loop.unwrap(IoEventLoop.class)).toList());
  }

  /**
   * Checks what a generation says of loops.
   *
   * @throws ConfigException when it names a pool that no stanza makes, or two for what one loop
   *     does
   */
  static void check(Generation next) throws ConfigException {
    Set<String> known = new LinkedHashSet<>();
    for (Stanza stanza : next.stanzas(Scopes.EVENTLOOP)) {
      known.add(stanza.instance().orElse(DEFAULT));
    }
    LoopOptions.Owners owners = next.options(LoopOptions.Owners.class, ScopePath.GLOBAL);
    require("delivery_pool", owners.deliveryPool(), known);
    require("maintainer_pool", owners.maintainerPool(), known);
    if (!owners.agree()) {
      throw new ConfigException(
          "delivery_pool = \"%s\" and maintainer_pool = \"%s\": one event loop owns a domain's queues, its connections and their maintenance; expected the same pool for both, or only one of them"
              .formatted(owners.deliveryPool().orElse(""), owners.maintainerPool().orElse("")));
    }
    for (String kind :
        List.of(Scopes.ESMTP_LISTENER, Scopes.ECSTREAM_LISTENER, Scopes.HTTP_LISTENER)) {
      for (Stanza listener : next.stanzas(kind)) {
        check(next, listener, known);
        for (Stanza listen : listener.children(Scopes.LISTEN)) {
          check(next, listen, known);
        }
      }
    }
  }

  private static void check(Generation next, Stanza stanza, Set<String> known)
      throws ConfigException {
    try {
      require(
          "event_loop",
          next.options(LoopOptions.Reception.class, new ScopePath.Within(stanza)).eventLoop(),
          known);
    } catch (ConfigException e) {
      throw new ConfigException(
          stanza.position()
              + ": in "
              + stanza.name()
              + stanza.instance().map(name -> " \"" + name + "\"").orElse("")
              + ": "
              + e.getMessage(),
          e);
    }
  }

  private static void require(String option, Optional<String> pool, Set<String> known)
      throws ConfigException {
    if (pool.isPresent() && !known.contains(pool.get())) {
      throw new ConfigException(
          "%s = \"%s\": %s"
              .formatted(
                  option,
                  pool.get(),
                  known.isEmpty()
                      ? "there is no EventLoop stanza, expected EventLoop \"%s\" { concurrency = … }"
                          .formatted(pool.get())
                      : "there is no EventLoop of that name"
                          + Words.nearest(pool.get(), known)
                              .map(near -> "; did you mean " + near + "?")
                              .orElse(", expected one of " + String.join(", ", known))));
    }
  }

  /** What a generation wants and only a restart brings, beyond changed options. */
  List<String> waiting(Generation now) {
    Set<String> wanted = new LinkedHashSet<>();
    for (Stanza stanza : now.stanzas(Scopes.EVENTLOOP)) {
      wanted.add(stanza.instance().orElse(DEFAULT));
    }
    List<String> waiting = new ArrayList<>();
    for (String name : wanted) {
      if (!written || !pools.containsKey(name)) {
        waiting.add("EventLoop \"%s\" is new; it takes effect after a restart".formatted(name));
      }
    }
    for (String name : pools.keySet()) {
      if (written && !wanted.contains(name)) {
        waiting.add("EventLoop \"%s\" is gone; it runs until a restart".formatted(name));
      }
    }
    return waiting;
  }

  void stop() {
    groups.forEach(group -> group.shutdownGracefully(0, 2, TimeUnit.SECONDS));
    groups.forEach(group -> group.terminationFuture().awaitUninterruptibly(3, TimeUnit.SECONDS));
  }
}
