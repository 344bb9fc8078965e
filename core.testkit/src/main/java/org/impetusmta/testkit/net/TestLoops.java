package org.impetusmta.testkit.net;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.api.scheduler.ThreadPool;

/** Some event loops of Netty, and pools without end. Concurrent. */
public final class TestLoops implements Scheduler, AutoCloseable {
  private final EventLoopGroup group;
  private final List<EventLoop> loops = new ArrayList<>();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  public TestLoops(int count, boolean epoll) {
    group =
        new MultiThreadIoEventLoopGroup(
            count, epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
    for (EventExecutor netty : group) {
      loops.add(new Loop(loops.size(), (io.netty.channel.EventLoop) netty));
    }
  }

  public EventLoopGroup group() {
    return group;
  }

  @Override
  public List<EventLoop> loops() {
    return loops;
  }

  @Override
  public EventLoop owner(String binding, String domain) {
    return loops.getFirst();
  }

  @Override
  public ThreadPool pool(String name) {
    return new Pool(name, threads);
  }

  @Override
  public InstantSource clock() {
    return InstantSource.system();
  }

  @Override
  public void close() {
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    threads.shutdownNow();
  }

  private record Loop(int index, io.netty.channel.EventLoop netty) implements EventLoop {
    @Override
    public boolean inEventLoop() {
      return netty.inEventLoop();
    }

    @Override
    public void execute(Runnable task) {
      netty.execute(task);
    }

    @Override
    public Timer schedule(Runnable task, Duration delay) {
      Future<?> waiting = netty.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
      return () -> waiting.cancel(false);
    }

    @Override
    public <T> T unwrap(Class<T> type) {
      return type.cast(netty);
    }
  }

  private record Pool(String name, ExecutorService threads) implements ThreadPool {
    @Override
    public void execute(Runnable job) {
      threads.execute(job);
    }

    @Override
    public void occupy(Runnable job) {
      Thread.ofPlatform().daemon(true).name(name).start(job);
    }

    @Override
    public int waiting() {
      return 0;
    }

    @Override
    public int running() {
      return 0;
    }

    @Override
    public int concurrency() {
      return Integer.MAX_VALUE;
    }
  }
}
