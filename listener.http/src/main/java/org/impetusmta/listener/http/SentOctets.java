package org.impetusmta.listener.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;

/** Counts what leaves, before it is encrypted. Single; owned by its event loop. */
final class SentOctets extends ChannelOutboundHandlerAdapter {
  private long octets;

  long octets() {
    return octets;
  }

  @Override
  public void write(ChannelHandlerContext at, Object message, ChannelPromise promise) {
    if (message instanceof ByteBuf some) {
      octets += some.readableBytes();
    }
    at.write(message, promise);
  }
}
