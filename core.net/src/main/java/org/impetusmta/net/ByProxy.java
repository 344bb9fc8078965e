package org.impetusmta.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPromise;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.impetusmta.api.delivery.EgressProxy;
import org.impetusmta.api.delivery.ProxyFailure;
import org.impetusmta.api.delivery.ProxyHandshake;
import org.jspecify.annotations.Nullable;

/**
 * Makes a connection by way of a proxy: connects to it, says what it wants to hear, and only then
 * lets the dialogue see its channel. Whatever goes wrong on the way is a {@link ProxyFailure}.
 */
public final class ByProxy {
  private ByProxy() {}

  /**
   * Begins to connect.
   *
   * @param destination the peer
   * @return done when the connection is the peer's
   */
  public static ChannelFuture connect(
      io.netty.channel.EventLoop loop,
      EgressProxy proxy,
      InetSocketAddress destination,
      Duration timeout,
      ChannelHandler dialogue) {
    Handshake handshake = new Handshake(proxy, destination, timeout, dialogue);
    ChannelFuture connecting =
        Sockets.connect(
            loop,
            Optional.empty(),
            proxy.address(),
            timeout,
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel channel) {
                channel.pipeline().addLast(handshake);
              }
            });
    ChannelPromise stands = connecting.channel().newPromise();
    handshake.stands = stands;
    connecting.addListener(
        done -> {
          if (done.cause() != null) {
            stands.tryFailure(ProxyFailure.of(proxy, "cannot be reached"));
          }
        });
    if (proxy.unavailable().isPresent()) {
      stands.tryFailure(new ProxyFailure(proxy.unavailable().get()));
      connecting.channel().close();
    }
    return stands;
  }

  private static final class Handshake extends ChannelInboundHandlerAdapter {
    private final EgressProxy proxy;
    private final ProxyHandshake handshake;
    private final Duration timeout;
    private final ChannelHandler dialogue;
    private volatile @Nullable ChannelPromise stands;
    private @Nullable Future<?> alarm;

    Handshake(
        EgressProxy proxy,
        InetSocketAddress destination,
        Duration timeout,
        ChannelHandler dialogue) {
      this.proxy = proxy;
      this.handshake = new ProxyHandshake(proxy, destination);
      this.timeout = timeout;
      this.dialogue = dialogue;
    }

    @Override
    public void channelActive(ChannelHandlerContext at) {
      alarm =
          at.executor()
              .schedule(
                  () -> fail(at, ProxyFailure.of(proxy, "does not answer")),
                  timeout.toMillis(),
                  TimeUnit.MILLISECONDS);
      at.writeAndFlush(Unpooled.wrappedBuffer(handshake.begin()));
      if (handshake.isDone()) {
        done(at, Unpooled.EMPTY_BUFFER);
      }
    }

    @Override
    public void channelRead(ChannelHandlerContext at, Object input) {
      ByteBuf in = (ByteBuf) input;
      try {
        while (in.isReadable() && !handshake.isDone()) {
          ByteBuffer octets = in.nioBuffer();
          int before = octets.remaining();
          Optional<byte[]> next = handshake.received(octets);
          in.skipBytes(before - octets.remaining());
          next.ifPresent(more -> at.writeAndFlush(Unpooled.wrappedBuffer(more)));
        }
      } catch (ProxyFailure failure) {
        in.release();
        fail(at, failure);
        return;
      }
      if (handshake.isDone()) {
        done(at, in);
      } else {
        in.release();
      }
    }

    private void done(ChannelHandlerContext at, ByteBuf rest) {
      cancel();
      at.pipeline().addLast(dialogue);
      ChannelPromise promise = stands;
      if (promise != null) {
        promise.trySuccess();
      }
      at.fireChannelActive();
      if (rest.isReadable()) {
        at.fireChannelRead(rest);
        at.fireChannelReadComplete();
      } else {
        rest.release();
      }
      at.pipeline().remove(this);
    }

    private void fail(ChannelHandlerContext at, ProxyFailure failure) {
      cancel();
      ChannelPromise promise = stands;
      if (promise != null) {
        promise.tryFailure(failure);
      }
      at.close();
    }

    private void cancel() {
      Future<?> set = alarm;
      if (set != null) {
        set.cancel(false);
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext at) {
      fail(at, ProxyFailure.of(proxy, "hangs up"));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext at, Throwable cause) {
      fail(at, ProxyFailure.of(proxy, "hangs up"));
    }
  }
}
