package org.impetusmta.core.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelPromise;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoRegistration;
import io.netty.util.concurrent.AbstractEventExecutorGroup;
import io.netty.util.concurrent.DefaultPromise;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.netty.util.concurrent.Promise;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Some event loops as one group, which hands them out in turn. The loops belong to the groups that
 * they are of; whoever shuts this group down shuts down all of them. Concurrent.
 */
final class LoopGroup extends AbstractEventExecutorGroup implements IoEventLoopGroup {
  private final List<IoEventLoop> loops;
  private final AtomicInteger turn = new AtomicInteger();

  /**
   * @param loops all of the same kind, one at least
   */
  LoopGroup(List<IoEventLoop> loops) {
    this.loops = List.copyOf(loops);
  }

  @Override
  public IoEventLoop next() {
    return loops.get(Math.floorMod(turn.getAndIncrement(), loops.size()));
  }

  @Override
  public Iterator<EventExecutor> iterator() {
    return new ArrayList<EventExecutor>(loops).iterator();
  }

  @Override
  @Deprecated
  public ChannelFuture register(Channel channel, ChannelPromise promise) {
    return next().register(channel, promise);
  }

  @Override
  public Future<IoRegistration> register(IoHandle handle) {
    return next().register(handle);
  }

  @Override
  public boolean isCompatible(Class<? extends IoHandle> handleType) {
    return loops.getFirst().isCompatible(handleType);
  }

  @Override
  public boolean isIoType(Class<? extends IoHandler> handlerType) {
    return loops.getFirst().isIoType(handlerType);
  }

  @Override
  public boolean isShuttingDown() {
    return loops.stream().allMatch(EventExecutor::isShuttingDown);
  }

  @Override
  public boolean isShutdown() {
    return loops.stream().allMatch(EventExecutor::isShutdown);
  }

  @Override
  public boolean isTerminated() {
    return loops.stream().allMatch(EventExecutor::isTerminated);
  }

  @Override
  public Future<?> shutdownGracefully(long quietPeriod, long timeout, TimeUnit unit) {
    loops.forEach(loop -> loop.shutdownGracefully(quietPeriod, timeout, unit));
    return terminationFuture();
  }

  @Override
  public Future<?> terminationFuture() {
    Promise<Object> done = new DefaultPromise<>(GlobalEventExecutor.INSTANCE);
    AtomicInteger left = new AtomicInteger(loops.size());
    for (IoEventLoop loop : loops) {
      loop.terminationFuture()
          .addListener(
              _ -> {
                if (left.decrementAndGet() == 0) {
                  done.trySuccess(this);
                }
              });
    }
    return done;
  }

  @Override
  @Deprecated
  public void shutdown() {
    shutdownGracefully();
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
    return terminationFuture().await(timeout, unit);
  }
}
