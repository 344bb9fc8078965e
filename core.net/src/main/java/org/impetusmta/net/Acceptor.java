package org.impetusmta.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Hands what a socket accepts to the event loops, in turn. Connections that threads of their own
 * accept wait in a queue for each loop, which takes {@code events_per_iter} of them in one turn, so
 * that a rush of connections does not hold up those that are there. Concurrent.
 */
@ChannelHandler.Sharable
final class Acceptor extends ChannelInboundHandlerAdapter {
  private final ListenSocket socket;
  private final EventLoopGroup serving;
  private final boolean threaded;
  private final Map<EventLoop, Arrivals> arrivals = new ConcurrentHashMap<>();

  /**
   * @param threaded whether it runs apart from the loops that serve
   */
  Acceptor(ListenSocket socket, EventLoopGroup serving, boolean threaded) {
    this.socket = socket;
    this.serving = serving;
    this.threaded = threaded;
  }

  @Override
  public void channelRead(ChannelHandlerContext at, Object accepted) {
    Channel child = (Channel) accepted;
    EventLoop loop = serving.next();
    socket.accepted(child);
    if (threaded) {
      arrivals.computeIfAbsent(loop, Arrivals::new).add(child);
    } else {
      socket.register(child, loop);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext at, Throwable cause) {
    socket.failed(cause, at.channel().eventLoop());
  }

  /** Connections that wait for one loop. */
  private final class Arrivals implements Runnable {
    private final EventLoop loop;
    private final Queue<Channel> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger count = new AtomicInteger();

    Arrivals(EventLoop loop) {
      this.loop = loop;
    }

    void add(Channel child) {
      waiting.add(child);
      if (count.getAndIncrement() == 0) {
        loop.execute(this);
      }
    }

    @Override
    public void run() {
      int left = count.get();
      for (int i = Math.max(1, socket.eventsPerIter()); i > 0 && left > 0; i--) {
        Channel child = waiting.poll();
        if (child != null) {
          socket.register(child, loop);
        }
        left = count.decrementAndGet();
      }
      if (left > 0) {
        // a task would still run in this turn, a timer does not
        loop.schedule(this, 0, TimeUnit.NANOSECONDS);
      }
    }
  }
}
