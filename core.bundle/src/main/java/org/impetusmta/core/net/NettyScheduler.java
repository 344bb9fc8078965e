package org.impetusmta.core.net;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Hashtable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.impetusmta.api.config.Configuration;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Scopes;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.api.scheduler.ThreadPool;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The scheduler: as many event loops as the {@code EventLoop} stanza says (the machine's processors
 * where there is none), on epoll where the kernel has it, and the thread pools of the {@code
 * ThreadPool} stanzas. The loops are fixed for the life of the server; pools follow the
 * configuration. Concurrent.
 */
@Component(service = Scheduler.class, immediate = true)
public final class NettyScheduler implements Scheduler {
  private static final Logger LOG = LoggerFactory.getLogger(NettyScheduler.class);

  /**
   * The pools of the manual and their concurrency (conf.ref.threadpool); Log is ours: it bounds the
   * event log.
   */
  private static final Map<String, PoolOptions> PREDEFINED = predefined();

  /** The options of a ThreadPool stanza. */
  @OptionSet(Scopes.THREADPOOL)
  public record PoolOptions(
      @Option(
              value = "4",
              min = 0,
              max = 100_000,
              doc = "jobs that run at a time; 0: on the caller")
          int concurrency,
      @Option(value = "0", min = 0, dynamic = false, doc = "jobs that may wait; 0: no limit")
          int backlog) {}

  /** The options of an EventLoop stanza. */
  @OptionSet(Scopes.EVENTLOOP)
  public record LoopOptions(
      @Option(
              value = "0",
              min = 0,
              max = 1024,
              dynamic = false,
              doc = "event loops; 0: one for each processor")
          int concurrency) {}

  private final Configuration configuration;
  private final InstantSource clock = InstantSource.system();
  private final EventLoopGroup group;
  private final List<EventLoop> loops;
  private final Map<String, VirtualThreadPool> pools = new ConcurrentHashMap<>();
  private final ServiceRegistration<EventLoopGroup> registration;
  private volatile long generation;

  @Activate
  public NettyScheduler(@Reference Configuration configuration, BundleContext context) {
    this.configuration = configuration;
    this.group = group(loopCount(configuration.current()));
    List<EventLoop> list = new ArrayList<>();
    for (EventExecutor executor : group) {
      list.add(new NettyEventLoop(list.size(), (io.netty.channel.EventLoop) executor));
    }
    this.loops = List.copyOf(list);
    this.registration = context.registerService(EventLoopGroup.class, group, new Hashtable<>());
  }

  private static int loopCount(Generation generation) {
    int said = 0;
    for (Stanza stanza : generation.stanzas(Scopes.EVENTLOOP)) {
      said += generation.options(LoopOptions.class, new ScopePath.Within(stanza)).concurrency();
    }
    return said > 0 ? said : Runtime.getRuntime().availableProcessors();
  }

  private static EventLoopGroup group(int count) {
    IoHandlerFactory io;
    if (Epoll.isAvailable()) {
      io = EpollIoHandler.newFactory();
    } else {
      LOG.info(
          "epoll is not available, using NIO: {}", String.valueOf(Epoll.unavailabilityCause()));
      io = NioIoHandler.newFactory();
    }
    return new MultiThreadIoEventLoopGroup(count, new DefaultThreadFactory("loop", true), io);
  }

  private static Map<String, PoolOptions> predefined() {
    Map<String, PoolOptions> map = new LinkedHashMap<>();
    map.put("swapout", new PoolOptions(5, 0));
    map.put("swapin", new PoolOptions(5, 0));
    map.put("unlink", new PoolOptions(6, 100));
    map.put("batch_unlink", new PoolOptions(4, 0));
    map.put("close", new PoolOptions(0, 0));
    map.put("cpu", new PoolOptions(4, 0));
    map.put("io", new PoolOptions(50, 0));
    map.put("spoolin", new PoolOptions(1, 0));
    map.put("log", new PoolOptions(1, 100_000));
    return map;
  }

  @Override
  public List<EventLoop> loops() {
    return loops;
  }

  @Override
  public EventLoop owner(String binding, String domain) {
    int hash = 31 * binding.hashCode() + domain.hashCode();
    hash ^= hash >>> 16;
    return loops.get(Math.floorMod(hash, loops.size()));
  }

  @Override
  public ThreadPool pool(String name) {
    refresh();
    VirtualThreadPool pool = pools.get(name.toLowerCase(Locale.ROOT));
    if (pool != null) {
      return pool;
    }
    LOG.error("there is no ThreadPool \"{}\"; using the IO pool", name);
    return Objects.requireNonNull(pools.get("io"));
  }

  /** All pools, for {@code threads stats}. */
  public List<ThreadPool> pools() {
    refresh();
    return List.copyOf(pools.values());
  }

  /** Takes over what the generation in force says of pools. */
  private void refresh() {
    Generation current = configuration.current();
    if (generation == current.number()) {
      return;
    }
    Map<String, PoolOptions> wanted = new LinkedHashMap<>(PREDEFINED);
    Map<String, String> names = new LinkedHashMap<>();
    for (Stanza stanza : current.stanzas(Scopes.THREADPOOL)) {
      String name = stanza.instance().orElse("");
      String key = name.toLowerCase(Locale.ROOT);
      names.put(key, name);
      wanted.put(key, current.options(PoolOptions.class, new ScopePath.Within(stanza)));
    }
    wanted.forEach(
        (key, options) ->
            pools
                .computeIfAbsent(
                    key, k -> new VirtualThreadPool(names.getOrDefault(k, k), options.backlog()))
                .concurrency(options.concurrency()));
    generation = current.number();
  }

  @Override
  public InstantSource clock() {
    return clock;
  }

  @Deactivate
  void stop() {
    registration.unregister();
    group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(3, TimeUnit.SECONDS);
  }
}
