package org.impetusmta.listener.control;

import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.api.scheduler.ThreadPool;

/** One Netty loop and one pool of virtual threads. Concurrent. */
final class ToyScheduler implements Scheduler, AutoCloseable {
  private final MultiThreadIoEventLoopGroup group;
  private final EventLoop loop;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  ToyScheduler(boolean epoll) {
    IoHandlerFactory handler = epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
    group = new MultiThreadIoEventLoopGroup(1, handler);
    loop = new Loop(group.next());
  }

  @Override
  public List<EventLoop> loops() {
    return List.of(loop);
  }

  @Override
  public EventLoop owner(String binding, String domain) {
    return loop;
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
    group.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    threads.close();
  }

  private record Pool(String name, ExecutorService threads) implements ThreadPool {
    @Override
    public void execute(Runnable job) {
      threads.execute(job);
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
      return 50;
    }
  }

  private record Loop(io.netty.channel.EventLoop netty) implements EventLoop {
    @Override
    public int index() {
      return 0;
    }

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
      Future<?> future = netty.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
      return () -> future.cancel(false);
    }

    @Override
    public <T> T unwrap(Class<T> type) {
      return type.cast(netty);
    }
  }
}
