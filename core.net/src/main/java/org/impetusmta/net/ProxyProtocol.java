package org.impetusmta.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands before a session until the PROXY header has come: then the session's handlers are added,
 * which see a connection that begins behind the header, and {@link ClientAddress} knows the client
 * that it named. A connection whose header is wrong, or too late, is closed without a word.
 *
 * <p>Thread-safety: single; owned by the connection's event loop.
 */
final class ProxyProtocol extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(ProxyProtocol.class);

  private final String listen;
  private final Duration timeout;
  private final Consumer<ChannelHandlerContext> session;
  private final ProxyHeader header = new ProxyHeader();
  private boolean over;
  private @Nullable Future<?> alarm;

  /**
   * @param listen for messages
   * @param timeout zero: none
   * @param session adds the handlers of the session behind this one
   */
  ProxyProtocol(String listen, Duration timeout, Consumer<ChannelHandlerContext> session) {
    this.listen = listen;
    this.timeout = timeout;
    this.session = session;
  }

  @Override
  public void channelActive(ChannelHandlerContext at) {
    if (!timeout.isZero()) {
      alarm =
          at.executor()
              .schedule(
                  () -> refuse(at, "no PROXY header in time"),
                  timeout.toMillis(),
                  TimeUnit.MILLISECONDS);
    }
    at.channel().config().setAutoRead(true);
  }

  @Override
  public void channelRead(ChannelHandlerContext at, Object message) {
    ByteBuf in = (ByteBuf) message;
    if (over) {
      in.release();
      return;
    }
    try {
      if (!header.read(in)) {
        in.release();
        return;
      }
    } catch (ProxyHeader.Malformed wrong) {
      in.release();
      refuse(at, String.valueOf(wrong.getMessage()));
      return;
    }
    end();
    at.channel().config().setAutoRead(false);
    header.client().ifPresent(client -> ClientAddress.set(at.channel(), client));
    session.accept(at);
    at.fireChannelActive();
    if (in.isReadable()) {
      at.fireChannelRead(in);
      at.fireChannelReadComplete();
    } else {
      in.release();
    }
    at.pipeline().remove(this);
  }

  private void refuse(ChannelHandlerContext at, String why) {
    if (!over) {
      LOG.info("Listen \"{}\": {} is cut off: {}", listen, at.channel().remoteAddress(), why);
      end();
      at.close();
    }
  }

  private void end() {
    over = true;
    Future<?> set = alarm;
    alarm = null;
    if (set != null) {
      set.cancel(false);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext at) {
    end();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext at, Throwable cause) {
    LOG.debug("{} went away before its PROXY header", at.channel().remoteAddress(), cause);
    at.close();
  }
}
