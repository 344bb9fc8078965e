package org.impetusmta.listener.ecstream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.impetusmta.api.ecstream.EcStreamException;
import org.impetusmta.api.ecstream.Frame;
import org.impetusmta.api.ecstream.FrameCodec;
import org.impetusmta.api.ecstream.FrameReader;
import org.impetusmta.net.ClientAddress;
import org.impetusmta.tls.ImplicitTls;
import org.impetusmta.tls.InboundTlsOptions;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection: puts frames together for its {@link EcStreamSession}, writes frames,
 * keeps the clock. A client that does not read its results is not read from. Single: owned by its
 * event loop.
 */
final class EcStreamConnection extends ChannelInboundHandlerAdapter
    implements EcStreamSession.Line {
  private static final Logger LOG = LoggerFactory.getLogger(EcStreamConnection.class);
  private static final int LINGER_SECONDS = 2;
  private static final Duration LONGEST_HANDSHAKE = Duration.ofSeconds(60);

  /** Octets read at once, at most; many messages in one call of the system. */
  private static final int MOST_READ = 256 << 10;

  /** Octets of results that are not held back. */
  private static final int MUCH = 16 << 10;

  private final EcStreamListener listener;
  private final String listen;
  private final FrameReader reader = new FrameReader(0, Limits.RECIPIENTS);
  private volatile @Nullable ChannelHandlerContext context;
  private volatile @Nullable EcStreamSession session;
  private @Nullable Future<?> alarm;
  private @Nullable ByteBuf unsent;

  /** What was decrypted before the session may begin; null: it may. */
  private @Nullable ByteBuf held;

  private boolean reading;
  private boolean flushing;
  private boolean ending;
  private long since;

  EcStreamConnection(EcStreamListener listener, String listen) {
    this.listener = listener;
    this.listen = listen;
  }

  @Override
  public void channelActive(ChannelHandlerContext active) {
    context = active;
    since = System.nanoTime();
    active
        .channel()
        .config()
        .setRecvByteBufAllocator(new AdaptiveRecvByteBufAllocator(1024, 4096, MOST_READ));
    var remote = ClientAddress.of(active.channel());
    EcStreamSession begun =
        new EcStreamSession(
            this,
            listener.reception(),
            EcStreamListener.scope(listen, remote),
            active.channel().localAddress(),
            remote,
            listener.loop(active.channel().eventLoop()));
    session = begun;
    listener.opened(this);
    watch(begun.options().ecstreamIdleTime().toNanos());
    InboundTlsOptions tls = begun.tls();
    if (tls.useSsl()) {
      held = Unpooled.EMPTY_BUFFER;
      new ImplicitTls(
              listener.contexts(),
              active,
              LONGEST_HANDSHAKE,
              new EcStreamTls(begun.inbound(), this::secured, active::close))
          .begin(tls, begun.inbound().tlsChoice());
    } else {
      active.channel().config().setAutoRead(true);
    }
  }

  /** What came along with the end of the handshake has its turn. */
  private void secured() {
    ByteBuf first = held;
    held = null;
    if (first != null) {
      channelRead(at(), first);
      flush();
      at().channel().config().setAutoRead(true);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext at, Object message) {
    ByteBuf in = (ByteBuf) message;
    ByteBuf before = held;
    if (before != null) {
      held = Unpooled.wrappedBuffer(before, in);
      return;
    }
    reading = true;
    EcStreamSession to = session;
    try {
      if (to == null || !to.listens()) {
        return;
      }
      for (ByteBuffer some : in.nioBuffers()) {
        while (some.hasRemaining() && to.listens()) {
          Optional<Frame> frame = reader.read(some);
          if (frame.isPresent()) {
            since = System.nanoTime();
            to.arrived(frame.get());
          }
        }
      }
      to.arriving(reader.kept());
    } catch (EcStreamException e) {
      if (to != null) {
        to.bad(String.valueOf(e.getMessage()));
      }
    } finally {
      in.release();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext at) {
    reading = false;
    flush();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext at) {
    at.channel().config().setAutoRead(at.channel().isWritable());
  }

  @Override
  public void channelInactive(ChannelHandlerContext at) {
    ending = true;
    release(unsent);
    unsent = null;
    release(held);
    held = null;
    Future<?> set = alarm;
    if (set != null) {
      set.cancel(false);
    }
    EcStreamSession of = session;
    if (of != null) {
      of.closed();
      listener.closed(this);
    }
  }

  private static void release(@Nullable ByteBuf never) {
    if (never != null) {
      never.release();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext at, Throwable cause) {
    if (cause instanceof IOException || cause.getCause() instanceof SSLException) {
      LOG.debug("{} went away: {}", at.channel().remoteAddress(), cause.toString());
    } else {
      LOG.error("session of {} failed", at.channel().remoteAddress(), cause);
    }
    at.close();
  }

  // ---- the session's side

  @Override
  public void send(Frame frame) {
    if (frame instanceof Frame.Welcome) {
      // not before: who has not said hello has no message to send
      reader.longestMessage(Limits.FRAME);
    }
    ByteBuf to = unsent;
    if (to == null) {
      to = at().alloc().buffer(512);
      unsent = to;
    }
    to.writeBytes(FrameCodec.encode(frame));
    if (to.readableBytes() >= MUCH) {
      flush();
    } else if (!reading && !flushing) {
      flushing = true;
      at().executor().execute(this::flushLater);
    }
  }

  private void flushLater() {
    flushing = false;
    flush();
  }

  /** The results of what became durable together leave together. */
  private void flush() {
    ByteBuf all = unsent;
    if (all != null) {
      unsent = null;
      at().writeAndFlush(all);
    }
  }

  @Override
  public void end() {
    ending = true;
    flush();
    ChannelHandlerContext to = at();
    to.writeAndFlush(Unpooled.EMPTY_BUFFER)
        .addListener(
            done -> {
              if (to.channel() instanceof io.netty.channel.socket.DuplexChannel duplex) {
                // a close with octets unread would be a reset, which can overtake the last frame
                duplex.shutdownOutput();
              }
            });
    to.channel().config().setAutoRead(true);
    Future<?> set = alarm;
    if (set != null) {
      set.cancel(false);
    }
    alarm = to.executor().schedule(() -> to.close(), LINGER_SECONDS, TimeUnit.SECONDS);
  }

  @Override
  public boolean reloadedSince(long pinned) {
    return listener.reloads() > pinned;
  }

  /** Ends the session after the message under way; from any thread. */
  void drain() {
    ChannelHandlerContext to = context;
    EcStreamSession of = session;
    if (to != null && of != null) {
      to.executor().execute(of::drain);
    }
  }

  /** Ends the connection without a word; from any thread. */
  void abort() {
    ChannelHandlerContext to = context;
    if (to != null) {
      to.close();
    }
  }

  private ChannelHandlerContext at() {
    ChannelHandlerContext to = context;
    if (to == null) {
      throw new IllegalStateException("not connected yet");
    }
    return to;
  }

  // ---- the clock

  private void watch(long nanos) {
    if (nanos > 0) {
      alarm = at().executor().schedule(this::look, nanos, TimeUnit.NANOSECONDS);
    }
  }

  private void look() {
    EcStreamSession of = session;
    if (of == null || ending) {
      return;
    }
    long idle = of.options().ecstreamIdleTime().toNanos();
    long quiet = System.nanoTime() - since;
    if (of.busy()) {
      watch(idle);
    } else if (quiet < idle) {
      watch(idle - quiet);
    } else {
      of.idle();
    }
  }
}
