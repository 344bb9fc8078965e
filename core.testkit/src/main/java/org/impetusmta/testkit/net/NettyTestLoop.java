package org.impetusmta.testkit.net;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.impetusmta.api.scheduler.EventLoop;

/** One Netty loop as an event loop of the API. Concurrent. */
public final class NettyTestLoop implements EventLoop, AutoCloseable {
  private final EventLoopGroup group;
  private final io.netty.channel.EventLoop loop;

  private NettyTestLoop(EventLoopGroup group) {
    this.group = group;
    this.loop = group.next();
  }

  public static NettyTestLoop nio() {
    return new NettyTestLoop(new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory()));
  }

  /** Epoll where its native library is there, NIO otherwise. */
  public static NettyTestLoop best() {
    return Epoll.isAvailable()
        ? new NettyTestLoop(new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory()))
        : nio();
  }

  @Override
  public int index() {
    return 0;
  }

  @Override
  public boolean inEventLoop() {
    return loop.inEventLoop();
  }

  @Override
  public void execute(Runnable task) {
    loop.execute(task);
  }

  @Override
  public Timer schedule(Runnable task, Duration delay) {
    ScheduledFuture<?> future = loop.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
    return () -> future.cancel(false);
  }

  @Override
  public <T> T unwrap(Class<T> type) {
    return type.cast(loop);
  }

  @Override
  public void close() {
    group.shutdownGracefully(0, 5, TimeUnit.SECONDS);
  }
}
