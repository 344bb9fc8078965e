package org.impetusmta.core.net;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.SingleThreadEventExecutor;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Hashtable;
import java.util.List;
import java.util.Optional;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Configuration;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.api.scheduler.ThreadPool;
import org.impetusmta.core.config.ConfigParticipant;
import org.impetusmta.core.net.LoopOptions.Polling;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The scheduler: the event loops of the {@code EventLoop} stanzas, on epoll where the kernel has
 * it, and the thread pools of the {@code ThreadPool} stanzas. The loops are fixed for the life of
 * the server; pools follow every commit. Registers an {@link EventLoopGroup} of all loops, and one
 * for each pool, whose property {@value #EVENT_LOOP} is the pool's name. Concurrent.
 */
@Component(
    service = {Scheduler.class, ConfigParticipant.class, NettyScheduler.class},
    immediate = true)
public final class NettyScheduler implements Scheduler, ConfigParticipant {
  /** The service property that names the pool of a group of loops; not on the group of all. */
  public static final String EVENT_LOOP = "event_loop";

  private static final Logger LOG = LoggerFactory.getLogger(NettyScheduler.class);

  private final InstantSource clock = InstantSource.system();
  private final LoopPools loops;
  private final ThreadPools pools;
  private final HotDomains hotDomains;
  private final List<Runnable> waiting = new ArrayList<>();
  private boolean serving;
  private final List<ServiceRegistration<EventLoopGroup>> registrations = new ArrayList<>();

  @Activate
  public NettyScheduler(@Reference Configuration configuration, BundleContext context) {
    this.loops = new LoopPools(configuration.current(), io(configuration.current()));
    this.hotDomains = new HotDomains(configuration.current(), loops.owners().size());
    this.pools = new ThreadPools(configuration.current());
    Hashtable<String, Object> first = new Hashtable<>();
    first.put(Constants.SERVICE_RANKING, 1);
    registrations.add(context.registerService(EventLoopGroup.class, loops.group(""), first));
    for (String name : loops.names()) {
      Hashtable<String, Object> named = new Hashtable<>();
      named.put(EVENT_LOOP, name);
      registrations.add(context.registerService(EventLoopGroup.class, loops.group(name), named));
    }
  }

  private static IoHandlerFactory io(Generation first) {
    Polling wanted =
        first
            .options(LoopOptions.Waiting.class, ScopePath.GLOBAL)
            .scheduler()
            .orElse(Polling.EPOLL);
    if (wanted == Polling.NIO) {
      return NioIoHandler.newFactory();
    }
    if (Epoll.isAvailable()) {
      return EpollIoHandler.newFactory();
    }
    LOG.warn("epoll is not available, using NIO: {}", String.valueOf(Epoll.unavailabilityCause()));
    return NioIoHandler.newFactory();
  }

  @Override
  public List<EventLoop> loops() {
    return loops.all();
  }

  @Override
  public EventLoop owner(String binding, String domain) {
    int hot = hotDomains.owner(binding, domain);
    if (hot >= 0) {
      return loops.owners().get(hot);
    }
    int hash = 31 * binding.hashCode() + domain.hashCode();
    hash ^= hash >>> 16;
    List<EventLoop> owners = loops.owners();
    return owners.get(Math.floorMod(hash, owners.size()));
  }

  @Override
  public ThreadPool pool(String name) {
    Optional<ThreadPool> pool = pools.find(name);
    if (pool.isEmpty()) {
      LOG.error("there is no ThreadPool \"{}\"; using the IO pool", name);
    }
    return pool.or(() -> pools.find("io")).orElseThrow();
  }

  /** The name of the thread that owns these queues. */
  String threadOf(String binding, String domain) {
    EventLoop owner = owner(binding, domain);
    return owner.unwrap(SingleThreadEventExecutor.class).threadProperties().name();
  }

  /** The hot domains in their order, for the console. */
  List<String> hotDomains() {
    return hotDomains.names();
  }

  /** All pools, for the console. */
  List<WorkerPool> workers() {
    return pools.workers();
  }

  /**
   * What can be said against a generation without a running server.
   *
   * @throws ConfigException when it names a pool of loops that there is not, or a pool of threads
   *     cannot be as it says
   */
  public static void check(Generation next) throws ConfigException {
    LoopPools.check(next);
    ThreadPools.check(next);
  }

  @Override
  public void prepare(Generation next) throws ConfigException {
    check(next);
  }

  @Override
  public void commit(Generation now) {
    pools.follow(now);
    loops.follow(now);
  }

  @Override
  public List<String> waitingForRestart(Generation now) {
    return loops.waiting(now);
  }

  @Override
  public void whenServing(Runnable task) {
    synchronized (waiting) {
      if (!serving) {
        waiting.add(task);
        return;
      }
    }
    task.run();
  }

  /** The server may serve: runs what waited for that. */
  public void serve() {
    List<Runnable> now;
    synchronized (waiting) {
      serving = true;
      now = List.copyOf(waiting);
      waiting.clear();
    }
    now.forEach(Runnable::run);
  }

  @Override
  public void together(Runnable work) {
    NettyEventLoop.together(work);
  }

  @Override
  public InstantSource clock() {
    return clock;
  }

  @Deactivate
  void stop() {
    registrations.forEach(ServiceRegistration::unregister);
    loops.stop();
  }

  @Override
  public String toString() {
    return "the scheduler";
  }
}
