package org.impetusmta.core.net;

import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.impetusmta.api.scheduler.EventLoop;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An event loop of Netty's, as the rest of the server sees it. Concurrent. */
final class NettyEventLoop implements EventLoop {
  private static final Logger LOG = LoggerFactory.getLogger(NettyEventLoop.class);

  private final int index;
  private final io.netty.channel.EventLoop loop;

  NettyEventLoop(int index, io.netty.channel.EventLoop loop) {
    this.index = index;
    this.loop = loop;
  }

  @Override
  public int index() {
    return index;
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
    LOG.debug("{}: a timer in {}", this, delay);
    ScheduledFuture<?> future = loop.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
    return () -> future.cancel(false);
  }

  @Override
  public <T> T unwrap(Class<T> type) {
    return type.cast(loop);
  }

  @Override
  public String toString() {
    return "loop-" + index;
  }
}
